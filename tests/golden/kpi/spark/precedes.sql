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
      `t2`.`edge_1` AS `at`,
      (
        `t2`.`edge_0` IS NULL
      ) OR (
        `t2`.`edge_0` > `t2`.`edge_1`
      ) AS `breaks`
    FROM (
      SELECT
        `t1`.`case_id`,
        MIN(`t1`.`event_time`) FILTER(WHERE
          `t1`.`step` = 'RCV') AS `edge_0`,
        MIN(`t1`.`event_time`) FILTER(WHERE
          (
            `t1`.`step` = 'PST'
          )
          AND (
            TRY_ELEMENT_AT(`t1`.`attributes`, 'final') = 'yes'
          )) AS `edge_1`
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
      `t2`.`edge_1` IS NOT NULL
  ) AS `t3`
) AS `t4`
