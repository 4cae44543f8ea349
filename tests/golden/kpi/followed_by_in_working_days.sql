WITH log_clock AS (
  SELECT
    COALESCE("t1"."timely", "t1"."newest") AS "clock"
  FROM (
    SELECT
      MAX("t0"."event_time") FILTER(WHERE
        EPOCH_US("t0"."event_time") <= (
          EPOCH_US("t0"."ingested_at") + 86400000000
        )) AS "timely",
      MAX("t0"."event_time") AS "newest"
    FROM "events" AS "t0"
  ) AS "t1"
), "t18" AS (
  SELECT
    "t15"."day",
    "t15"."opens",
    "t15"."long",
    SUM("t15"."long") OVER (ORDER BY "t15"."day" ASC ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) - "t15"."long" AS "before",
    SUM(CAST("t15"."long" > 0 AS BIGINT)) OVER (ORDER BY "t15"."day" ASC ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) - CAST("t15"."long" > 0 AS BIGINT) AS "earlier"
  FROM (
    SELECT
      "t7"."day",
      EPOCH_US(
        CASE
          WHEN TIMEZONE(
            'America/New_York',
            MAKE_TIMESTAMPTZ(
              (
                EPOCH_US("t7"."day" + INTERVAL '28800' SECOND) - EPOCH_US(
                  TIMEZONE(
                    'America/New_York',
                    TIMEZONE('America/New_York', "t7"."day" + INTERVAL '28800' SECOND) - INTERVAL '24' HOUR
                  )
                )
              ) + EPOCH_US(
                TIMEZONE('America/New_York', "t7"."day" + INTERVAL '28800' SECOND) - INTERVAL '24' HOUR
              )
            )
          ) = (
            "t7"."day" + INTERVAL '28800' SECOND
          )
          THEN MAKE_TIMESTAMPTZ(
            (
              EPOCH_US("t7"."day" + INTERVAL '28800' SECOND) - EPOCH_US(
                TIMEZONE(
                  'America/New_York',
                  TIMEZONE('America/New_York', "t7"."day" + INTERVAL '28800' SECOND) - INTERVAL '24' HOUR
                )
              )
            ) + EPOCH_US(
              TIMEZONE('America/New_York', "t7"."day" + INTERVAL '28800' SECOND) - INTERVAL '24' HOUR
            )
          )
          ELSE TIMEZONE('America/New_York', "t7"."day" + INTERVAL '28800' SECOND)
        END
      ) AS "opens",
      CASE
        WHEN (
          DAYOFWEEK("t7"."day") + 6
        ) % 7 IN (0, 1, 2, 3, 4)
        AND NOT (
          CAST("t7"."day" AS DATE) IN (MAKE_DATE(2026, 1, 19))
        )
        THEN GREATEST(
          EPOCH_US(
            CASE
              WHEN TIMEZONE(
                'America/New_York',
                MAKE_TIMESTAMPTZ(
                  (
                    EPOCH_US("t7"."day" + INTERVAL '64800' SECOND) - EPOCH_US(
                      TIMEZONE(
                        'America/New_York',
                        TIMEZONE('America/New_York', "t7"."day" + INTERVAL '64800' SECOND) - INTERVAL '24' HOUR
                      )
                    )
                  ) + EPOCH_US(
                    TIMEZONE('America/New_York', "t7"."day" + INTERVAL '64800' SECOND) - INTERVAL '24' HOUR
                  )
                )
              ) = (
                "t7"."day" + INTERVAL '64800' SECOND
              )
              THEN MAKE_TIMESTAMPTZ(
                (
                  EPOCH_US("t7"."day" + INTERVAL '64800' SECOND) - EPOCH_US(
                    TIMEZONE(
                      'America/New_York',
                      TIMEZONE('America/New_York', "t7"."day" + INTERVAL '64800' SECOND) - INTERVAL '24' HOUR
                    )
                  )
                ) + EPOCH_US(
                  TIMEZONE('America/New_York', "t7"."day" + INTERVAL '64800' SECOND) - INTERVAL '24' HOUR
                )
              )
              ELSE TIMEZONE('America/New_York', "t7"."day" + INTERVAL '64800' SECOND)
            END
          ) - EPOCH_US(
            CASE
              WHEN TIMEZONE(
                'America/New_York',
                MAKE_TIMESTAMPTZ(
                  (
                    EPOCH_US("t7"."day" + INTERVAL '28800' SECOND) - EPOCH_US(
                      TIMEZONE(
                        'America/New_York',
                        TIMEZONE('America/New_York', "t7"."day" + INTERVAL '28800' SECOND) - INTERVAL '24' HOUR
                      )
                    )
                  ) + EPOCH_US(
                    TIMEZONE('America/New_York', "t7"."day" + INTERVAL '28800' SECOND) - INTERVAL '24' HOUR
                  )
                )
              ) = (
                "t7"."day" + INTERVAL '28800' SECOND
              )
              THEN MAKE_TIMESTAMPTZ(
                (
                  EPOCH_US("t7"."day" + INTERVAL '28800' SECOND) - EPOCH_US(
                    TIMEZONE(
                      'America/New_York',
                      TIMEZONE('America/New_York', "t7"."day" + INTERVAL '28800' SECOND) - INTERVAL '24' HOUR
                    )
                  )
                ) + EPOCH_US(
                  TIMEZONE('America/New_York', "t7"."day" + INTERVAL '28800' SECOND) - INTERVAL '24' HOUR
                )
              )
              ELSE TIMEZONE('America/New_York', "t7"."day" + INTERVAL '28800' SECOND)
            END
          ),
          0
        )
        ELSE 0
      END AS "long"
    FROM (
      SELECT
        UNNEST(
          RANGE(
            DATE_TRUNC('DAY', TIMEZONE('America/New_York', "t3"."low")),
            DATE_TRUNC('DAY', TIMEZONE('America/New_York', "t3"."high")) + INTERVAL '1' DAY,
            INTERVAL '1' DAY
          )
        ) AS "day"
      FROM (
        SELECT
          MIN("t1"."event_time") AS "low",
          MAX("t1"."event_time") AS "high"
        FROM "events" AS "t1"
      ) AS "t3"
    ) AS "t7"
  ) AS "t15"
)
SELECT
  COALESCE("t36"."c0_value", 0) AS "value",
  COALESCE("t36"."c0_n", 0) AS "n"
