SELECT
  `t2`.`dim_0`,
  IF(
    (
      `t2`.`c0_low` <> `t2`.`c0_high`
    )
    OR (
      (
        `t2`.`c0_low` IS NOT NULL
      ) AND (
        `t2`.`c0_blank` > 0
      )
    ),
    CAST(NULL AS DECIMAL(38, 2)),
    `t2`.`c0_value`
  ) AS `value`,
  COALESCE(`t2`.`c0_n`, 0) AS `n`
FROM (
  SELECT
    `t1`.`currency` AS `dim_0`,
    SUM(`t1`.`amount`) AS `c0_value`,
    COUNT(`t1`.`amount`) AS `c0_n`,
    MIN(`t1`.`currency`) FILTER(WHERE
      `t1`.`amount` IS NOT NULL) AS `c0_low`,
    MAX(`t1`.`currency`) FILTER(WHERE
      `t1`.`amount` IS NOT NULL) AS `c0_high`,
    COUNT(*) FILTER(WHERE
      (
        `t1`.`amount` IS NOT NULL
      ) AND (
        `t1`.`currency` IS NULL
      )) AS `c0_blank`
  FROM (
    SELECT
      *
    FROM `events` AS `t0`
    WHERE
      `t0`.`step` = 'PST'
      AND TRY_ELEMENT_AT(`t0`.`attributes`, 'final') = 'yes'
      AND CAST(`t0`.`amount` AS DECIMAL(38, 2)) > CAST(CAST('0.5' AS DECIMAL(38, 1)) AS DECIMAL(38, 2))
  ) AS `t1`
  GROUP BY
    1
) AS `t2`
