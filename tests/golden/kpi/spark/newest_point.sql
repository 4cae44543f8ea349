SELECT
  `t4`.`bucket`,
  IF(`t4`.`c0_odd` > 0, CAST(NULL AS DOUBLE), `t4`.`c0_value`) AS `value`,
  COALESCE(`t4`.`c0_n`, 0) AS `n`
FROM (
  SELECT
    DATE_TRUNC('day', FROM_UTC_TIMESTAMP(`t3`.`at`, 'UTC')) AS `bucket`,
    MAX_BY(`t3`.`value`, `t3`.`at`) FILTER(WHERE
      `t3`.`signal` IN ('gateway.latency', 'latency') AND `t3`.`reached`) AS `c0_value`,
    COUNT(`t3`.`value`) FILTER(WHERE
      `t3`.`signal` IN ('gateway.latency', 'latency') AND `t3`.`reached`) AS `c0_n`,
    CAST(COUNT(DISTINCT CAST(`t3`.`labels` AS STRING)) FILTER(WHERE
      `t3`.`signal` IN ('gateway.latency', 'latency') AND `t3`.`reached`) > 1 AS BIGINT) AS `c0_odd`
  FROM (
    SELECT
      `t0`.`signal`,
      `t0`.`value`,
      `t0`.`labels`,
      `t0`.`time` AS `at`,
      `t0`.`time` <= (
        SELECT
          COALESCE(`t1`.`timely`, `t1`.`newest`) AS `clock`
        FROM (
          SELECT
            MAX(`t0`.`time`) FILTER(WHERE
              UNIX_MICROS(`t0`.`time`) <= (
                UNIX_MICROS(`t0`.`ingested_at`) + 86400000000
              )) AS `timely`,
            MAX(`t0`.`time`) AS `newest`
          FROM `points` AS `t0`
        ) AS `t1`
      ) AS `reached`
    FROM `points` AS `t0`
    WHERE
      `t0`.`signal` IN ('gateway.latency', 'latency')
  ) AS `t3`
  GROUP BY
    1
) AS `t4`