FROM (
  SELECT
    COUNT(*) FILTER(WHERE
      "t35"."pending") AS "c0_value",
    COUNT(*) AS "c0_n"
  FROM (
    SELECT
      "t34"."case_id",
      "t34"."at",
      "t34"."breaks",
      "t34"."waits" AND NOT (
        "t34"."breaks"
      ) AS "pending"
    FROM (
      SELECT
        "t33"."case_id",
        MIN("t33"."started") AS "at",
        COALESCE(BOOL_OR(CAST("t33"."over" AS BOOLEAN)), FALSE) AS "breaks",
        COALESCE(BOOL_OR(CAST(NOT (
          "t33"."came"
        ) AND NOT (
          "t33"."over"
        ) AS BOOLEAN)), FALSE) AS "waits"
      FROM (
        SELECT
          "t32"."case_id",
          "t32"."started",
          "t32"."closes",
          "t32"."clock",
          "t32"."came",
          "t32"."ended",
          "t32"."lasted",
          "t32"."lasted" >= 2 AS "over"
        FROM (
          SELECT
            "t31"."case_id",
            "t31"."started",
            "t31"."closes",
            "t31"."clock",
            "t31"."came",
            "t31"."ended",
            CASE
              WHEN "t31"."ended" IS NULL
              THEN CAST(NULL AS BIGINT)
              ELSE GREATEST("t31"."done" - "t31"."began", 0) - "t31"."stopped"
            END AS "lasted"
          FROM (
            SELECT
              "t17"."case_id",
              "t17"."started",
              "t17"."closes",
              "t17"."clock",
              "t17"."came",
              "t17"."ended",
              "t20"."earlier" + 1 + CASE
                WHEN TIMEZONE('America/New_York', "t17"."started") > (
                  "t20"."day" + INTERVAL '61200' SECOND
                )
                THEN CAST("t20"."long" > 0 AS BIGINT)
                ELSE 0
              END AS "began",
              "t21"."earlier" AS "done",
              COALESCE("t30"."stopped", 0) AS "stopped"
            FROM (
              SELECT
                "t14"."case_id",
                "t14"."started",
                "t14"."closes",
                "t14"."clock",
                "t14"."came",
                CASE WHEN "t14"."came" THEN "t14"."closes" ELSE "t14"."clock" END AS "ended"
              FROM (
                SELECT
                  "t13"."case_id",
                  "t13"."started",
                  "t13"."closes",
                  COALESCE((
                    SELECT
                      *
                    FROM "log_clock" AS "t0"
                  )) AS "clock",
                  COALESCE("t13"."closes" <= COALESCE((
                    SELECT
                      *
                    FROM "log_clock" AS "t0"
                  )), FALSE) AS "came"
                FROM (
                  SELECT
                    "t12"."case_id",
                    "t12"."opens" AS "started",
                    MIN("t12"."closes") AS "closes"
                  FROM (
                    SELECT
                      "t11"."case_id",
                      "t11"."event_id",
                      "t11"."opens",
                      "t11"."closes"
                    FROM (
                      SELECT
                        "t10"."case_id",
                        "t10"."event_id",
                        "t10"."opens",
                        "t10"."begins",
                        "t10"."ends",
                        MIN("t10"."ends") OVER (
                          PARTITION BY "t10"."case_id"
                          ORDER BY "t10"."opens" ASC
                          RANGE BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING
                        ) AS "closes"
                      FROM (
                        SELECT
                          "t5"."case_id",
                          "t5"."event_id",
                          "t5"."event_time" AS "opens",
                          COALESCE("t5"."step" = 'RCV', FALSE) AS "begins",
                          CASE
                            WHEN COALESCE(
                              (
                                "t5"."step" = 'PST'
                              )
                              AND (
                                MAP_EXTRACT_VALUE("t5"."attributes", 'final') = 'yes'
                              ),
                              FALSE
                            )
                            THEN "t5"."event_time"
                            ELSE CAST(NULL AS TIMESTAMPTZ)
                          END AS "ends"
                        FROM (
                          SELECT
                            *
                          FROM "events" AS "t1"
                          WHERE
                            (
                              "t1"."step" = 'RCV'
                            )
                            OR (
                              (
                                "t1"."step" = 'PST'
                              )
                              AND (
                                MAP_EXTRACT_VALUE("t1"."attributes", 'final') = 'yes'
                              )
                            )
                        ) AS "t5"
                      ) AS "t10"
                    ) AS "t11"
                    WHERE
                      "t11"."begins"
                  ) AS "t12"
                  GROUP BY
                    1,
                    2
                ) AS "t13"
              ) AS "t14"
            ) AS "t17"
            LEFT OUTER JOIN "t18" AS "t20"
              ON DATE_TRUNC('DAY', TIMEZONE('America/New_York', "t17"."started")) = "t20"."day"
            LEFT OUTER JOIN "t18" AS "t21"
              ON DATE_TRUNC('DAY', TIMEZONE('America/New_York', "t17"."ended")) = "t21"."day"
            LEFT OUTER JOIN (
              SELECT
                "t28"."case_id",
                "t28"."began_at",
                "t28"."ended_at",
                SUM("t28"."long") AS "stopped"
              FROM (
                SELECT
                  "t27"."case_id",
                  "t27"."started",
                  "t27"."closes",
                  "t27"."clock",
                  "t27"."came",
                  "t27"."ended",
                  "t27"."began",
                  "t27"."done",
                  "t27"."since",
                  "t27"."until",
                  "t27"."began_at",
                  "t27"."ended_at",
                  "t27"."halted",
                  "t27"."resumed",
                  GREATEST(LEAST("t27"."resumed", "t27"."done") - GREATEST("t27"."halted", "t27"."began"), 0) AS "long"
                FROM (
                  SELECT
                    "t26"."case_id",
                    "t26"."started",
                    "t26"."closes",
                    "t26"."clock",
                    "t26"."came",
                    "t26"."ended",
                    "t26"."began",
                    "t26"."done",
                    "t26"."since",
                    "t26"."until",
                    "t26"."began_at",
                    "t26"."ended_at",
                    "t22"."earlier" + CASE
                      WHEN "t22"."opens" < EPOCH_US("t26"."since")
                      THEN CAST("t22"."long" > 0 AS BIGINT)
                      ELSE 0
                    END AS "halted",
                    "t23"."earlier" + CASE
                      WHEN "t23"."opens" < EPOCH_US("t26"."until")
                      THEN CAST("t23"."long" > 0 AS BIGINT)
                      ELSE 0
                    END AS "resumed"
                  FROM (
                    SELECT
                      "t24"."case_id",
                      "t24"."started",
                      "t24"."closes",
                      "t24"."clock",
                      "t24"."came",
                      "t24"."ended",
                      "t24"."began",
                      "t24"."done",
                      GREATEST("t24"."since", "t24"."started") AS "since",
                      LEAST("t24"."until", "t24"."ended") AS "until",
                      "t24"."started" AS "began_at",
                      "t24"."ended" AS "ended_at"
                    FROM (
                      SELECT
                        "t17"."case_id",
                        "t17"."started",
                        "t17"."closes",
                        "t17"."clock",
                        "t17"."came",
                        "t17"."ended",
                        "t20"."earlier" + 1 + CASE
                          WHEN TIMEZONE('America/New_York', "t17"."started") > (
                            "t20"."day" + INTERVAL '61200' SECOND
                          )
                          THEN CAST("t20"."long" > 0 AS BIGINT)
                          ELSE 0
                        END AS "began",
                        "t21"."earlier" AS "done",
                        "t9"."since",
                        "t9"."until"
                      FROM (
                        SELECT
                          "t14"."case_id",
                          "t14"."started",
                          "t14"."closes",
                          "t14"."clock",
                          "t14"."came",
                          CASE WHEN "t14"."came" THEN "t14"."closes" ELSE "t14"."clock" END AS "ended"
                        FROM (
                          SELECT
                            "t13"."case_id",
                            "t13"."started",
                            "t13"."closes",
                            COALESCE((
                              SELECT
                                *
                              FROM "log_clock" AS "t0"
                            )) AS "clock",
                            COALESCE("t13"."closes" <= COALESCE((
                              SELECT
                                *
                              FROM "log_clock" AS "t0"
                            )), FALSE) AS "came"
                          FROM (
                            SELECT
                              "t12"."case_id",
                              "t12"."opens" AS "started",
                              MIN("t12"."closes") AS "closes"
                            FROM (
                              SELECT
                                "t11"."case_id",
                                "t11"."event_id",
                                "t11"."opens",
                                "t11"."closes"
                              FROM (
                                SELECT
                                  "t10"."case_id",
                                  "t10"."event_id",
                                  "t10"."opens",
                                  "t10"."begins",
                                  "t10"."ends",
                                  MIN("t10"."ends") OVER (
                                    PARTITION BY "t10"."case_id"
                                    ORDER BY "t10"."opens" ASC
                                    RANGE BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING
                                  ) AS "closes"
                                FROM (
                                  SELECT
                                    "t5"."case_id",
                                    "t5"."event_id",
                                    "t5"."event_time" AS "opens",
                                    COALESCE("t5"."step" = 'RCV', FALSE) AS "begins",
                                    CASE
                                      WHEN COALESCE(
                                        (
                                          "t5"."step" = 'PST'
                                        )
                                        AND (
                                          MAP_EXTRACT_VALUE("t5"."attributes", 'final') = 'yes'
                                        ),
                                        FALSE
                                      )
                                      THEN "t5"."event_time"
                                      ELSE CAST(NULL AS TIMESTAMPTZ)
                                    END AS "ends"
                                  FROM (
                                    SELECT
                                      *
                                    FROM "events" AS "t1"
                                    WHERE
                                      (
                                        "t1"."step" = 'RCV'
                                      )
                                      OR (
                                        (
                                          "t1"."step" = 'PST'
                                        )
                                        AND (
                                          MAP_EXTRACT_VALUE("t1"."attributes", 'final') = 'yes'
                                        )
                                      )
                                  ) AS "t5"
                                ) AS "t10"
                              ) AS "t11"
                              WHERE
                                "t11"."begins"
                            ) AS "t12"
                            GROUP BY
                              1,
                              2
                          ) AS "t13"
                        ) AS "t14"
                      ) AS "t17"
                      LEFT OUTER JOIN "t18" AS "t20"
                        ON DATE_TRUNC('DAY', TIMEZONE('America/New_York', "t17"."started")) = "t20"."day"
                      LEFT OUTER JOIN "t18" AS "t21"
                        ON DATE_TRUNC('DAY', TIMEZONE('America/New_York', "t17"."ended")) = "t21"."day"
                      INNER JOIN (
                        SELECT
                          "t6"."case_id",
                          "t6"."event_time" AS "since",
                          "t6"."until"
                        FROM (
                          SELECT
                            "t4"."case_id",
                            "t4"."event_time",
                            "t4"."event_id",
                            "t4"."halts",
                            LEAD("t4"."event_time") OVER (
                              PARTITION BY "t4"."case_id"
                              ORDER BY "t4"."event_time" ASC, "t4"."event_id" ASC
                              ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
                            ) AS "until"
                          FROM (
                            SELECT
                              "t1"."case_id",
                              "t1"."event_time",
                              "t1"."event_id",
                              NOT (
                                COALESCE("t1"."step" = 'GO', FALSE)
                              ) AS "halts"
                            FROM "events" AS "t1"
                            WHERE
                              COALESCE("t1"."step" = 'HLD', FALSE) OR COALESCE("t1"."step" = 'GO', FALSE)
                          ) AS "t4"
                        ) AS "t6"
                        WHERE
                          "t6"."halts"
                      ) AS "t9"
                        ON "t17"."case_id" = "t9"."case_id"
                    ) AS "t24"
                    WHERE
                      "t24"."since" < "t24"."ended"
                      AND (
                        (
                          "t24"."until" IS NULL
                        ) OR (
                          "t24"."until" > "t24"."started"
                        )
                      )
                  ) AS "t26"
                  LEFT OUTER JOIN "t18" AS "t22"
                    ON DATE_TRUNC('DAY', TIMEZONE('America/New_York', "t26"."since")) = "t22"."day"
                  LEFT OUTER JOIN "t18" AS "t23"
                    ON DATE_TRUNC('DAY', TIMEZONE('America/New_York', "t26"."until")) = "t23"."day"
                ) AS "t27"
              ) AS "t28"
              GROUP BY
                1,
                2,
                3
            ) AS "t30"
              ON "t17"."case_id" = "t30"."case_id"
              AND "t17"."started" = "t30"."began_at"
              AND "t17"."ended" = "t30"."ended_at"
          ) AS "t31"
        ) AS "t32"
      ) AS "t33"
      GROUP BY
        1
    ) AS "t34"
  ) AS "t35"
) AS "t36"
