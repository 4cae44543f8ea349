SELECT
  `t7`.`bucket`,
  COALESCE(`t7`.`c0_value`, 0) AS `value`,
  COALESCE(`t7`.`c0_n`, 0) AS `n`
FROM (
  SELECT
    DATE_TRUNC('month', FROM_UTC_TIMESTAMP(`t6`.`at`, 'America/New_York')) AS `bucket`,
    COUNT(*) FILTER(WHERE
      `t6`.`breaks`) AS `c0_value`,
    COUNT(*) AS `c0_n`
  FROM (
    SELECT
      *
    FROM (
      SELECT
        `t4`.`case_id`,
        MIN(`t4`.`event_time`) AS `at`,
        COALESCE(BOOL_OR(`t4`.`breaks`), FALSE) AS `breaks`
      FROM (
        SELECT
          `t3`.`case_id`,
          `t3`.`event_time`,
          `t3`.`kinds`,
          `t3`.`before`,
          (
            `t3`.`before` IS NOT NULL
          )
          AND (
            `t3`.`kinds` <> 0
          )
          AND (
            (
              (
                IF((
                  `t3`.`before` & 1
                ) <> 0, 2, 0) | IF((
                  `t3`.`before` & 2
                ) <> 0, 13, 0) | IF((
                  `t3`.`before` & 4
                ) <> 0, 0, 0) | IF((
                  `t3`.`before` & 8
                ) <> 0, 1, 0)
              ) & `t3`.`kinds`
            ) = 0
          ) AS `breaks`
        FROM (
          SELECT
            `t2`.`case_id`,
            `t2`.`event_time`,
            `t2`.`kinds`,
            LAG(`t2`.`kinds`) OVER (
              PARTITION BY `t2`.`case_id`, `t2`.`kinds` = 0
              ORDER BY `t2`.`event_time` ASC NULLS LAST
            ) AS `before`
          FROM (
            SELECT
              `t1`.`case_id`,
              `t1`.`event_time`,
              BIT_OR(`t1`.`kinds`) AS `kinds`
            FROM (
              SELECT
                `t0`.`case_id`,
                `t0`.`event_time`,
                IF(COALESCE(`t0`.`step` = 'INI', FALSE), 1, 0) | IF(COALESCE(`t0`.`step` = 'RCV', FALSE), 2, 0) | IF(
                  COALESCE(
                    (
                      `t0`.`step` = 'PST'
                    )
                    AND (
                      TRY_ELEMENT_AT(`t0`.`attributes`, 'final') = 'yes'
                    ),
                    FALSE
                  ),
                  4,
                  0
                ) | IF(
                  COALESCE(
                    (
                      `t0`.`step` = 'RET'
                    )
                    AND (
                      TRY_ELEMENT_AT(`t0`.`attributes`, 'code') = 'R01'
                    ),
                    FALSE
                  ),
                  8,
                  0
                ) AS `kinds`
              FROM `events` AS `t0`
            ) AS `t1`
            GROUP BY
              1,
              2
          ) AS `t2`
        ) AS `t3`
      ) AS `t4`
      GROUP BY
        1
    ) AS `t5`
    WHERE
      `t5`.`at` >= CAST('2026-01-01T05:00:00+00:00' AS TIMESTAMP)
      AND `t5`.`at` < CAST('2026-04-01T04:00:00+00:00' AS TIMESTAMP)
  ) AS `t6`
  GROUP BY
    1
) AS `t7`
