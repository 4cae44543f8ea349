WITH "t20" AS (
  SELECT
    "t17"."day",
    "t17"."opens",
    "t17"."long",
    SUM("t17"."long") OVER (ORDER BY "t17"."day" ASC ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) - "t17"."long" AS "before",
    SUM(CAST("t17"."long" > 0 AS BIGINT)) OVER (ORDER BY "t17"."day" ASC ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) - CAST("t17"."long" > 0 AS BIGINT) AS "earlier"
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
    ) AS "t9"
  ) AS "t17"
)
SELECT
  "t36"."c0_value" AS "value",
  COALESCE("t36"."c0_n", 0) AS "n"
FROM (
  SELECT
    QUANTILE_CONT("t35"."lasted", 0.95) / 1000000 AS "c0_value",
    COUNT("t35"."lasted") AS "c0_n"
  FROM (
    SELECT
      "t34"."case_id",
      "t34"."ended",
      "t34"."started",
      CASE
        WHEN "t34"."ended" IS NULL
        THEN CAST(NULL AS BIGINT)
        ELSE GREATEST("t34"."done" - "t34"."began", 0) - "t34"."stopped"
      END AS "lasted"
    FROM (
      SELECT
        "t21"."case_id",
        "t21"."ended",
        "t21"."started",
        CASE
          WHEN TIMEZONE('America/New_York', "t21"."started") > (
            "t23"."day" + INTERVAL '61200' SECOND
          )
          THEN "t23"."before" + "t23"."long"
          ELSE "t23"."before" + GREATEST(LEAST(EPOCH_US("t21"."started") - "t23"."opens", "t23"."long"), 0)
        END AS "began",
        "t24"."before" + GREATEST(LEAST(EPOCH_US("t21"."ended") - "t24"."opens", "t24"."long"), 0) AS "done",
        COALESCE("t33"."stopped", 0) AS "stopped"
      FROM (
        SELECT
          "t18"."case_id",
          "t18"."ended",
          "t18"."started"
        FROM (
          SELECT
            "t16"."case_id",
            "t16"."event_id",
            "t16"."opens",
            "t16"."ended",
            MIN("t16"."opens") OVER (
              PARTITION BY "t16"."case_id"
              ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
            ) AS "started",
            ROW_NUMBER() OVER (
              PARTITION BY "t16"."case_id"
              ORDER BY "t16"."opens" DESC, "t16"."event_id" DESC
              ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
            ) - 1 AS "rank"
          FROM (
            SELECT
              "t15"."case_id",
              "t15"."event_id",
              "t15"."opens",
              LEAST(
                "t7"."high",
                (
                  SELECT
                    MAX("t0"."event_time") AS "Max(event_time)"
                  FROM "events" AS "t0"
                )
              ) AS "ended"
            FROM (
              SELECT
                "t13"."case_id",
                "t13"."event_id",
                "t13"."opens",
                "t13"."closes"
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
                  ) AS "t5"
                ) AS "t12"
              ) AS "t13"
              WHERE
                "t13"."begins"
            ) AS "t15"
            INNER JOIN (
              SELECT
                LEAST(
                  "t3"."last" + INTERVAL '1' MICROSECOND,
                  (
                    SELECT
                      MAX("t0"."event_time") AS "Max(event_time)"
                    FROM "events" AS "t0"
                  ) + INTERVAL '1' MICROSECOND
                ) AS "high"
              FROM (
                SELECT
                  MIN("t0"."event_time") AS "first",
                  MAX("t0"."event_time") AS "last"
                FROM "events" AS "t0"
              ) AS "t3"
              WHERE
                "t3"."first" < (
                  "t3"."last" + INTERVAL '1' MICROSECOND
                )
            ) AS "t7"
              ON "t15"."opens" < "t7"."high"
              AND (
                (
                  "t15"."closes" IS NULL
                ) OR (
                  "t15"."closes" >= "t7"."high"
                )
              )
          ) AS "t16"
        ) AS "t18"
        WHERE
          "t18"."rank" = 0
      ) AS "t21"
      LEFT OUTER JOIN "t20" AS "t23"
        ON DATE_TRUNC('DAY', TIMEZONE('America/New_York', "t21"."started")) = "t23"."day"
      LEFT OUTER JOIN "t20" AS "t24"
        ON DATE_TRUNC('DAY', TIMEZONE('America/New_York', "t21"."ended")) = "t24"."day"
      LEFT OUTER JOIN (
        SELECT
          "t31"."case_id",
          "t31"."began_at",
          "t31"."ended_at",
          SUM("t31"."long") AS "stopped"
        FROM (
          SELECT
            "t30"."case_id",
            "t30"."ended",
            "t30"."started",
            "t30"."began",
            "t30"."done",
            "t30"."since",
            "t30"."until",
            "t30"."began_at",
            "t30"."ended_at",
            "t30"."halted",
            "t30"."resumed",
            GREATEST(LEAST("t30"."resumed", "t30"."done") - GREATEST("t30"."halted", "t30"."began"), 0) AS "long"
          FROM (
            SELECT
              "t29"."case_id",
              "t29"."ended",
              "t29"."started",
              "t29"."began",
              "t29"."done",
              "t29"."since",
              "t29"."until",
              "t29"."began_at",
              "t29"."ended_at",
              "t25"."before" + GREATEST(LEAST(EPOCH_US("t29"."since") - "t25"."opens", "t25"."long"), 0) AS "halted",
              "t26"."before" + GREATEST(LEAST(EPOCH_US("t29"."until") - "t26"."opens", "t26"."long"), 0) AS "resumed"
            FROM (
              SELECT
                "t27"."case_id",
                "t27"."ended",
                "t27"."started",
                "t27"."began",
                "t27"."done",
                GREATEST("t27"."since", "t27"."started") AS "since",
                LEAST("t27"."until", "t27"."ended") AS "until",
                "t27"."started" AS "began_at",
                "t27"."ended" AS "ended_at"
              FROM (
                SELECT
                  "t21"."case_id",
                  "t21"."ended",
                  "t21"."started",
                  CASE
                    WHEN TIMEZONE('America/New_York', "t21"."started") > (
                      "t23"."day" + INTERVAL '61200' SECOND
                    )
                    THEN "t23"."before" + "t23"."long"
                    ELSE "t23"."before" + GREATEST(LEAST(EPOCH_US("t21"."started") - "t23"."opens", "t23"."long"), 0)
                  END AS "began",
                  "t24"."before" + GREATEST(LEAST(EPOCH_US("t21"."ended") - "t24"."opens", "t24"."long"), 0) AS "done",
                  "t11"."since",
                  "t11"."until"
                FROM (
                  SELECT
                    "t18"."case_id",
                    "t18"."ended",
                    "t18"."started"
                  FROM (
                    SELECT
                      "t16"."case_id",
                      "t16"."event_id",
                      "t16"."opens",
                      "t16"."ended",
                      MIN("t16"."opens") OVER (
                        PARTITION BY "t16"."case_id"
                        ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
                      ) AS "started",
                      ROW_NUMBER() OVER (
                        PARTITION BY "t16"."case_id"
                        ORDER BY "t16"."opens" DESC, "t16"."event_id" DESC
                        ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
                      ) - 1 AS "rank"
                    FROM (
                      SELECT
                        "t15"."case_id",
                        "t15"."event_id",
                        "t15"."opens",
                        LEAST(
                          "t7"."high",
                          (
                            SELECT
                              MAX("t0"."event_time") AS "Max(event_time)"
                            FROM "events" AS "t0"
                          )
                        ) AS "ended"
                      FROM (
                        SELECT
                          "t13"."case_id",
                          "t13"."event_id",
                          "t13"."opens",
                          "t13"."closes"
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
                            ) AS "t5"
                          ) AS "t12"
                        ) AS "t13"
                        WHERE
                          "t13"."begins"
                      ) AS "t15"
                      INNER JOIN (
                        SELECT
                          LEAST(
                            "t3"."last" + INTERVAL '1' MICROSECOND,
                            (
                              SELECT
                                MAX("t0"."event_time") AS "Max(event_time)"
                              FROM "events" AS "t0"
                            ) + INTERVAL '1' MICROSECOND
                          ) AS "high"
                        FROM (
                          SELECT
                            MIN("t0"."event_time") AS "first",
                            MAX("t0"."event_time") AS "last"
                          FROM "events" AS "t0"
                        ) AS "t3"
                        WHERE
                          "t3"."first" < (
                            "t3"."last" + INTERVAL '1' MICROSECOND
                          )
                      ) AS "t7"
                        ON "t15"."opens" < "t7"."high"
                        AND (
                          (
                            "t15"."closes" IS NULL
                          ) OR (
                            "t15"."closes" >= "t7"."high"
                          )
                        )
                    ) AS "t16"
                  ) AS "t18"
                  WHERE
                    "t18"."rank" = 0
                ) AS "t21"
                LEFT OUTER JOIN "t20" AS "t23"
                  ON DATE_TRUNC('DAY', TIMEZONE('America/New_York', "t21"."started")) = "t23"."day"
                LEFT OUTER JOIN "t20" AS "t24"
                  ON DATE_TRUNC('DAY', TIMEZONE('America/New_York', "t21"."ended")) = "t24"."day"
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
                  ON "t21"."case_id" = "t11"."case_id"
              ) AS "t27"
              WHERE
                "t27"."since" < "t27"."ended"
                AND (
                  (
                    "t27"."until" IS NULL
                  ) OR (
                    "t27"."until" > "t27"."started"
                  )
                )
            ) AS "t29"
            LEFT OUTER JOIN "t20" AS "t25"
              ON DATE_TRUNC('DAY', TIMEZONE('America/New_York', "t29"."since")) = "t25"."day"
            LEFT OUTER JOIN "t20" AS "t26"
              ON DATE_TRUNC('DAY', TIMEZONE('America/New_York', "t29"."until")) = "t26"."day"
          ) AS "t30"
        ) AS "t31"
        GROUP BY
          1,
          2,
          3
      ) AS "t33"
        ON "t21"."case_id" = "t33"."case_id"
        AND "t21"."started" = "t33"."began_at"
        AND "t21"."ended" = "t33"."ended_at"
    ) AS "t34"
  ) AS "t35"
) AS "t36"
