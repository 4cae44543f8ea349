SELECT
  `t4`.`c0_value` AS `value`,
  COALESCE(`t4`.`c0_n`, 0) AS `n`
FROM (
  SELECT
    (
      CAST(PERCENTILE(CAST(UNIX_MICROS(`t3`.`ended`) - UNIX_MICROS(`t3`.`started`) AS DOUBLE), 0.5D) AS DOUBLE) / CAST(NULLIF(1000000, 0) AS DOUBLE)
    ) AS `c0_value`,
    COUNT(UNIX_MICROS(`t3`.`ended`) - UNIX_MICROS(`t3`.`started`)) AS `c0_n`
  FROM (
    SELECT
      `t2`.`case_id`,
      `t2`.`started`,
      ARRAY_MIN(
        FILTER(`t2`.`ends`, __ibis_param_time__ -> __ibis_param_time__ >= `t2`.`started`)
      ) AS `ended`,
      `t2`.`started` AS `at`
    FROM (
      SELECT
        `t1`.`case_id`,
        MIN(`t1`.`event_time`) FILTER(WHERE
          `t1`.`step` = 'RCV') AS `started`,
        COLLECT_LIST(`t1`.`event_time`) FILTER(WHERE
          (
            `t1`.`step` = 'PST'
          )
          AND (
            TRY_ELEMENT_AT(`t1`.`attributes`, 'final') = 'yes'
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
      ) AS `t1`
      GROUP BY
        1
    ) AS `t2`
    WHERE
      `t2`.`started` IS NOT NULL
  ) AS `t3`
) AS `t4`
