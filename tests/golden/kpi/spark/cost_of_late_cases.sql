WITH log_clock AS (
  SELECT
    COALESCE(`t1`.`timely`, `t1`.`newest`) AS `clock`
  FROM (
    SELECT
      MAX(`t0`.`event_time`) FILTER(WHERE
        UNIX_MICROS(`t0`.`event_time`) <= (
          UNIX_MICROS(`t0`.`ingested_at`) + 86400000000
        )) AS `timely`,
      MAX(`t0`.`event_time`) AS `newest`
    FROM `events` AS `t0`
  ) AS `t1`
), `t8` AS (
  SELECT
    `t4`.`case_id`,
    MIN(`t4`.`event_time`) FILTER(WHERE
      `t4`.`step` = 'RCV') AS `edge_0`,
    MIN(`t4`.`event_time`) FILTER(WHERE
      (
        `t4`.`step` = 'PST'
      )
      AND (
        TRY_ELEMENT_AT(`t4`.`attributes`, 'final') = 'yes'
      )) AS `edge_1`,
    MAX(`t4`.`event_time`) FILTER(WHERE
      (
        `t4`.`step` = 'PST'
      )
      AND (
        TRY_ELEMENT_AT(`t4`.`attributes`, 'final') = 'yes'
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
  ) AS `t4`
  GROUP BY
    1
)
SELECT
  `t20`.`bucket`,
  COALESCE(`t20`.`c0_value`, 0) AS `value`,
  COALESCE(`t20`.`c0_n`, 0) AS `n`
FROM (
  SELECT
    DATE_TRUNC('month', FROM_UTC_TIMESTAMP(`t19`.`at`, 'America/New_York')) AS `bucket`,
    COALESCE(
      SUM(
        CAST(CAST(ROUND(
          LEAST(
            CAST('1.50' AS DECIMAL(18, 2)) + (
              CAST(CAST(FLOOR(
                (
                  CAST(`t19`.`late` + 59999999 AS DOUBLE) / CAST(NULLIF(60000000, 0) AS DOUBLE)
                )
              ) AS BIGINT) AS DECIMAL(18, 0)) * CAST('0.02' AS DECIMAL(18, 2))
            ) + CASE
              WHEN `t19`.`late` > 7200000000
              THEN CAST('9.00' AS DECIMAL(18, 2))
              WHEN `t19`.`late` > 3600000000
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
        `t17`.`case_id`,
        `t17`.`started`,
        `t17`.`ended`,
        `t17`.`at`,
        LEAST(
          UNIX_MICROS(`t17`.`ended`) - UNIX_MICROS(`t17`.`started`),
          UNIX_MICROS(COALESCE((
            SELECT
              *
            FROM `log_clock` AS `t1`
          ))) - UNIX_MICROS(`t17`.`started`)
        ) - 7200000000 AS `late`
      FROM (
        SELECT
          `t16`.`case_id`,
          `t16`.`edge_0` AS `started`,
          IF(`t16`.`edge_1` >= `t16`.`edge_0`, `t16`.`edge_1`, `t16`.`ends`) AS `ended`,
          `t16`.`edge_0` AS `at`
        FROM (
          SELECT
            `t10`.`case_id`,
            `t10`.`edge_0`,
            `t10`.`edge_1`,
            `t10`.`edge_2`,
            `t15`.`early`,
            `t15`.`ends`
          FROM `t8` AS `t10`
          LEFT OUTER JOIN (
            SELECT
              `t13`.`early`,
              MIN(`t13`.`event_time`) AS `ends`
            FROM (
              SELECT
                `t7`.`case_id`,
                `t7`.`event_time`,
                `t12`.`early`,
                `t12`.`since`
              FROM (
                SELECT
                  `t3`.`case_id`,
                  `t3`.`event_time`
                FROM (
                  SELECT
                    *
                  FROM `events` AS `t0`
                  WHERE
                    `t0`.`step` = 'PST' AND TRY_ELEMENT_AT(`t0`.`attributes`, 'final') = 'yes'
                ) AS `t3`
              ) AS `t7`
              INNER JOIN (
                SELECT
                  `t9`.`case_id` AS `early`,
                  `t9`.`edge_0` AS `since`
                FROM `t8` AS `t9`
                WHERE
                  `t9`.`edge_1` < `t9`.`edge_0` AND `t9`.`edge_2` >= `t9`.`edge_0`
              ) AS `t12`
                ON `t7`.`case_id` = `t12`.`early` AND `t7`.`event_time` >= `t12`.`since`
            ) AS `t13`
            GROUP BY
              1
          ) AS `t15`
            ON `t10`.`case_id` = `t15`.`early`
        ) AS `t16`
        WHERE
          `t16`.`edge_0` IS NOT NULL
      ) AS `t17`
    ) AS `t18`
    WHERE
      `t18`.`late` > 0
      AND `t18`.`at` >= CAST('2026-01-01T05:00:00+00:00' AS TIMESTAMP)
      AND `t18`.`at` < CAST('2026-04-01T04:00:00+00:00' AS TIMESTAMP)
  ) AS `t19`
  GROUP BY
    1
) AS `t20`
