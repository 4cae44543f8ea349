SELECT
  COALESCE(`t3`.`c0_value`, 0) AS `value`,
  COALESCE(`t3`.`c0_n`, 0) AS `n`
FROM (
  SELECT
    COUNT(*) FILTER(WHERE
      `t2`.`breaks`) AS `c0_value`,
    COUNT(*) AS `c0_n`
  FROM (
    SELECT
      `t1`.`case_id`,
      `t1`.`at`,
      NOT (
        `t1`.`reached`
      ) AS `breaks`
    FROM (
      SELECT
        `t0`.`case_id`,
        MIN(`t0`.`event_time`) AS `at`,
        COALESCE(BOOL_OR(`t0`.`step` IN ('INI', 'RET')), FALSE) AS `reached`
      FROM `events` AS `t0`
      GROUP BY
        1
    ) AS `t1`
  ) AS `t2`
) AS `t3`
