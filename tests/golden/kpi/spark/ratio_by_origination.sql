SELECT
  `t18`.`bucket`,
  (
    CAST(CAST(COALESCE(`t18`.`c0_n`, 0) AS DOUBLE) AS DOUBLE) / CAST(NULLIF(CAST(COALESCE(`t18`.`c1_n`, 0) AS DOUBLE), 0) AS DOUBLE)
  ) AS `value`,
  COALESCE(`t18`.`c1_n`, 0) AS `n`
FROM (
  SELECT
    `t17`.`bucket`,
    MAX(`t17`.`c0_n`) AS `c0_n`,
    MAX(`t17`.`c1_n`) AS `c1_n`
  FROM (
    SELECT
      *
    FROM (
      SELECT
        `t14`.`bucket`,
        `t14`.`c0_n`,
        CAST(NULL AS BIGINT) AS `c1_n`
      FROM (
        SELECT
          DATE_TRUNC('month', FROM_UTC_TIMESTAMP(`t12`.`at`, 'America/New_York')) AS `bucket`,
          COUNT(*) AS `c0_n`
        FROM (
          SELECT
            *
          FROM (
            SELECT
              `t8`.`case_id`,
              `t8`.`step`,
              `t8`.`event_time`,
              `t8`.`effective_date`,
              `t8`.`amount`,
              `t8`.`currency`,
              `t8`.`resource`,
              `t8`.`attributes`,
              `t7`.`at`
            FROM (
              SELECT
                `t4`.`case_id`,
                `t4`.`step`,
                `t4`.`event_time`,
                `t4`.`effective_date`,
                `t4`.`amount`,
                `t4`.`currency`,
                `t4`.`resource`,
                `t4`.`attributes`
              FROM (
                SELECT
                  *
                FROM `events` AS `t0`
                WHERE
                  `t0`.`step` = 'RET' AND TRY_ELEMENT_AT(`t0`.`attributes`, 'code') = 'R01'
              ) AS `t4`
            ) AS `t8`
            INNER JOIN (
              SELECT
                `t2`.`case_id`,
                MIN(`t2`.`event_time`) AS `at`
              FROM (
                SELECT
                  *
                FROM `events` AS `t0`
                WHERE
                  `t0`.`step` = 'INI'
              ) AS `t2`
              GROUP BY
                1
            ) AS `t7`
              ON `t8`.`case_id` = `t7`.`case_id`
          ) AS `t10`
          WHERE
            `t10`.`at` >= CAST('2026-01-01T05:00:00+00:00' AS TIMESTAMP)
            AND `t10`.`at` < CAST('2026-04-01T04:00:00+00:00' AS TIMESTAMP)
        ) AS `t12`
        GROUP BY
          1
      ) AS `t14`
    ) AS `t16`
    UNION ALL
    SELECT
      *
    FROM (
      SELECT
        `t13`.`bucket`,
        CAST(NULL AS BIGINT) AS `c0_n`,
        `t13`.`c1_n`
      FROM (
        SELECT
          DATE_TRUNC('month', FROM_UTC_TIMESTAMP(`t11`.`at`, 'America/New_York')) AS `bucket`,
          COUNT(*) AS `c1_n`
        FROM (
          SELECT
            *
          FROM (
            SELECT
              `t3`.`case_id`,
              `t3`.`step`,
              `t3`.`event_time`,
              `t3`.`effective_date`,
              `t3`.`amount`,
              `t3`.`currency`,
              `t3`.`resource`,
              `t3`.`attributes`,
              `t7`.`at`
            FROM (
              SELECT
                `t0`.`case_id`,
                `t0`.`step`,
                `t0`.`event_time`,
                `t0`.`effective_date`,
                `t0`.`amount`,
                `t0`.`currency`,
                `t0`.`resource`,
                `t0`.`attributes`
              FROM `events` AS `t0`
              WHERE
                `t0`.`step` = 'INI'
            ) AS `t3`
            INNER JOIN (
              SELECT
                `t2`.`case_id`,
                MIN(`t2`.`event_time`) AS `at`
              FROM (
                SELECT
                  *
                FROM `events` AS `t0`
                WHERE
                  `t0`.`step` = 'INI'
              ) AS `t2`
              GROUP BY
                1
            ) AS `t7`
              ON `t3`.`case_id` = `t7`.`case_id`
          ) AS `t9`
          WHERE
            `t9`.`at` >= CAST('2026-01-01T05:00:00+00:00' AS TIMESTAMP)
            AND `t9`.`at` < CAST('2026-04-01T04:00:00+00:00' AS TIMESTAMP)
        ) AS `t11`
        GROUP BY
          1
      ) AS `t13`
    ) AS `t15`
  ) AS `t17`
  GROUP BY
    1
) AS `t18`
