WITH `t1` AS (
  SELECT
    *
  FROM `events` AS `t0`
  WHERE
    `t0`.`step` = 'INI'
)
SELECT
  `t10`.`dim_0`,
  COALESCE(`t10`.`c0_value`, 0) AS `value`,
  COALESCE(`t10`.`c0_n`, 0) AS `n`
FROM (
  SELECT
    `t9`.`dim_0`,
    COUNT(*) FILTER(WHERE
      `t9`.`breaks`) AS `c0_value`,
    COUNT(*) AS `c0_n`
  FROM (
    SELECT
      `t6`.`case_id`,
      `t6`.`breaks`,
      `t8`.`at`,
      `t8`.`dim_0`
    FROM (
      SELECT
        `t3`.`case_id`,
        `t3`.`at`,
        `t3`.`times` > 1 AS `breaks`
      FROM (
        SELECT
          `t2`.`case_id`,
          MIN(`t2`.`event_time`) AS `at`,
          COUNT(*) AS `times`
        FROM `t1` AS `t2`
        GROUP BY
          1
      ) AS `t3`
    ) AS `t6`
    INNER JOIN (
      SELECT
        `t4`.`case_id`,
        `t4`.`at`,
        `t4`.`dim_0`
      FROM (
        SELECT
          `t2`.`case_id`,
          `t2`.`event_time` AS `at`,
          TRY_ELEMENT_AT(`t2`.`attributes`, 'ch') AS `dim_0`,
          ROW_NUMBER() OVER (
            PARTITION BY `t2`.`case_id`
            ORDER BY `t2`.`event_time` ASC NULLS LAST, `t2`.`event_id` ASC NULLS LAST
          ) - 1 AS `rank`
        FROM `t1` AS `t2`
      ) AS `t4`
      WHERE
        `t4`.`rank` = 0
    ) AS `t8`
      ON `t6`.`case_id` = `t8`.`case_id`
  ) AS `t9`
  GROUP BY
    1
) AS `t10`
