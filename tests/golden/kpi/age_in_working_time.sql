WITH "t22" AS (
  SELECT
    "t19"."day",
    "t19"."opens",
    "t19"."long",
    SUM("t19"."long") OVER (ORDER BY "t19"."day" ASC ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) - "t19"."long" AS "before",
    SUM(CAST("t19"."long" > 0 AS BIGINT)) OVER (ORDER BY "t19"."day" ASC ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) - CAST("t19"."long" > 0 AS BIGINT) AS "earlier"
  FROM (
    SELECT
      "t9"."day",
      EPOCH_US(
        CASE
          WHEN TIMEZONE(
            'America/New_York',
            MAKE_TIMESTAMPTZ(
              (
                EPOCH_US("t9"."day" + INTERVAL '28800' SECOND) - EPOCH_US(
                  TIMEZONE(
                    'America/New_York',
                    TIMEZONE('America/New_York', "t9"."day" + INTERVAL '28800' SECOND) - INTERVAL '24' HOUR
                  )
                )
              ) + EPOCH_US(
                TIMEZONE('America/New_York', "t9"."day" + INTERVAL '28800' SECOND) - INTERVAL '24' HOUR
              )
            )
          ) = (
            "t9"."day" + INTERVAL '28800' SECOND
          )
          THEN MAKE_TIMESTAMPTZ(
            (
              EPOCH_US("t9"."day" + INTERVAL '28800' SECOND) - EPOCH_US(
                TIMEZONE(
                  'America/New_York',
                  TIMEZONE('America/New_York', "t9"."day" + INTERVAL '28800' SECOND) - INTERVAL '24' HOUR
                )
              )
            ) + EPOCH_US(
              TIMEZONE('America/New_York', "t9"."day" + INTERVAL '28800' SECOND) - INTERVAL '24' HOUR
            )
          )
          ELSE TIMEZONE('America/New_York', "t9"."day" + INTERVAL '28800' SECOND)
        END
      ) AS "opens",
      CASE
        WHEN (
          DAYOFWEEK("t9"."day") + 6
        ) % 7 IN (0, 1, 2, 3, 4)
        AND NOT (
          CAST("t9"."day" AS DATE) IN (MAKE_DATE(2026, 1, 19))
        )
        THEN GREATEST(
          EPOCH_US(
            CASE
              WHEN TIMEZONE(
                'America/New_York',
                MAKE_TIMESTAMPTZ(
                  (
                    EPOCH_US("t9"."day" + INTERVAL '64800' SECOND) - EPOCH_US(
                      TIMEZONE(
                        'America/New_York',
                        TIMEZONE('America/New_York', "t9"."day" + INTERVAL '64800' SECOND) - INTERVAL '24' HOUR
                      )
                    )
                  ) + EPOCH_US(
                    TIMEZONE('America/New_York', "t9"."day" + INTERVAL '64800' SECOND) - INTERVAL '24' HOUR
                  )
                )
              ) = (
                "t9"."day" + INTERVAL '64800' SECOND
              )
              THEN MAKE_TIMESTAMPTZ(
                (
                  EPOCH_US("t9"."day" + INTERVAL '64800' SECOND) - EPOCH_US(
                    TIMEZONE(
                      'America/New_York',
                      TIMEZONE('America/New_York', "t9"."day" + INTERVAL '64800' SECOND) - INTERVAL '24' HOUR
                    )
                  )
                ) + EPOCH_US(
                  TIMEZONE('America/New_York', "t9"."day" + INTERVAL '64800' SECOND) - INTERVAL '24' HOUR
                )
              )
              ELSE TIMEZONE('America/New_York', "t9"."day" + INTERVAL '64800' SECOND)
            END
          ) - EPOCH_US(
            CASE
              WHEN TIMEZONE(
                'America/New_York',
                MAKE_TIMESTAMPTZ(
                  (
                    EPOCH_US("t9"."day" + INTERVAL '28800' SECOND) - EPOCH_US(
                      TIMEZONE(
                        'America/New_York',
                        TIMEZONE('America/New_York', "t9"."day" + INTERVAL '28800' SECOND) - INTERVAL '24' HOUR
                      )
                    )
                  ) + EPOCH_US(
                    TIMEZONE('America/New_York', "t9"."day" + INTERVAL '28800' SECOND) - INTERVAL '24' HOUR
                  )
                )
              ) = (
                "t9"."day" + INTERVAL '28800' SECOND
              )
              THEN MAKE_TIMESTAMPTZ(
                (
                  EPOCH_US("t9"."day" + INTERVAL '28800' SECOND) - EPOCH_US(
                    TIMEZONE(
                      'America/New_York',
                      TIMEZONE('America/New_York', "t9"."day" + INTERVAL '28800' SECOND) - INTERVAL '24' HOUR
                    )
                  )
                ) + EPOCH_US(
                  TIMEZONE('America/New_York', "t9"."day" + INTERVAL '28800' SECOND) - INTERVAL '24' HOUR
                )
              )
              ELSE TIMEZONE('America/New_York', "t9"."day" + INTERVAL '28800' SECOND)
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
            DATE_TRUNC('DAY', TIMEZONE('America/New_York', "t1"."low")),
            DATE_TRUNC('DAY', TIMEZONE('America/New_York', "t1"."high")) + INTERVAL '1' DAY,
            INTERVAL '1' DAY
          )
        ) AS "day"
      FROM (
        SELECT
          MIN("t0"."event_time") AS "low",
          MAX("t0"."event_time") AS "high"
        FROM "events" AS "t0"
      ) AS "t1"
    ) AS "t9"
  ) AS "t19"
)
SELECT
  "t38"."c0_value" AS "value",
  COALESCE("t38"."c0_n", 0) AS "n"
