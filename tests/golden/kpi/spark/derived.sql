SELECT
  (
    CAST(CAST(IF(
      (
        `t8`.`c0_low` <> `t8`.`c0_high`
      )
      OR (
        (
          `t8`.`c0_low` IS NOT NULL
        ) AND (
          `t8`.`c0_blank` > 0
        )
      ),
      CAST(NULL AS DECIMAL(38, 2)),
      `t8`.`c0_value`
    ) AS DOUBLE) AS DOUBLE) / CAST(NULLIF(CAST(COALESCE(`t8`.`c1_n`, 0) AS DOUBLE), 0) AS DOUBLE)
  ) AS `value`,
  LEAST(COALESCE(`t8`.`c0_n`, 0), COALESCE(`t8`.`c1_n`, 0)) AS `n`
FROM (
  SELECT
    MAX(`t7`.`c0_value`) AS `c0_value`,
    MAX(`t7`.`c0_n`) AS `c0_n`,
    MAX(`t7`.`c0_low`) AS `c0_low`,
    MAX(`t7`.`c0_high`) AS `c0_high`,
    MAX(`t7`.`c0_blank`) AS `c0_blank`,
    MAX(`t7`.`c1_n`) AS `c1_n`
  FROM (
    SELECT
      *
    FROM (
      SELECT
        `t5`.`c0_value`,
        `t5`.`c0_n`,
        `t5`.`c0_low`,
        `t5`.`c0_high`,
        `t5`.`c0_blank`,
        CAST(NULL AS BIGINT) AS `c1_n`
      FROM (
        SELECT
          SUM(`t2`.`amount`) AS `c0_value`,
          COUNT(`t2`.`amount`) AS `c0_n`,
          MIN(`t2`.`currency`) FILTER(WHERE
            `t2`.`amount` IS NOT NULL) AS `c0_low`,
          MAX(`t2`.`currency`) FILTER(WHERE
            `t2`.`amount` IS NOT NULL) AS `c0_high`,
          COUNT(*) FILTER(WHERE
            (
              `t2`.`amount` IS NOT NULL
            ) AND (
              `t2`.`currency` IS NULL
            )) AS `c0_blank`
        FROM (
          SELECT
            *
          FROM `events` AS `t0`
          WHERE
            `t0`.`step` = 'PST' AND TRY_ELEMENT_AT(`t0`.`attributes`, 'final') = 'yes'
        ) AS `t2`
      ) AS `t5`
    ) AS `t6`
    UNION ALL
    SELECT
      *
    FROM (
      SELECT
        CAST(NULL AS DECIMAL(38, 2)) AS `c0_value`,
        CAST(NULL AS BIGINT) AS `c0_n`,
        CAST(NULL AS STRING) AS `c0_low`,
        CAST(NULL AS STRING) AS `c0_high`,
        CAST(NULL AS BIGINT) AS `c0_blank`,
        `t3`.`c1_n`
      FROM (
        SELECT
          COUNT(*) AS `c1_n`
        FROM (
          SELECT
            *
          FROM `events` AS `t0`
          WHERE
            `t0`.`step` = 'INI'
        ) AS `t1`
      ) AS `t3`
    ) AS `t4`
  ) AS `t7`
) AS `t8`
