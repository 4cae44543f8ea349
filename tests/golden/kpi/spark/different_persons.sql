SELECT
  `t10`.`bucket`,
  COALESCE(`t10`.`c0_value`, 0) AS `value`,
  COALESCE(`t10`.`c0_n`, 0) AS `n`
FROM (
  SELECT
    DATE_TRUNC('month', FROM_UTC_TIMESTAMP(`t9`.`at`, 'America/New_York')) AS `bucket`,
    COUNT(*) FILTER(WHERE
      `t9`.`breaks`) AS `c0_value`,
    COUNT(*) AS `c0_n`
  FROM (
    SELECT
      *
    FROM (
      SELECT
        `t7`.`case_id`,
        `t7`.`breaks`,
        `t2`.`at`
      FROM (
        SELECT
          `t5`.`case_id`,
          `t5`.`at`,
          `t5`.`breaks`
        FROM (
          SELECT
            `t4`.`case_id`,
            COALESCE(BOOL_OR(`t4`.`one`), FALSE) AS `one`,
            COALESCE(BOOL_OR(`t4`.`two`), FALSE) AS `two`,
            COALESCE(BOOL_OR(`t4`.`one` AND `t4`.`two` AND (
              `t4`.`resource` IS NOT NULL
            )), FALSE) AS `breaks`,
            MIN(`t4`.`at`) AS `at`
          FROM (
            SELECT
              `t3`.`case_id`,
              `t3`.`resource`,
              COALESCE(BOOL_OR(`t3`.`step` = 'RCV'), FALSE) AS `one`,
              COALESCE(
                BOOL_OR(
                  (
                    `t3`.`step` = 'PST'
                  )
                  AND (
                    TRY_ELEMENT_AT(`t3`.`attributes`, 'final') = 'yes'
                  )
                ),
                FALSE
              ) AS `two`,
              MIN(`t3`.`event_time`) FILTER(WHERE
                (
                  `t3`.`step` = 'PST'
                )
                AND (
                  TRY_ELEMENT_AT(`t3`.`attributes`, 'final') = 'yes'
                )) AS `at`
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
            ) AS `t3`
            GROUP BY
              1,
              2
          ) AS `t4`
          GROUP BY
            1
        ) AS `t5`
        WHERE
          `t5`.`one` AND `t5`.`two`
      ) AS `t7`
      INNER JOIN (
        SELECT
          `t0`.`case_id`,
          MIN(`t0`.`event_time`) AS `at`
        FROM `events` AS `t0`
        GROUP BY
          1
      ) AS `t2`
        ON `t7`.`case_id` = `t2`.`case_id`
    ) AS `t8`
    WHERE
      `t8`.`at` >= CAST('2026-01-01T05:00:00+00:00' AS TIMESTAMP)
      AND `t8`.`at` < CAST('2026-04-01T04:00:00+00:00' AS TIMESTAMP)
  ) AS `t9`
  GROUP BY
    1
) AS `t10`
