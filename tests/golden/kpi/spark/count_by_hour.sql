SELECT
  `t2`.`bucket`,
  COALESCE(`t2`.`c0_n`, 0) AS `value`,
  COALESCE(`t2`.`c0_n`, 0) AS `n`
FROM (
  SELECT
    FROM_UTC_TIMESTAMP(`t1`.`event_time`, 'UTC') - (
      FROM_UTC_TIMESTAMP(`t1`.`event_time`, 'Asia/Kolkata') - DATE_TRUNC('hour', FROM_UTC_TIMESTAMP(`t1`.`event_time`, 'Asia/Kolkata'))
    ) AS `bucket`,
    COUNT(*) AS `c0_n`
  FROM (
    SELECT
      *
    FROM `events` AS `t0`
    WHERE
      `t0`.`step` = 'RCV'
  ) AS `t1`
  GROUP BY
    1
) AS `t2`