FROM (
  SELECT
    QUANTILE_CONT("t37"."lasted", 0.95) / 1000000 AS "c0_value",
    COUNT("t37"."lasted") AS "c0_n"
  FROM (
    SELECT
      "t36"."case_id",
      "t36"."ended",
      "t36"."started",
      CASE
        WHEN "t36"."ended" IS NULL
        THEN CAST(NULL AS BIGINT)
        ELSE GREATEST("t36"."done" - "t36"."began", 0) - "t36"."stopped"
      END AS "lasted"
    FROM (
      SELECT
        "t23"."case_id",
        "t23"."ended",
        "t23"."started",
        CASE
          WHEN TIMEZONE('America/New_York', "t23"."started") > (
            "t25"."day" + INTERVAL '61200' SECOND
          )
          THEN "t25"."before" + "t25"."long"
          ELSE "t25"."before" + GREATEST(LEAST(EPOCH_US("t23"."started") - "t25"."opens", "t25"."long"), 0)
        END AS "began",
        "t26"."before" + GREATEST(LEAST(EPOCH_US("t23"."ended") - "t26"."opens", "t26"."long"), 0) AS "done",
        COALESCE("t35"."stopped", 0) AS "stopped"
      FROM (
        SELECT
          "t20"."case_id",
          "t20"."ended",
          "t20"."started"
        FROM (
          SELECT
            "t18"."case_id",
            "t18"."event_id",
            "t18"."opens",
            "t18"."ended",
            MIN("t18"."opens") OVER (
              PARTITION BY "t18"."case_id"
              ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
            ) AS "started",
            ROW_NUMBER() OVER (
              PARTITION BY "t18"."case_id"
              ORDER BY "t18"."opens" DESC, "t18"."event_id" DESC
              ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
            ) - 1 AS "rank"
          FROM (
            SELECT
              "t17"."case_id",
              "t17"."event_id",
              "t17"."opens",
              LEAST(
                "t14"."high",
                COALESCE(
                  (
                    SELECT
                      MAX("t5"."event_time") AS "Max(event_time)"
                    FROM (
                      SELECT
                        *
                      FROM "events" AS "t0"
                      WHERE
                        EPOCH_US("t0"."event_time") <= (
                          EPOCH_US("t0"."ingested_at") + 86400000000
                        )
                    ) AS "t5"
                  ),
                  (
                    SELECT
                      MAX("t0"."event_time") AS "Max(event_time)"
                    FROM "events" AS "t0"
                  )
                )
              ) AS "ended"
            FROM (
              SELECT
                "t15"."case_id",
                "t15"."event_id",
                "t15"."opens",
                "t15"."closes"
              FROM (
                SELECT
                  "t12"."case_id",
                  "t12"."event_id",
                  "t12"."opens",
                  "t12"."begins",
                  "t12"."ends",
                  MIN("t12"."ends") OVER (
                    PARTITION BY "t12"."case_id"
                    ORDER BY "t12"."opens" ASC
                    RANGE BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING
                  ) AS "closes"
                FROM (
                  SELECT
                    "t6"."case_id",
                    "t6"."event_id",
                    "t6"."event_time" AS "opens",
                    COALESCE("t6"."step" = 'RCV', FALSE) AS "begins",
                    CASE
                      WHEN COALESCE(
                        (
                          "t6"."step" = 'PST'
                        )
                        AND (
                          MAP_EXTRACT_VALUE("t6"."attributes", 'final') = 'yes'
                        ),
                        FALSE
                      )
                      THEN "t6"."event_time"
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
                  ) AS "t6"
                ) AS "t12"
              ) AS "t15"
              WHERE
                "t15"."begins"
            ) AS "t17"
            INNER JOIN (
              SELECT
                LEAST(
                  "t2"."last" + INTERVAL '1' MICROSECOND,
                  COALESCE(
                    (
                      SELECT
                        MAX("t5"."event_time") AS "Max(event_time)"
                      FROM (
                        SELECT
                          *
                        FROM "events" AS "t0"
                        WHERE
                          EPOCH_US("t0"."event_time") <= (
                            EPOCH_US("t0"."ingested_at") + 86400000000
                          )
                      ) AS "t5"
                    ),
                    (
                      SELECT
                        MAX("t0"."event_time") AS "Max(event_time)"
                      FROM "events" AS "t0"
                    )
                  ) + INTERVAL '1' MICROSECOND
                ) AS "high"
              FROM (
                SELECT
                  MIN("t0"."event_time") AS "first",
                  MAX("t0"."event_time") AS "last"
                FROM "events" AS "t0"
              ) AS "t2"
              WHERE
                "t2"."first" < (
                  "t2"."last" + INTERVAL '1' MICROSECOND
                )
            ) AS "t14"
              ON "t17"."opens" < "t14"."high"
              AND (
                (
                  "t17"."closes" IS NULL
                ) OR (
                  "t17"."closes" >= "t14"."high"
                )
              )
          ) AS "t18"
        ) AS "t20"
        WHERE
          "t20"."rank" = 0
      ) AS "t23"
      LEFT OUTER JOIN "t22" AS "t25"
        ON DATE_TRUNC('DAY', TIMEZONE('America/New_York', "t23"."started")) = "t25"."day"
      LEFT OUTER JOIN "t22" AS "t26"
        ON DATE_TRUNC('DAY', TIMEZONE('America/New_York', "t23"."ended")) = "t26"."day"
      LEFT OUTER JOIN (
        SELECT
          "t33"."case_id",
          "t33"."began_at",
          "t33"."ended_at",
          SUM("t33"."long") AS "stopped"
        FROM (
          SELECT
            "t32"."case_id",
            "t32"."ended",
            "t32"."started",
            "t32"."began",
            "t32"."done",
            "t32"."since",
            "t32"."until",
            "t32"."began_at",
            "t32"."ended_at",
            "t32"."halted",
            "t32"."resumed",
            GREATEST(LEAST("t32"."resumed", "t32"."done") - GREATEST("t32"."halted", "t32"."began"), 0) AS "long"
          FROM (
            SELECT
              "t31"."case_id",
              "t31"."ended",
              "t31"."started",
              "t31"."began",
              "t31"."done",
              "t31"."since",
              "t31"."until",
              "t31"."began_at",
              "t31"."ended_at",
              "t27"."before" + GREATEST(LEAST(EPOCH_US("t31"."since") - "t27"."opens", "t27"."long"), 0) AS "halted",
              "t28"."before" + GREATEST(LEAST(EPOCH_US("t31"."until") - "t28"."opens", "t28"."long"), 0) AS "resumed"
            FROM (
              SELECT
                "t29"."case_id",
                "t29"."ended",
                "t29"."started",
                "t29"."began",
                "t29"."done",
                GREATEST("t29"."since", "t29"."started") AS "since",
                LEAST("t29"."until", "t29"."ended") AS "until",
                "t29"."started" AS "began_at",
                "t29"."ended" AS "ended_at"
              FROM (
                SELECT
                  "t23"."case_id",
                  "t23"."ended",
                  "t23"."started",
                  CASE
                    WHEN TIMEZONE('America/New_York', "t23"."started") > (
                      "t25"."day" + INTERVAL '61200' SECOND
                    )
                    THEN "t25"."before" + "t25"."long"
                    ELSE "t25"."before" + GREATEST(LEAST(EPOCH_US("t23"."started") - "t25"."opens", "t25"."long"), 0)
                  END AS "began",
                  "t26"."before" + GREATEST(LEAST(EPOCH_US("t23"."ended") - "t26"."opens", "t26"."long"), 0) AS "done",
                  "t11"."since",
                  "t11"."until"
                FROM (
                  SELECT
                    "t20"."case_id",
                    "t20"."ended",
                    "t20"."started"
                  FROM (
                    SELECT
                      "t18"."case_id",
                      "t18"."event_id",
                      "t18"."opens",
                      "t18"."ended",
                      MIN("t18"."opens") OVER (
                        PARTITION BY "t18"."case_id"
                        ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
                      ) AS "started",
                      ROW_NUMBER() OVER (
                        PARTITION BY "t18"."case_id"
                        ORDER BY "t18"."opens" DESC, "t18"."event_id" DESC
                        ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
                      ) - 1 AS "rank"
                    FROM (
                      SELECT
                        "t17"."case_id",
                        "t17"."event_id",
                        "t17"."opens",
                        LEAST(
                          "t14"."high",
                          COALESCE(
                            (
                              SELECT
                                MAX("t5"."event_time") AS "Max(event_time)"
                              FROM (
                                SELECT
                                  *
                                FROM "events" AS "t0"
                                WHERE
                                  EPOCH_US("t0"."event_time") <= (
                                    EPOCH_US("t0"."ingested_at") + 86400000000
                                  )
                              ) AS "t5"
                            ),
                            (
                              SELECT
                                MAX("t0"."event_time") AS "Max(event_time)"
                              FROM "events" AS "t0"
                            )
                          )
                        ) AS "ended"
                      FROM (
                        SELECT
                          "t15"."case_id",
                          "t15"."event_id",
                          "t15"."opens",
                          "t15"."closes"
                        FROM (
                          SELECT
                            "t12"."case_id",
                            "t12"."event_id",
                            "t12"."opens",
                            "t12"."begins",
                            "t12"."ends",
                            MIN("t12"."ends") OVER (
                              PARTITION BY "t12"."case_id"
                              ORDER BY "t12"."opens" ASC
                              RANGE BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING
                            ) AS "closes"
                          FROM (
                            SELECT
                              "t6"."case_id",
                              "t6"."event_id",
                              "t6"."event_time" AS "opens",
                              COALESCE("t6"."step" = 'RCV', FALSE) AS "begins",
                              CASE
                                WHEN COALESCE(
                                  (
                                    "t6"."step" = 'PST'
                                  )
                                  AND (
                                    MAP_EXTRACT_VALUE("t6"."attributes", 'final') = 'yes'
                                  ),
                                  FALSE
                                )
                                THEN "t6"."event_time"
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
                            ) AS "t6"
                          ) AS "t12"
                        ) AS "t15"
                        WHERE
                          "t15"."begins"
                      ) AS "t17"
                      INNER JOIN (
                        SELECT
                          LEAST(
                            "t2"."last" + INTERVAL '1' MICROSECOND,
                            COALESCE(
                              (
                                SELECT
                                  MAX("t5"."event_time") AS "Max(event_time)"
                                FROM (
                                  SELECT
                                    *
                                  FROM "events" AS "t0"
                                  WHERE
                                    EPOCH_US("t0"."event_time") <= (
                                      EPOCH_US("t0"."ingested_at") + 86400000000
                                    )
                                ) AS "t5"
                              ),
                              (
                                SELECT
                                  MAX("t0"."event_time") AS "Max(event_time)"
                                FROM "events" AS "t0"
                              )
                            ) + INTERVAL '1' MICROSECOND
                          ) AS "high"
                        FROM (
                          SELECT
                            MIN("t0"."event_time") AS "first",
                            MAX("t0"."event_time") AS "last"
                          FROM "events" AS "t0"
                        ) AS "t2"
                        WHERE
                          "t2"."first" < (
                            "t2"."last" + INTERVAL '1' MICROSECOND
                          )
                      ) AS "t14"
                        ON "t17"."opens" < "t14"."high"
                        AND (
                          (
                            "t17"."closes" IS NULL
                          ) OR (
                            "t17"."closes" >= "t14"."high"
                          )
                        )
                    ) AS "t18"
                  ) AS "t20"
                  WHERE
                    "t20"."rank" = 0
                ) AS "t23"
                LEFT OUTER JOIN "t22" AS "t25"
                  ON DATE_TRUNC('DAY', TIMEZONE('America/New_York', "t23"."started")) = "t25"."day"
                LEFT OUTER JOIN "t22" AS "t26"
                  ON DATE_TRUNC('DAY', TIMEZONE('America/New_York', "t23"."ended")) = "t26"."day"
                INNER JOIN (
                  SELECT
                    "t8"."case_id",
                    "t8"."event_time" AS "since",
                    "t8"."until"
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
                        "t0"."case_id",
                        "t0"."event_time",
                        "t0"."event_id",
                        NOT (
                          COALESCE("t0"."step" = 'GO', FALSE)
                        ) AS "halts"
                      FROM "events" AS "t0"
                      WHERE
                        COALESCE("t0"."step" = 'HLD', FALSE) OR COALESCE("t0"."step" = 'GO', FALSE)
                    ) AS "t4"
                  ) AS "t8"
                  WHERE
                    "t8"."halts"
                ) AS "t11"
                  ON "t23"."case_id" = "t11"."case_id"
              ) AS "t29"
              WHERE
                "t29"."since" < "t29"."ended"
                AND (
                  (
                    "t29"."until" IS NULL
                  ) OR (
                    "t29"."until" > "t29"."started"
                  )
                )
            ) AS "t31"
            LEFT OUTER JOIN "t22" AS "t27"
              ON DATE_TRUNC('DAY', TIMEZONE('America/New_York', "t31"."since")) = "t27"."day"
            LEFT OUTER JOIN "t22" AS "t28"
              ON DATE_TRUNC('DAY', TIMEZONE('America/New_York', "t31"."until")) = "t28"."day"
          ) AS "t32"
        ) AS "t33"
        GROUP BY
          1,
          2,
          3
      ) AS "t35"
        ON "t23"."case_id" = "t35"."case_id"
        AND "t23"."started" = "t35"."began_at"
        AND "t23"."ended" = "t35"."ended_at"
    ) AS "t36"
  ) AS "t37"
) AS "t38"
