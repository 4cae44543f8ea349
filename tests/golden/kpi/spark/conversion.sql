SELECT
  `t5`.`bucket`,
  COALESCE(`t5`.`c0_value`, 0) AS `value`,
  COALESCE(`t5`.`c0_n`, 0) AS `n`
FROM (
  SELECT
    DATE_TRUNC('month', FROM_UTC_TIMESTAMP(`t4`.`at`, 'America/New_York')) AS `bucket`,
    COUNT(*) FILTER(WHERE
      NOT (
        (
          `t4`.`ended` IS NOT NULL
        )
        AND (
          (
            UNIX_MICROS(`t4`.`ended`) - UNIX_MICROS(`t4`.`started`)
          ) <= 1209600000000
        )
      )
      AND (
        (
          UNIX_MICROS(`t4`.`started`) + 1209600000000
        ) < UNIX_MICROS(
          (
            SELECT
              MAX(`t0`.`event_time`) AS `Max(event_time)`
            FROM `events` AS `t0`
          )
        )
      )) AS `c0_value`,
    COUNT(*) AS `c0_n`
  FROM (
    SELECT
      `t3`.`case_id`,
      `t3`.`started`,
      ARRAY_MIN(
        FILTER(`t3`.`ends`, __ibis_param_time__ -> __ibis_param_time__ >= `t3`.`started`)
      ) AS `ended`,
      `t3`.`started` AS `at`
    FROM (
      SELECT
        `t2`.`case_id`,
        MIN(`t2`.`event_time`) FILTER(WHERE
          `t2`.`step` = 'RCV') AS `started`,
        COLLECT_LIST(`t2`.`event_time`) FILTER(WHERE
          (
            `t2`.`step` = 'PST'
          )
          AND (
            TRY_ELEMENT_AT(`t2`.`attributes`, 'final') = 'yes'
          )) AS `ends`
      FROM (
        SELECT
          *
        FROM `events` AS `t0`
        WHERE
          (
            `t0`.`step` = 'RCV'
          )
          OR (
            (
              `t0`.`step` = 'PST'
            )
            AND (
              TRY_ELEMENT_AT(`t0`.`attributes`, 'final') = 'yes'
            )
          )
      ) AS `t2`
      GROUP BY
        1
    ) AS `t3`
    WHERE
      `t3`.`started` IS NOT NULL
      AND `t3`.`started` >= CAST('2026-01-01T05:00:00+00:00' AS TIMESTAMP)
      AND `t3`.`started` < CAST('2026-04-01T04:00:00+00:00' AS TIMESTAMP)
  ) AS `t4`
  GROUP BY
    1
) AS `t5`
