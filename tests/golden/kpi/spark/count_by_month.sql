SELECT
  `t3`.`bucket`,
  COALESCE(`t3`.`c0_n`, 0) AS `value`,
  COALESCE(`t3`.`c0_n`, 0) AS `n`
FROM (
  SELECT
    DATE_TRUNC('month', FROM_UTC_TIMESTAMP(`t2`.`event_time`, 'America/New_York')) AS `bucket`,
    COUNT(*) AS `c0_n`
  FROM (
    SELECT
      *
    FROM (
      SELECT
        *
      FROM `events` AS `t0`
      WHERE
        `t0`.`step` = 'RCV'
        AND `t0`.`effective_date` = IF(
          RLIKE(
            TRY_ELEMENT_AT(`t0`.`attributes`, 'rd'),
            '^\\s*([0-9]{4}-[0-9]{1,2}-[0-9]{1,2}|[0-9]{4}/[0-9]{1,2}/[0-9]{1,2})(?:[ T]\\s*((?:[01]?[0-9]|2[0-4]):[0-5]?[0-9])(:[0-5]?[0-9](?:\\.[0-9]*)?)?(Z|[+-][0-9]{2}(?::?[0-9]{2})?| +UTC)?)?\\s*$'
          ),
          TRY_CAST(REPLACE(
            REGEXP_EXTRACT(
              TRY_ELEMENT_AT(`t0`.`attributes`, 'rd'),
              '^\\s*([0-9]{4}-[0-9]{1,2}-[0-9]{1,2}|[0-9]{4}/[0-9]{1,2}/[0-9]{1,2})(?:[ T]\\s*((?:[01]?[0-9]|2[0-4]):[0-5]?[0-9])(:[0-5]?[0-9](?:\\.[0-9]*)?)?(Z|[+-][0-9]{2}(?::?[0-9]{2})?| +UTC)?)?',
              1
            ),
            '/',
            '-'
          ) AS DATE),
          NULL
        )
    ) AS `t1`
    WHERE
      `t1`.`event_time` >= CAST('2026-01-01T05:00:00+00:00' AS TIMESTAMP)
      AND `t1`.`event_time` < CAST('2026-04-01T04:00:00+00:00' AS TIMESTAMP)
  ) AS `t2`
  GROUP BY
    1
) AS `t3`
