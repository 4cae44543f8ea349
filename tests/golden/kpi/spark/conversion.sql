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
  `t17`.`bucket`,
  COALESCE(`t17`.`c0_value`, 0) AS `value`,
  COALESCE(`t17`.`c0_n`, 0) AS `n`
FROM (
  SELECT
    DATE_TRUNC('month', FROM_UTC_TIMESTAMP(`t16`.`at`, 'America/New_York')) AS `bucket`,
    COUNT(*) FILTER(WHERE
      NOT (
        (
          `t16`.`ended` IS NOT NULL
        )
        AND (
          (
            UNIX_MICROS(`t16`.`ended`) - UNIX_MICROS(`t16`.`started`)
          ) <= 1209600000000
        )
      )
      AND (
        (
          UNIX_MICROS(`t16`.`started`) + 1209600000000
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
      AND `t15`.`edge_0` >= CAST('2026-01-01T05:00:00+00:00' AS TIMESTAMP)
      AND `t15`.`edge_0` < CAST('2026-04-01T04:00:00+00:00' AS TIMESTAMP)
  ) AS `t16`
  GROUP BY
    1
) AS `t17`
