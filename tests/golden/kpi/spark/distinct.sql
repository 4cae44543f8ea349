SELECT
  COALESCE(`t2`.`c0_value`, 0) AS `value`,
  COALESCE(`t2`.`c0_n`, 0) AS `n`
FROM (
  SELECT
    COUNT(DISTINCT `t1`.`case_id`) AS `c0_value`,
    COUNT(`t1`.`case_id`) AS `c0_n`
  FROM (
    SELECT
      *
    FROM `events` AS `t0`
    WHERE
      `t0`.`step` = 'INI'
      AND TRY_ELEMENT_AT(`t0`.`attributes`, 'ch') IN ('ach', 'it\'s')
  ) AS `t1`
) AS `t2`
