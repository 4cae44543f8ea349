WITH `t6` AS (
  SELECT
    `t2`.`case_id`,
    MIN(`t2`.`event_time`) FILTER(WHERE
      `t2`.`step` = 'RCV') AS `edge_0`,
    MIN(`t2`.`event_time`) FILTER(WHERE
      (
        `t2`.`step` = 'PST'
      )
      AND (
        TRY_ELEMENT_AT(`t2`.`attributes`, 'final') = 'yes'
      )) AS `edge_1`,
    MAX(`t2`.`event_time`) FILTER(WHERE
      (
        `t2`.`step` = 'PST'
      )
      AND (
        TRY_ELEMENT_AT(`t2`.`attributes`, 'final') = 'yes'
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
  ) AS `t2`
  GROUP BY
    1
)
SELECT
  `t16`.`c0_value` AS `value`,
  COALESCE(`t16`.`c0_n`, 0) AS `n`
FROM (
  SELECT
    (
      CAST(PERCENTILE(CAST(UNIX_MICROS(`t15`.`ended`) - UNIX_MICROS(`t15`.`started`) AS DOUBLE), 0.5D) AS DOUBLE) / CAST(NULLIF(1000000, 0) AS DOUBLE)
    ) AS `c0_value`,
    COUNT(UNIX_MICROS(`t15`.`ended`) - UNIX_MICROS(`t15`.`started`)) AS `c0_n`
  FROM (
    SELECT
      `t14`.`case_id`,
      `t14`.`edge_0` AS `started`,
      IF(`t14`.`edge_1` >= `t14`.`edge_0`, `t14`.`edge_1`, `t14`.`ends`) AS `ended`,
      `t14`.`edge_0` AS `at`
    FROM (
      SELECT
        `t8`.`case_id`,
        `t8`.`edge_0`,
        `t8`.`edge_1`,
        `t8`.`edge_2`,
        `t13`.`early`,
        `t13`.`ends`
      FROM `t6` AS `t8`
      LEFT OUTER JOIN (
        SELECT
          `t11`.`early`,
          MIN(`t11`.`event_time`) AS `ends`
        FROM (
          SELECT
            `t5`.`case_id`,
            `t5`.`event_time`,
            `t10`.`early`,
            `t10`.`since`
          FROM (
            SELECT
              `t1`.`case_id`,
              `t1`.`event_time`
            FROM (
              SELECT
                *
              FROM `events` AS `t0`
              WHERE
                `t0`.`step` = 'PST' AND TRY_ELEMENT_AT(`t0`.`attributes`, 'final') = 'yes'
            ) AS `t1`
          ) AS `t5`
          INNER JOIN (
            SELECT
              `t7`.`case_id` AS `early`,
              `t7`.`edge_0` AS `since`
            FROM `t6` AS `t7`
            WHERE
              `t7`.`edge_1` < `t7`.`edge_0` AND `t7`.`edge_2` >= `t7`.`edge_0`
          ) AS `t10`
            ON `t5`.`case_id` = `t10`.`early` AND `t5`.`event_time` >= `t10`.`since`
        ) AS `t11`
        GROUP BY
          1
      ) AS `t13`
        ON `t8`.`case_id` = `t13`.`early`
    ) AS `t14`
    WHERE
      `t14`.`edge_0` IS NOT NULL
  ) AS `t15`
) AS `t16`
