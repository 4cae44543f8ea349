SELECT
  COALESCE(`t4`.`c0_value`, 0) AS `value`,
  COALESCE(`t4`.`c0_n`, 0) AS `n`
FROM (
  SELECT
    COUNT(*) FILTER(WHERE
      `t3`.`breaks`) AS `c0_value`,
    COUNT(*) AS `c0_n`
  FROM (
    SELECT
      `t2`.`case_id`,
      `t2`.`at`,
      (
        `t2`.`before` IS NULL
      ) OR (
        `t2`.`before` > `t2`.`at`
      ) AS `breaks`
    FROM (
      SELECT
        `t1`.`case_id`,
        MIN(`t1`.`event_time`) FILTER(WHERE
          `t1`.`step` = 'RCV') AS `before`,
        MIN(`t1`.`event_time`) FILTER(WHERE
          (
            `t1`.`step` = 'PST'
          )
          AND (
            TRY_ELEMENT_AT(`t1`.`attributes`, 'final') = 'yes'
          )) AS `at`
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
      ) AS `t1`
      GROUP BY
        1
    ) AS `t2`
    WHERE
      `t2`.`at` IS NOT NULL
  ) AS `t3`
) AS `t4`
