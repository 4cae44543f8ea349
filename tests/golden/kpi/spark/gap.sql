SELECT
  `t9`.`bucket`,
  CAST(`t9`.`c0_value` AS DOUBLE) - CAST(IF(
    (
      `t9`.`c1_low` <> `t9`.`c1_high`
    )
    OR (
      (
        `t9`.`c1_low` IS NOT NULL
      ) AND (
        `t9`.`c1_blank` > 0
      )
    ),
    CAST(NULL AS DECIMAL(38, 2)),
    `t9`.`c1_value`
  ) AS DOUBLE) AS `value`,
  LEAST(COALESCE(`t9`.`c0_n`, 0), COALESCE(`t9`.`c1_n`, 0)) AS `n`
FROM (
  SELECT
    `t8`.`bucket`,
    MAX(`t8`.`c0_value`) AS `c0_value`,
    MAX(`t8`.`c0_n`) AS `c0_n`,
    MAX(`t8`.`c1_value`) AS `c1_value`,
    MAX(`t8`.`c1_n`) AS `c1_n`,
    MAX(`t8`.`c1_low`) AS `c1_low`,
    MAX(`t8`.`c1_high`) AS `c1_high`,
    MAX(`t8`.`c1_blank`) AS `c1_blank`
  FROM (
    SELECT
      *
    FROM (
      SELECT
        `t4`.`bucket`,
        `t4`.`c0_value`,
        `t4`.`c0_n`,
        CAST(NULL AS DECIMAL(38, 2)) AS `c1_value`,
        CAST(NULL AS BIGINT) AS `c1_n`,
        CAST(NULL AS STRING) AS `c1_low`,
        CAST(NULL AS STRING) AS `c1_high`,
        CAST(NULL AS BIGINT) AS `c1_blank`
      FROM (
        SELECT
          DATE_TRUNC('month', FROM_UTC_TIMESTAMP(`t2`.`at`, 'America/New_York')) AS `bucket`,
          SUM(
            CAST(CAST(TRY_CAST(ROUND((
              `t2`.`value`
            ) * 100.0D, 0) AS BIGINT) AS DECIMAL(19, 0)) * CAST('0.01' AS DECIMAL(18, 2)) AS DECIMAL(18, 2))
          ) FILTER(WHERE
            `t2`.`signal` IN ('file.control-total', 'control_total')) AS `c0_value`,
          COUNT(
            CAST(CAST(TRY_CAST(ROUND((
              `t2`.`value`
            ) * 100.0D, 0) AS BIGINT) AS DECIMAL(19, 0)) * CAST('0.01' AS DECIMAL(18, 2)) AS DECIMAL(18, 2))
          ) FILTER(WHERE
            `t2`.`signal` IN ('file.control-total', 'control_total')) AS `c0_n`
        FROM (
          SELECT
            `t0`.`signal`,
            `t0`.`value`,
            `t0`.`labels`,
            `t0`.`time` AS `at`
          FROM `points` AS `t0`
          WHERE
            `t0`.`signal` IN ('file.control-total', 'control_total')
            AND `t0`.`time` >= CAST('2026-01-01T05:00:00+00:00' AS TIMESTAMP)
            AND `t0`.`time` < CAST('2026-04-01T04:00:00+00:00' AS TIMESTAMP)
        ) AS `t2`
        GROUP BY
          1
      ) AS `t4`
    ) AS `t6`
    UNION ALL
    SELECT
      *
    FROM (
      SELECT
        `t5`.`bucket`,
        CAST(NULL AS DECIMAL(38, 2)) AS `c0_value`,
        CAST(NULL AS BIGINT) AS `c0_n`,
        `t5`.`c1_value`,
        `t5`.`c1_n`,
        `t5`.`c1_low`,
        `t5`.`c1_high`,
        `t5`.`c1_blank`
      FROM (
        SELECT
          DATE_TRUNC('month', FROM_UTC_TIMESTAMP(`t3`.`event_time`, 'America/New_York')) AS `bucket`,
          SUM(`t3`.`amount`) AS `c1_value`,
          COUNT(`t3`.`amount`) AS `c1_n`,
          MIN(`t3`.`currency`) FILTER(WHERE
            `t3`.`amount` IS NOT NULL) AS `c1_low`,
          MAX(`t3`.`currency`) FILTER(WHERE
            `t3`.`amount` IS NOT NULL) AS `c1_high`,
          COUNT(*) FILTER(WHERE
            (
              `t3`.`amount` IS NOT NULL
            ) AND (
              `t3`.`currency` IS NULL
            )) AS `c1_blank`
        FROM (
          SELECT
            *
          FROM `events` AS `t1`
          WHERE
            `t1`.`step` = 'RCV'
            AND `t1`.`event_time` >= CAST('2026-01-01T05:00:00+00:00' AS TIMESTAMP)
            AND `t1`.`event_time` < CAST('2026-04-01T04:00:00+00:00' AS TIMESTAMP)
        ) AS `t3`
        GROUP BY
          1
      ) AS `t5`
    ) AS `t7`
  ) AS `t8`
  GROUP BY
    1
) AS `t9`
