SELECT
  `t2`.`bucket`,
  `t2`.`c0_value` AS `value`,
  COALESCE(`t2`.`c0_n`, 0) AS `n`
FROM (
  SELECT
    DATE_TRUNC('month', FROM_UTC_TIMESTAMP(`t1`.`at`, 'America/New_York')) AS `bucket`,
    (
      CAST(COUNT(*) FILTER(WHERE
        `t1`.`signal` IN ('gateway.latency', 'latency') AND (
          `t1`.`value` <= 0.5D
        )) AS DOUBLE) / CAST(NULLIF(
        COUNT(`t1`.`value`) FILTER(WHERE
          `t1`.`signal` IN ('gateway.latency', 'latency')),
        0
      ) AS DOUBLE)
    ) AS `c0_value`,
    COUNT(`t1`.`value`) FILTER(WHERE
      `t1`.`signal` IN ('gateway.latency', 'latency')) AS `c0_n`
  FROM (
    SELECT
      `t0`.`signal`,
      `t0`.`value`,
      `t0`.`labels`,
      `t0`.`time` AS `at`
    FROM `points` AS `t0`
    WHERE
      `t0`.`signal` IN ('gateway.latency', 'latency')
      AND `t0`.`time` >= CAST('2026-01-01T05:00:00+00:00' AS TIMESTAMP)
      AND `t0`.`time` < CAST('2026-04-01T04:00:00+00:00' AS TIMESTAMP)
  ) AS `t1`
  GROUP BY
    1
) AS `t2`
