SELECT
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
    CAST(NULL AS DOUBLE),
    `t2`.`c0_value`
  ) AS `value`,
  COALESCE(`t2`.`c0_n`, 0) AS `n`
FROM (
  SELECT
    PERCENTILE(CAST(CAST(`t1`.`amount` AS DOUBLE) AS DOUBLE), 0.95D) AS `c0_value`,
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
      `t0`.`step` = 'RCV'
  ) AS `t1`
) AS `t2`
