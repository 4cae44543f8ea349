SELECT
  COALESCE(`t2`.`c0_n`, 0) AS `value`,
  COALESCE(`t2`.`c0_n`, 0) AS `n`
FROM (
  SELECT
    COUNT(*) AS `c0_n`
  FROM (
    SELECT
      *
    FROM `events` AS `t0`
    WHERE
      `t0`.`step` = 'INI'
  ) AS `t1`
) AS `t2`
