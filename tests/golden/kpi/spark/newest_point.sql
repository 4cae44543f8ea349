SELECT
  `t2`.`bucket`,
  IF(`t2`.`c0_odd` > 0, CAST(NULL AS DOUBLE), `t2`.`c0_value`) AS `value`,
  COALESCE(`t2`.`c0_n`, 0) AS `n`
FROM (
  SELECT
    DATE_TRUNC('day', FROM_UTC_TIMESTAMP(`t1`.`at`, 'UTC')) AS `bucket`,
    MAX_BY(`t1`.`value`, `t1`.`at`) FILTER(WHERE
      `t1`.`signal` IN ('gateway.latency', 'latency')) AS `c0_value`,
    COUNT(`t1`.`value`) FILTER(WHERE
      `t1`.`signal` IN ('gateway.latency', 'latency')) AS `c0_n`,
    CAST(COUNT(DISTINCT CAST(`t1`.`labels` AS STRING)) FILTER(WHERE
      `t1`.`signal` IN ('gateway.latency', 'latency')) > 1 AS BIGINT) AS `c0_odd`
  FROM (
    SELECT
      `t0`.`signal`,
      `t0`.`value`,
      `t0`.`labels`,
      `t0`.`time` AS `at`
    FROM `points` AS `t0`
    WHERE
      `t0`.`signal` IN ('gateway.latency', 'latency')
  ) AS `t1`
  GROUP BY
    1
) AS `t2`
