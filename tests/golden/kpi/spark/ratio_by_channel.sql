SELECT
  `t8`.`dim_0`,
  (
    CAST(CAST(COALESCE(`t8`.`c0_n`, 0) AS DOUBLE) AS DOUBLE) / CAST(NULLIF(CAST(COALESCE(`t8`.`c1_n`, 0) AS DOUBLE), 0) AS DOUBLE)
  ) AS `value`,
  COALESCE(`t8`.`c1_n`, 0) AS `n`
FROM (
  SELECT
    `t7`.`dim_0`,
    COUNT(*) FILTER(WHERE
      `t7`.`step` = 'RET') AS `c0_n`,
    COUNT(*) FILTER(WHERE
      `t7`.`step` = 'INI') AS `c1_n`
  FROM (
    SELECT
      `t3`.`case_id`,
      `t3`.`step`,
      `t3`.`event_time`,
      `t3`.`effective_date`,
      `t3`.`amount`,
      `t3`.`currency`,
      `t3`.`resource`,
      `t3`.`attributes`,
      `t6`.`at`,
      `t6`.`dim_0`
    FROM (
      SELECT
        `t0`.`case_id`,
        `t0`.`step`,
        `t0`.`event_time`,
        `t0`.`effective_date`,
        `t0`.`amount`,
        `t0`.`currency`,
        `t0`.`resource`,
        `t0`.`attributes`
      FROM `events` AS `t0`
      WHERE
        `t0`.`step` IN ('RET', 'INI')
    ) AS `t3`
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
        FROM (
          SELECT
            *
          FROM `events` AS `t0`
          WHERE
            `t0`.`step` = 'INI'
        ) AS `t2`
      ) AS `t4`
      WHERE
        `t4`.`rank` = 0
    ) AS `t6`
      ON `t3`.`case_id` = `t6`.`case_id`
  ) AS `t7`
  GROUP BY
    1
) AS `t8`
