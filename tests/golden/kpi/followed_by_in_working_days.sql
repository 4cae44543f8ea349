WITH "t16" AS (
  SELECT
    "t15"."day",
    "t15"."opens",
    "t15"."long",
    SUM("t15"."long") OVER (ORDER BY "t15"."day" ASC ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) - "t15"."long" AS "before",
    SUM(CAST("t15"."long" > 0 AS BIGINT)) OVER (ORDER BY "t15"."day" ASC ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) - CAST("t15"."long" > 0 AS BIGINT) AS "earlier"
  FROM (
    SELECT
      "t6"."day",
      EPOCH_US(
        CASE
          WHEN TIMEZONE(
            'America/New_York',
            MAKE_TIMESTAMPTZ(
              (
                EPOCH_US("t6"."day" + INTERVAL '28800' SECOND) - EPOCH_US(
                  TIMEZONE(
                    'America/New_York',
                    TIMEZONE('America/New_York', "t6"."day" + INTERVAL '28800' SECOND) - INTERVAL '24' HOUR
                  )
                )
              ) + EPOCH_US(
                TIMEZONE('America/New_York', "t6"."day" + INTERVAL '28800' SECOND) - INTERVAL '24' HOUR
              )
            )
          ) = (
            "t6"."day" + INTERVAL '28800' SECOND
          )
          THEN MAKE_TIMESTAMPTZ(
            (
              EPOCH_US("t6"."day" + INTERVAL '28800' SECOND) - EPOCH_US(
                TIMEZONE(
                  'America/New_York',
                  TIMEZONE('America/New_York', "t6"."day" + INTERVAL '28800' SECOND) - INTERVAL '24' HOUR
                )
              )
            ) + EPOCH_US(
              TIMEZONE('America/New_York', "t6"."day" + INTERVAL '28800' SECOND) - INTERVAL '24' HOUR
            )
          )
          ELSE TIMEZONE('America/New_York', "t6"."day" + INTERVAL '28800' SECOND)
        END
      ) AS "opens",
      CASE
        WHEN (
          DAYOFWEEK("t6"."day") + 6
        ) % 7 IN (0, 1, 2, 3, 4)
        AND NOT (
          CAST("t6"."day" AS DATE) IN (MAKE_DATE(2026, 1, 19))
        )
        THEN GREATEST(
          EPOCH_US(
            CASE
              WHEN TIMEZONE(
                'America/New_York',
                MAKE_TIMESTAMPTZ(
                  (
                    EPOCH_US("t6"."day" + INTERVAL '64800' SECOND) - EPOCH_US(
                      TIMEZONE(
                        'America/New_York',
                        TIMEZONE('America/New_York', "t6"."day" + INTERVAL '64800' SECOND) - INTERVAL '24' HOUR
                      )
                    )
                  ) + EPOCH_US(
                    TIMEZONE('America/New_York', "t6"."day" + INTERVAL '64800' SECOND) - INTERVAL '24' HOUR
                  )
                )
              ) = (
                "t6"."day" + INTERVAL '64800' SECOND
              )
              THEN MAKE_TIMESTAMPTZ(
                (
                  EPOCH_US("t6"."day" + INTERVAL '64800' SECOND) - EPOCH_US(
                    TIMEZONE(
                      'America/New_York',
                      TIMEZONE('America/New_York', "t6"."day" + INTERVAL '64800' SECOND) - INTERVAL '24' HOUR
                    )
                  )
                ) + EPOCH_US(
                  TIMEZONE('America/New_York', "t6"."day" + INTERVAL '64800' SECOND) - INTERVAL '24' HOUR
                )
              )
              ELSE TIMEZONE('America/New_York', "t6"."day" + INTERVAL '64800' SECOND)
            END
          ) - EPOCH_US(
            CASE
              WHEN TIMEZONE(
                'America/New_York',
                MAKE_TIMESTAMPTZ(
                  (
                    EPOCH_US("t6"."day" + INTERVAL '28800' SECOND) - EPOCH_US(
                      TIMEZONE(
                        'America/New_York',
                        TIMEZONE('America/New_York', "t6"."day" + INTERVAL '28800' SECOND) - INTERVAL '24' HOUR
                      )
                    )
                  ) + EPOCH_US(
                    TIMEZONE('America/New_York', "t6"."day" + INTERVAL '28800' SECOND) - INTERVAL '24' HOUR
                  )
                )
              ) = (
                "t6"."day" + INTERVAL '28800' SECOND
              )
              THEN MAKE_TIMESTAMPTZ(
                (
                  EPOCH_US("t6"."day" + INTERVAL '28800' SECOND) - EPOCH_US(
                    TIMEZONE(
                      'America/New_York',
                      TIMEZONE('America/New_York', "t6"."day" + INTERVAL '28800' SECOND) - INTERVAL '24' HOUR
                    )
                  )
                ) + EPOCH_US(
                  TIMEZONE('America/New_York', "t6"."day" + INTERVAL '28800' SECOND) - INTERVAL '24' HOUR
                )
              )
              ELSE TIMEZONE('America/New_York', "t6"."day" + INTERVAL '28800' SECOND)
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
            DATE_TRUNC('DAY', TIMEZONE('America/New_York', "t2"."low")),
            DATE_TRUNC('DAY', TIMEZONE('America/New_York', "t2"."high")) + INTERVAL '1' DAY,
            INTERVAL '1' DAY
          )
        ) AS "day"
      FROM (
        SELECT
          MIN("t0"."event_time") AS "low",
          MAX("t0"."event_time") AS "high"
        FROM "events" AS "t0"
      ) AS "t2"
    ) AS "t6"
  ) AS "t15"
)
SELECT
  COALESCE("t34"."c0_value", 0) AS "value",
  COALESCE("t34"."c0_n", 0) AS "n"
