SELECT
  `t14`.`bucket`,
  COALESCE(`t14`.`c0_value`, 0) AS `value`,
  COALESCE(`t14`.`c0_n`, 0) AS `n`
FROM (
  SELECT
    DATE_TRUNC('month', FROM_UTC_TIMESTAMP(`t13`.`at`, 'America/New_York')) AS `bucket`,
    COUNT(*) FILTER(WHERE
      `t13`.`breaks`) AS `c0_value`,
    COUNT(*) AS `c0_n`
  FROM (
    SELECT
      `t12`.`case_id`,
      `t12`.`at`,
      `t12`.`breaks`,
      `t12`.`waits` AND NOT (
        `t12`.`breaks`
      ) AS `pending`
    FROM (
      SELECT
        `t11`.`case_id`,
        MIN(`t11`.`started`) AS `at`,
        COALESCE(BOOL_OR(`t11`.`over`), FALSE) AS `breaks`,
        COALESCE(BOOL_OR(NOT (
          `t11`.`came`
        ) AND NOT (
          `t11`.`over`
        )), FALSE) AS `waits`
      FROM (
        SELECT
          `t10`.`case_id`,
          `t10`.`started`,
          `t10`.`closes`,
          `t10`.`clock`,
          `t10`.`came`,
          `t10`.`ended`,
          (
            UNIX_MICROS(`t10`.`ended`) - UNIX_MICROS(`t10`.`started`)
          ) > 14400000000 AS `over`
        FROM (
          SELECT
            `t9`.`case_id`,
            `t9`.`started`,
            `t9`.`closes`,
            `t9`.`clock`,
            COALESCE(`t9`.`closes` <= `t9`.`clock`, FALSE) AS `came`,
            IF(COALESCE(`t9`.`closes` <= `t9`.`clock`, FALSE), `t9`.`closes`, `t9`.`clock`) AS `ended`
          FROM (
            SELECT
              `t8`.`case_id`,
              `t8`.`started`,
              `t8`.`closes`,
              COALESCE(
                (
                  SELECT
                    MAX(`t2`.`event_time`) AS `Max(event_time)`
                  FROM (
                    SELECT
                      *
                    FROM `events` AS `t0`
                    WHERE
                      UNIX_MICROS(`t0`.`event_time`) <= (
                        UNIX_MICROS(`t0`.`ingested_at`) + 86400000000
                      )
                  ) AS `t2`
                ),
                (
                  SELECT
                    MAX(`t0`.`event_time`) AS `Max(event_time)`
                  FROM `events` AS `t0`
                )
              ) AS `clock`
            FROM (
              SELECT
                `t7`.`case_id`,
                `t7`.`opens` AS `started`,
                MIN(`t7`.`closes`) AS `closes`
              FROM (
                SELECT
                  `t6`.`case_id`,
                  `t6`.`event_id`,
                  `t6`.`opens`,
                  `t6`.`closes`
                FROM (
                  SELECT
                    `t5`.`case_id`,
                    `t5`.`event_id`,
                    `t5`.`opens`,
                    `t5`.`begins`,
                    `t5`.`ends`,
                    MIN(`t5`.`ends`) OVER (
                      PARTITION BY `t5`.`case_id`
                      ORDER BY `t5`.`opens` ASC NULLS LAST
                      RANGE BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING
                    ) AS `closes`
                  FROM (
                    SELECT
                      `t3`.`case_id`,
                      `t3`.`event_id`,
                      `t3`.`event_time` AS `opens`,
                      COALESCE(`t3`.`step` = 'RCV', FALSE) AS `begins`,
                      IF(
                        COALESCE(
                          (
                            `t3`.`step` = 'PST'
                          )
                          AND (
                            TRY_ELEMENT_AT(`t3`.`attributes`, 'final') = 'yes'
                          ),
                          FALSE
                        ),
                        `t3`.`event_time`,
                        CAST(NULL AS TIMESTAMP)
                      ) AS `ends`
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
                  ) AS `t5`
                ) AS `t6`
                WHERE
                  `t6`.`begins`
              ) AS `t7`
              GROUP BY
                1,
                2
            ) AS `t8`
          ) AS `t9`
        ) AS `t10`
      ) AS `t11`
      GROUP BY
        1
    ) AS `t12`
    WHERE
      `t12`.`at` >= CAST('2026-01-01T05:00:00+00:00' AS TIMESTAMP)
      AND `t12`.`at` < CAST('2026-04-01T04:00:00+00:00' AS TIMESTAMP)
  ) AS `t13`
  GROUP BY
    1
) AS `t14`
