SELECT
  `t15`.`bucket`,
  IF(`t15`.`c0_odd` > 0, CAST(NULL AS DOUBLE), `t15`.`c0_value`) AS `value`,
  COALESCE(`t15`.`c0_n`, 0) AS `n`
FROM (
  SELECT
    `t14`.`bucket`,
    (
      CAST(IF(
        AGGREGATE(
          ARRAY_SORT(COLLECT_LIST(`t14`.`value`) FILTER(WHERE
            `t14`.`signal` IN ('gateway.calls'))),
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
            ARRAY_SORT(COLLECT_LIST(`t14`.`value`) FILTER(WHERE
              `t14`.`signal` IN ('gateway.ok'))),
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
          ARRAY_SORT(COLLECT_LIST(`t14`.`value`) FILTER(WHERE
            `t14`.`signal` IN ('gateway.calls'))),
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
        ARRAY_SORT(COLLECT_LIST(`t14`.`value`) FILTER(WHERE
          `t14`.`signal` IN ('gateway.calls'))),
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
        `t14`.`signal` IN ('gateway.ok') OR `t14`.`signal` IN ('gateway.calls')
      )
      AND (
        `t14`.`value` < 0
      )) + CAST(IF(
      AGGREGATE(
        ARRAY_SORT(COLLECT_LIST(`t14`.`value`) FILTER(WHERE
          `t14`.`signal` IN ('gateway.calls'))),
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
          ARRAY_SORT(COLLECT_LIST(`t14`.`value`) FILTER(WHERE
            `t14`.`signal` IN ('gateway.ok'))),
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
      ARRAY_SORT(COLLECT_LIST(`t14`.`value`) FILTER(WHERE
        `t14`.`signal` IN ('gateway.calls'))),
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
      `t6`.`signal`,
      `t6`.`value`,
      `t6`.`labels`,
      `t6`.`at`,
      `t13`.`bucket`
    FROM (
      SELECT
        `t0`.`signal`,
        `t0`.`value`,
        `t0`.`labels`,
        `t0`.`time` AS `at`
      FROM `points` AS `t0`
      WHERE
        `t0`.`signal` IN ('gateway.ok', 'gateway.calls')
    ) AS `t6`
    INNER JOIN (
      SELECT
        `t11`.`bucket`,
        `t11`.`high`,
        TO_UTC_TIMESTAMP(FROM_UTC_TIMESTAMP(`t11`.`high`, 'UTC') - INTERVAL '30' DAY, 'UTC') AS `low`
      FROM (
        SELECT
          `t10`.`bucket`,
          COALESCE(
            LEAD(TO_UTC_TIMESTAMP(`t10`.`bucket`, 'UTC')) OVER (ORDER BY `t10`.`bucket` ASC NULLS LAST),
            `t10`.`end`
          ) AS `high`
        FROM (
          SELECT DISTINCT
            `t9`.`end`,
            DATE_TRUNC('day', `t9`.`day`) AS `bucket`
          FROM (
            SELECT
              `t8`.`end`,
              EXPLODE(
                SEQUENCE(
                  DATE_TRUNC('day', FROM_UTC_TIMESTAMP(`t8`.`start`, 'UTC')),
                  (
                    DATE_TRUNC('day', FROM_UTC_TIMESTAMP(`t8`.`end` - INTERVAL '1' MICROSECOND, 'UTC')) + INTERVAL '1' DAY
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
                    `t5`.`first`,
                    (
                      SELECT
                        MIN(`t0`.`time`) AS `Min(time)`
                      FROM `points` AS `t0`
                    )
                  ) AS `start`,
                  GREATEST(
                    `t5`.`last`,
                    (
                      SELECT
                        MAX(`t0`.`time`) AS `Max(time)`
                      FROM `points` AS `t0`
                    )
                  ) + INTERVAL '1' MICROSECOND AS `end`
                FROM (
                  SELECT
                    MIN(`t1`.`event_time`) AS `first`,
                    MAX(`t1`.`event_time`) AS `last`
                  FROM `events` AS `t1`
                ) AS `t5`
              ) AS `t7`
              WHERE
                `t7`.`start` < `t7`.`end`
            ) AS `t8`
          ) AS `t9`
        ) AS `t10`
      ) AS `t11`
    ) AS `t13`
      ON `t6`.`at` < `t13`.`high` AND `t6`.`at` >= `t13`.`low`
  ) AS `t14`
  GROUP BY
    1
) AS `t15`