FROM (
  SELECT
    COUNT(*) FILTER(WHERE
      "t33"."pending") AS "c0_value",
    COUNT(*) AS "c0_n"
  FROM (
    SELECT
      "t32"."case_id",
      "t32"."at",
      "t32"."breaks",
      "t32"."waits" AND NOT (
        "t32"."breaks"
      ) AS "pending"
    FROM (
      SELECT
        "t31"."case_id",
        MIN("t31"."started") AS "at",
        COALESCE(BOOL_OR(CAST("t31"."over" AS BOOLEAN)), FALSE) AS "breaks",
        COALESCE(
          BOOL_OR(CAST((
            "t31"."closes" IS NULL
          ) AND NOT (
            "t31"."over"
          ) AS BOOLEAN)),
          FALSE
        ) AS "waits"
      FROM (
        SELECT
          "t30"."case_id",
          "t30"."started",
          "t30"."closes",
          "t30"."ended",
          "t30"."lasted",
          "t30"."lasted" >= 2 AS "over"
        FROM (
          SELECT
            "t29"."case_id",
            "t29"."started",
            "t29"."closes",
            "t29"."ended",
            CASE
              WHEN "t29"."ended" IS NULL
              THEN CAST(NULL AS BIGINT)
              ELSE GREATEST("t29"."done" - "t29"."began", 0) - "t29"."stopped"
            END AS "lasted"
          FROM (
            SELECT
              "t14"."case_id",
              "t14"."started",
              "t14"."closes",
              "t14"."ended",
              "t18"."earlier" + 1 + CASE
                WHEN TIMEZONE('America/New_York', "t14"."started") > (
                  "t18"."day" + INTERVAL '61200' SECOND
                )
                THEN CAST("t18"."long" > 0 AS BIGINT)
                ELSE 0
              END AS "began",
              "t19"."earlier" AS "done",
              COALESCE("t28"."stopped", 0) AS "stopped"
            FROM (
              SELECT
                "t12"."case_id",
                "t12"."started",
                "t12"."closes",
                COALESCE(
                  "t12"."closes",
                  (
                    SELECT
                      MAX("t0"."event_time") AS "Max(event_time)"
                    FROM "events" AS "t0"
                  )
                ) AS "ended"
              FROM (
                SELECT
                  "t11"."case_id",
                  "t11"."opens" AS "started",
                  MIN("t11"."closes") AS "closes"
                FROM (
                  SELECT
                    "t10"."case_id",
                    "t10"."event_id",
                    "t10"."opens",
                    "t10"."closes"
                  FROM (
                    SELECT
                      "t9"."case_id",
                      "t9"."event_id",
                      "t9"."opens",
                      "t9"."begins",
                      "t9"."ends",
                      MIN("t9"."ends") OVER (
                        PARTITION BY "t9"."case_id"
                        ORDER BY "t9"."opens" ASC
                        RANGE BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING
                      ) AS "closes"
                    FROM (
                      SELECT
                        "t4"."case_id",
                        "t4"."event_id",
                        "t4"."event_time" AS "opens",
                        COALESCE("t4"."step" = 'RCV', FALSE) AS "begins",
                        CASE
                          WHEN COALESCE(
                            (
                              "t4"."step" = 'PST'
                            )
                            AND (
                              MAP_EXTRACT_VALUE("t4"."attributes", 'final') = 'yes'
                            ),
                            FALSE
                          )
                          THEN "t4"."event_time"
                          ELSE CAST(NULL AS TIMESTAMPTZ)
                        END AS "ends"
                      FROM (
                        SELECT
                          *
                        FROM "events" AS "t0"
                        WHERE
                          (
                            "t0"."step" = 'RCV'
                          )
                          OR (
                            (
                              "t0"."step" = 'PST'
                            )
                            AND (
                              MAP_EXTRACT_VALUE("t0"."attributes", 'final') = 'yes'
                            )
                          )
                      ) AS "t4"
                    ) AS "t9"
                  ) AS "t10"
                  WHERE
                    "t10"."begins"
                ) AS "t11"
                GROUP BY
                  1,
                  2
              ) AS "t12"
            ) AS "t14"
            LEFT OUTER JOIN "t16" AS "t18"
              ON DATE_TRUNC('DAY', TIMEZONE('America/New_York', "t14"."started")) = "t18"."day"
            LEFT OUTER JOIN "t16" AS "t19"
              ON DATE_TRUNC('DAY', TIMEZONE('America/New_York', "t14"."ended")) = "t19"."day"
            LEFT OUTER JOIN (
              SELECT
                "t26"."case_id",
                "t26"."began_at",
                "t26"."ended_at",
                SUM("t26"."long") AS "stopped"
              FROM (
                SELECT
                  "t25"."case_id",
                  "t25"."started",
                  "t25"."closes",
                  "t25"."ended",
                  "t25"."began",
                  "t25"."done",
                  "t25"."since",
                  "t25"."until",
                  "t25"."began_at",
                  "t25"."ended_at",
                  "t25"."halted",
                  "t25"."resumed",
                  GREATEST(LEAST("t25"."resumed", "t25"."done") - GREATEST("t25"."halted", "t25"."began"), 0) AS "long"
                FROM (
                  SELECT
                    "t24"."case_id",
                    "t24"."started",
                    "t24"."closes",
                    "t24"."ended",
                    "t24"."began",
                    "t24"."done",
                    "t24"."since",
                    "t24"."until",
                    "t24"."began_at",
                    "t24"."ended_at",
                    "t20"."earlier" + CASE
                      WHEN "t20"."opens" < EPOCH_US("t24"."since")
                      THEN CAST("t20"."long" > 0 AS BIGINT)
                      ELSE 0
                    END AS "halted",
                    "t21"."earlier" + CASE
                      WHEN "t21"."opens" < EPOCH_US("t24"."until")
                      THEN CAST("t21"."long" > 0 AS BIGINT)
                      ELSE 0
                    END AS "resumed"
                  FROM (
                    SELECT
                      "t22"."case_id",
                      "t22"."started",
                      "t22"."closes",
                      "t22"."ended",
                      "t22"."began",
                      "t22"."done",
                      GREATEST("t22"."since", "t22"."started") AS "since",
                      LEAST("t22"."until", "t22"."ended") AS "until",
                      "t22"."started" AS "began_at",
                      "t22"."ended" AS "ended_at"
                    FROM (
                      SELECT
                        "t14"."case_id",
                        "t14"."started",
                        "t14"."closes",
                        "t14"."ended",
                        "t18"."earlier" + 1 + CASE
                          WHEN TIMEZONE('America/New_York', "t14"."started") > (
                            "t18"."day" + INTERVAL '61200' SECOND
                          )
                          THEN CAST("t18"."long" > 0 AS BIGINT)
                          ELSE 0
                        END AS "began",
                        "t19"."earlier" AS "done",
                        "t8"."since",
                        "t8"."until"
                      FROM (
                        SELECT
                          "t12"."case_id",
                          "t12"."started",
                          "t12"."closes",
                          COALESCE(
                            "t12"."closes",
                            (
                              SELECT
                                MAX("t0"."event_time") AS "Max(event_time)"
                              FROM "events" AS "t0"
                            )
                          ) AS "ended"
                        FROM (
                          SELECT
                            "t11"."case_id",
                            "t11"."opens" AS "started",
                            MIN("t11"."closes") AS "closes"
                          FROM (
                            SELECT
                              "t10"."case_id",
                              "t10"."event_id",
                              "t10"."opens",
                              "t10"."closes"
                            FROM (
                              SELECT
                                "t9"."case_id",
                                "t9"."event_id",
                                "t9"."opens",
                                "t9"."begins",
                                "t9"."ends",
                                MIN("t9"."ends") OVER (
                                  PARTITION BY "t9"."case_id"
                                  ORDER BY "t9"."opens" ASC
                                  RANGE BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING
                                ) AS "closes"
                              FROM (
                                SELECT
                                  "t4"."case_id",
                                  "t4"."event_id",
                                  "t4"."event_time" AS "opens",
                                  COALESCE("t4"."step" = 'RCV', FALSE) AS "begins",
                                  CASE
                                    WHEN COALESCE(
                                      (
                                        "t4"."step" = 'PST'
                                      )
                                      AND (
                                        MAP_EXTRACT_VALUE("t4"."attributes", 'final') = 'yes'
                                      ),
                                      FALSE
                                    )
                                    THEN "t4"."event_time"
                                    ELSE CAST(NULL AS TIMESTAMPTZ)
                                  END AS "ends"
                                FROM (
                                  SELECT
                                    *
                                  FROM "events" AS "t0"
                                  WHERE
                                    (
                                      "t0"."step" = 'RCV'
                                    )
                                    OR (
                                      (
                                        "t0"."step" = 'PST'
                                      )
                                      AND (
                                        MAP_EXTRACT_VALUE("t0"."attributes", 'final') = 'yes'
                                      )
                                    )
                                ) AS "t4"
                              ) AS "t9"
                            ) AS "t10"
                            WHERE
                              "t10"."begins"
                          ) AS "t11"
                          GROUP BY
                            1,
                            2
                        ) AS "t12"
                      ) AS "t14"
                      LEFT OUTER JOIN "t16" AS "t18"
                        ON DATE_TRUNC('DAY', TIMEZONE('America/New_York', "t14"."started")) = "t18"."day"
                      LEFT OUTER JOIN "t16" AS "t19"
                        ON DATE_TRUNC('DAY', TIMEZONE('America/New_York', "t14"."ended")) = "t19"."day"
                      INNER JOIN (
                        SELECT
                          "t5"."case_id",
                          "t5"."event_time" AS "since",
                          "t5"."until"
                        FROM (
                          SELECT
                            "t3"."case_id",
                            "t3"."event_time",
                            "t3"."event_id",
                            "t3"."halts",
                            LEAD("t3"."event_time") OVER (
                              PARTITION BY "t3"."case_id"
                              ORDER BY "t3"."event_time" ASC, "t3"."event_id" ASC
                              ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
                            ) AS "until"
                          FROM (
                            SELECT
                              "t0"."case_id",
                              "t0"."event_time",
                              "t0"."event_id",
                              NOT (
                                COALESCE("t0"."step" = 'GO', FALSE)
                              ) AS "halts"
                            FROM "events" AS "t0"
                            WHERE
                              COALESCE("t0"."step" = 'HLD', FALSE) OR COALESCE("t0"."step" = 'GO', FALSE)
                          ) AS "t3"
                        ) AS "t5"
                        WHERE
                          "t5"."halts"
                      ) AS "t8"
                        ON "t14"."case_id" = "t8"."case_id"
                    ) AS "t22"
                    WHERE
                      "t22"."since" < "t22"."ended"
                      AND (
                        (
                          "t22"."until" IS NULL
                        ) OR (
                          "t22"."until" > "t22"."started"
                        )
                      )
                  ) AS "t24"
                  LEFT OUTER JOIN "t16" AS "t20"
                    ON DATE_TRUNC('DAY', TIMEZONE('America/New_York', "t24"."since")) = "t20"."day"
                  LEFT OUTER JOIN "t16" AS "t21"
                    ON DATE_TRUNC('DAY', TIMEZONE('America/New_York', "t24"."until")) = "t21"."day"
                ) AS "t25"
              ) AS "t26"
              GROUP BY
                1,
                2,
                3
            ) AS "t28"
              ON "t14"."case_id" = "t28"."case_id"
              AND "t14"."started" = "t28"."began_at"
              AND "t14"."ended" = "t28"."ended_at"
          ) AS "t29"
        ) AS "t30"
      ) AS "t31"
      GROUP BY
        1
    ) AS "t32"
  ) AS "t33"
) AS "t34"
