SELECT
  `t16`.`bucket`,
  IF(`t16`.`c0_odd` > 0, CAST(NULL AS DOUBLE), `t16`.`c0_value`) AS `value`,
  COALESCE(`t16`.`c0_n`, 0) AS `n`
FROM (
  SELECT
    `t15`.`bucket`,
    (
      CAST(IF(
        AGGREGATE(
          ARRAY_SORT(COLLECT_LIST(`t15`.`value`) FILTER(WHERE
            `t15`.`signal` IN ('gateway.calls'))),
          STRUCT(CAST(NULL AS DOUBLE) AS total, CAST(0 AS DOUBLE) AS error),
          (s, x) -> STRUCT(
            COALESCE(s.total, CAST(0 AS DOUBLE)) + (
              x - s.error
            ) AS total,
            (
              (
                COALESCE(s.total, CAST(0 AS DOUBLE)) + (
                  x - s.error
                )
              ) - COALESCE(s.total, CAST(0 AS DOUBLE))
            ) - (
              x - s.error
            ) AS error
          ),
          s -> s.total
        ) IS NOT NULL,
        COALESCE(
          AGGREGATE(
            ARRAY_SORT(COLLECT_LIST(`t15`.`value`) FILTER(WHERE
              `t15`.`signal` IN ('gateway.ok'))),
            STRUCT(CAST(NULL AS DOUBLE) AS total, CAST(0 AS DOUBLE) AS error),
            (s, x) -> STRUCT(
              COALESCE(s.total, CAST(0 AS DOUBLE)) + (
                x - s.error
              ) AS total,
              (
                (
                  COALESCE(s.total, CAST(0 AS DOUBLE)) + (
                    x - s.error
                  )
                ) - COALESCE(s.total, CAST(0 AS DOUBLE))
              ) - (
                x - s.error
              ) AS error
            ),
            s -> s.total
          ),
          0.0D
        ),
        CAST(NULL AS DOUBLE)
      ) AS DOUBLE) / CAST(NULLIF(
        AGGREGATE(
          ARRAY_SORT(COLLECT_LIST(`t15`.`value`) FILTER(WHERE
            `t15`.`signal` IN ('gateway.calls'))),
          STRUCT(CAST(NULL AS DOUBLE) AS total, CAST(0 AS DOUBLE) AS error),
          (s, x) -> STRUCT(
            COALESCE(s.total, CAST(0 AS DOUBLE)) + (
              x - s.error
            ) AS total,
            (
              (
                COALESCE(s.total, CAST(0 AS DOUBLE)) + (
                  x - s.error
                )
              ) - COALESCE(s.total, CAST(0 AS DOUBLE))
            ) - (
              x - s.error
            ) AS error
          ),
          s -> s.total
        ),
        0
      ) AS DOUBLE)
    ) AS `c0_value`,
    CAST(COALESCE(
      AGGREGATE(
        ARRAY_SORT(COLLECT_LIST(`t15`.`value`) FILTER(WHERE
          `t15`.`signal` IN ('gateway.calls'))),
        STRUCT(CAST(NULL AS DOUBLE) AS total, CAST(0 AS DOUBLE) AS error),
        (s, x) -> STRUCT(
          COALESCE(s.total, CAST(0 AS DOUBLE)) + (
            x - s.error
          ) AS total,
          (
            (
              COALESCE(s.total, CAST(0 AS DOUBLE)) + (
                x - s.error
              )
            ) - COALESCE(s.total, CAST(0 AS DOUBLE))
          ) - (
            x - s.error
          ) AS error
        ),
        s -> s.total
      ),
      0.0D
    ) AS BIGINT) AS `c0_n`,
    COUNT(*) FILTER(WHERE
      (
        `t15`.`signal` IN ('gateway.ok') OR `t15`.`signal` IN ('gateway.calls')
      )
      AND (
        `t15`.`value` < 0
      )) + CAST(IF(
      AGGREGATE(
        ARRAY_SORT(COLLECT_LIST(`t15`.`value`) FILTER(WHERE
          `t15`.`signal` IN ('gateway.calls'))),
        STRUCT(CAST(NULL AS DOUBLE) AS total, CAST(0 AS DOUBLE) AS error),
        (s, x) -> STRUCT(
          COALESCE(s.total, CAST(0 AS DOUBLE)) + (
            x - s.error
          ) AS total,
          (
            (
              COALESCE(s.total, CAST(0 AS DOUBLE)) + (
                x - s.error
              )
            ) - COALESCE(s.total, CAST(0 AS DOUBLE))
          ) - (
            x - s.error
          ) AS error
        ),
        s -> s.total
      ) IS NOT NULL,
      COALESCE(
        AGGREGATE(
          ARRAY_SORT(COLLECT_LIST(`t15`.`value`) FILTER(WHERE
            `t15`.`signal` IN ('gateway.ok'))),
          STRUCT(CAST(NULL AS DOUBLE) AS total, CAST(0 AS DOUBLE) AS error),
          (s, x) -> STRUCT(
            COALESCE(s.total, CAST(0 AS DOUBLE)) + (
              x - s.error
            ) AS total,
            (
              (
                COALESCE(s.total, CAST(0 AS DOUBLE)) + (
                  x - s.error
                )
              ) - COALESCE(s.total, CAST(0 AS DOUBLE))
            ) - (
              x - s.error
            ) AS error
          ),
          s -> s.total
        ),
        0.0D
      ),
      CAST(NULL AS DOUBLE)
    ) > AGGREGATE(
      ARRAY_SORT(COLLECT_LIST(`t15`.`value`) FILTER(WHERE
        `t15`.`signal` IN ('gateway.calls'))),
      STRUCT(CAST(NULL AS DOUBLE) AS total, CAST(0 AS DOUBLE) AS error),
      (s, x) -> STRUCT(
        COALESCE(s.total, CAST(0 AS DOUBLE)) + (
          x - s.error
        ) AS total,
        (
          (
            COALESCE(s.total, CAST(0 AS DOUBLE)) + (
              x - s.error
            )
          ) - COALESCE(s.total, CAST(0 AS DOUBLE))
        ) - (
          x - s.error
        ) AS error
      ),
      s -> s.total
    ) AS BIGINT) AS `c0_odd`
  FROM (
    SELECT
      `t5`.`signal`,
      `t5`.`value`,
      `t5`.`labels`,
      `t5`.`at`,
      `t14`.`bucket`
    FROM (
      SELECT
        `t0`.`signal`,
        `t0`.`value`,
        `t0`.`labels`,
        `t0`.`time` AS `at`
      FROM `points` AS `t0`
      WHERE
        `t0`.`signal` IN ('gateway.ok', 'gateway.calls')
    ) AS `t5`
    INNER JOIN (
      SELECT
        `t12`.`bucket`,
        `t12`.`high`,
        TO_UTC_TIMESTAMP(FROM_UTC_TIMESTAMP(`t12`.`high`, 'UTC') - INTERVAL '30' DAY, 'UTC') AS `low`
      FROM (
        SELECT
          `t11`.`bucket`,
          COALESCE(
            LEAD(TO_UTC_TIMESTAMP(`t11`.`bucket`, 'UTC')) OVER (ORDER BY `t11`.`bucket` ASC NULLS LAST),
            `t11`.`end`
          ) AS `high`
        FROM (
          SELECT DISTINCT
            `t10`.`end`,
            DATE_TRUNC('day', `t10`.`day`) AS `bucket`
          FROM (
            SELECT
              `t9`.`end`,
              EXPLODE(
                SEQUENCE(
                  DATE_TRUNC('day', FROM_UTC_TIMESTAMP(`t9`.`start`, 'UTC')),
                  (
                    DATE_TRUNC('day', FROM_UTC_TIMESTAMP(`t9`.`end` - INTERVAL '1' MICROSECOND, 'UTC')) + INTERVAL '1' DAY
                  ) - INTERVAL '1' MICROSECOND,
                  INTERVAL '1' DAY
                )
              ) AS `day`
            FROM (
              SELECT
                *
              FROM (
                SELECT
                  LEAST(
                    `t4`.`first`,
                    (
                      SELECT
                        MIN(`t0`.`time`) AS `Min(time)`
                      FROM `points` AS `t0`
                    )
                  ) AS `start`,
                  GREATEST(
                    `t4`.`last`,
                    (
                      SELECT
                        COALESCE(`t6`.`timely`, `t6`.`newest`) AS `clock`
                      FROM (
                        SELECT
                          MAX(`t0`.`time`) FILTER(WHERE
                            UNIX_MICROS(`t0`.`time`) <= (
                              UNIX_MICROS(`t0`.`ingested_at`) + 86400000000
                            )) AS `timely`,
                          MAX(`t0`.`time`) AS `newest`
                        FROM `points` AS `t0`
                      ) AS `t6`
                    )
                  ) + INTERVAL '1' MICROSECOND AS `end`
                FROM (
                  SELECT
                    MIN(`t1`.`event_time`) AS `first`,
                    MAX(`t1`.`event_time`) AS `last`
                  FROM `events` AS `t1`
                ) AS `t4`
              ) AS `t8`
              WHERE
                `t8`.`start` < `t8`.`end`
            ) AS `t9`
          ) AS `t10`
        ) AS `t11`
      ) AS `t12`
    ) AS `t14`
      ON `t5`.`at` < `t14`.`high` AND `t5`.`at` >= `t14`.`low`
  ) AS `t15`
  GROUP BY
    1
) AS `t16`
