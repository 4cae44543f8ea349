WITH `t7` AS (
  SELECT
    `t3`.`case_id`,
    MIN(`t3`.`event_time`) FILTER(WHERE
      `t3`.`step` = 'RCV') AS `edge_0`,
    MIN(`t3`.`event_time`) FILTER(WHERE
      (
        `t3`.`step` = 'PST'
      )
      AND (
        TRY_ELEMENT_AT(`t3`.`attributes`, 'final') = 'yes'
      )) AS `edge_1`,
    MAX(`t3`.`event_time`) FILTER(WHERE
      (
        `t3`.`step` = 'PST'
      )
      AND (
        TRY_ELEMENT_AT(`t3`.`attributes`, 'final') = 'yes'
      )) AS `edge_2`
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
    1
)
SELECT
  `t19`.`bucket`,
  COALESCE(`t19`.`c0_value`, 0) AS `value`,
  COALESCE(`t19`.`c0_n`, 0) AS `n`
FROM (
  SELECT
    DATE_TRUNC('month', FROM_UTC_TIMESTAMP(`t18`.`at`, 'America/New_York')) AS `bucket`,
    COALESCE(
      SUM(
        CAST(CAST(ROUND(
          LEAST(
            CAST('1.50' AS DECIMAL(18, 2)) + (
              CAST(CAST(FLOOR(
                (
                  CAST(`t18`.`late` + 59999999 AS DOUBLE) / CAST(NULLIF(60000000, 0) AS DOUBLE)
                )
              ) AS BIGINT) AS DECIMAL(18, 0)) * CAST('0.02' AS DECIMAL(18, 2))
            ) + CASE
              WHEN `t18`.`late` > 7200000000
              THEN CAST('9.00' AS DECIMAL(18, 2))
              WHEN `t18`.`late` > 3600000000
              THEN CAST('5.00' AS DECIMAL(18, 2))
              ELSE CAST('0.00' AS DECIMAL(18, 2))
            END,
            CAST('100.00' AS DECIMAL(18, 2))
          ),
          2
        ) AS DECIMAL(18, 2)) AS DECIMAL(38, 2))
      ),
      0
    ) AS `c0_value`,
    COUNT(*) AS `c0_n`
  FROM (
    SELECT
      *
    FROM (
      SELECT
        `t16`.`case_id`,
        `t16`.`started`,
        `t16`.`ended`,
        `t16`.`at`,
        COALESCE(
          UNIX_MICROS(`t16`.`ended`) - UNIX_MICROS(`t16`.`started`),
          UNIX_MICROS(
            (
              SELECT
                MAX(`t0`.`event_time`) AS `Max(event_time)`
              FROM `events` AS `t0`
            )
          ) - UNIX_MICROS(`t16`.`started`)
        ) - 7200000000 AS `late`
      FROM (
        SELECT
          `t15`.`case_id`,
          `t15`.`edge_0` AS `started`,
          IF(`t15`.`edge_1` >= `t15`.`edge_0`, `t15`.`edge_1`, `t15`.`ends`) AS `ended`,
          `t15`.`edge_0` AS `at`
        FROM (
          SELECT
            `t9`.`case_id`,
            `t9`.`edge_0`,
            `t9`.`edge_1`,
            `t9`.`edge_2`,
            `t14`.`early`,
            `t14`.`ends`
          FROM `t7` AS `t9`
          LEFT OUTER JOIN (
            SELECT
              `t12`.`early`,
              MIN(`t12`.`event_time`) AS `ends`
            FROM (
              SELECT
                `t6`.`case_id`,
                `t6`.`event_time`,
                `t11`.`early`,
                `t11`.`since`
              FROM (
                SELECT
                  `t2`.`case_id`,
                  `t2`.`event_time`
                FROM (
                  SELECT
                    *
                  FROM `events` AS `t0`
                  WHERE
                    `t0`.`step` = 'PST' AND TRY_ELEMENT_AT(`t0`.`attributes`, 'final') = 'yes'
                ) AS `t2`
              ) AS `t6`
              INNER JOIN (
                SELECT
                  `t8`.`case_id` AS `early`,
                  `t8`.`edge_0` AS `since`
                FROM `t7` AS `t8`
                WHERE
                  `t8`.`edge_1` < `t8`.`edge_0` AND `t8`.`edge_2` >= `t8`.`edge_0`
              ) AS `t11`
                ON `t6`.`case_id` = `t11`.`early` AND `t6`.`event_time` >= `t11`.`since`
            ) AS `t12`
            GROUP BY
              1
          ) AS `t14`
            ON `t9`.`case_id` = `t14`.`early`
        ) AS `t15`
        WHERE
          `t15`.`edge_0` IS NOT NULL
      ) AS `t16`
    ) AS `t17`
    WHERE
      `t17`.`late` > 0
      AND `t17`.`at` >= CAST('2026-01-01T05:00:00+00:00' AS TIMESTAMP)
      AND `t17`.`at` < CAST('2026-04-01T04:00:00+00:00' AS TIMESTAMP)
  ) AS `t18`
  GROUP BY
    1
) AS `t19`
