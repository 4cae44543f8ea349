SELECT
  "t19"."bucket",
  "t19"."dim_0",
  COALESCE(
    CASE
      WHEN (
        "t19"."c0_low" <> "t19"."c0_high"
      )
      OR (
        (
          "t19"."c0_low" IS NOT NULL
        ) AND (
          "t19"."c0_blank" > 0
        )
      )
      THEN CAST(NULL AS DECIMAL(38, 2))
      ELSE "t19"."c0_value"
    END,
    0
  ) AS "value",
  COALESCE("t19"."c0_n", 0) AS "n"
FROM (
  SELECT
    "t18"."bucket",
    "t18"."dim_0",
    COALESCE(SUM("t18"."worth"), 0) AS "c0_value",
    COUNT("t18"."worth") AS "c0_n",
    MIN("t18"."currency") FILTER(WHERE
      "t18"."worth" IS NOT NULL) AS "c0_low",
    MAX("t18"."currency") FILTER(WHERE
      "t18"."worth" IS NOT NULL) AS "c0_high",
    COUNT(*) FILTER(WHERE
      (
        "t18"."worth" IS NOT NULL
      ) AND (
        "t18"."currency" IS NULL
      )) AS "c0_blank"
  FROM (
    SELECT
      "t17"."case_id",
      "t17"."dim_0",
      "t17"."worth",
      "t17"."currency",
      "t17"."bucket",
      "t17"."ended",
      "t17"."started"
    FROM (
      SELECT
        "t16"."case_id",
        "t16"."event_id",
        "t16"."opens",
        "t16"."dim_0",
        "t16"."worth",
        "t16"."currency",
        "t16"."bucket",
        "t16"."ended",
        MIN("t16"."opens") OVER (
          PARTITION BY "t16"."case_id", "t16"."bucket"
          ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
        ) AS "started",
        ROW_NUMBER() OVER (
          PARTITION BY "t16"."case_id", "t16"."bucket"
          ORDER BY "t16"."opens" DESC, "t16"."event_id" DESC
          ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
        ) - 1 AS "rank"
      FROM (
        SELECT
          "t12"."case_id",
          "t12"."event_id",
          "t12"."opens",
          "t12"."dim_0",
          "t12"."worth",
          "t12"."currency",
          "t15"."bucket",
          LEAST(
            "t15"."high",
            COALESCE(
              (
                SELECT
                  MAX("t4"."event_time") AS "Max(event_time)"
                FROM (
                  SELECT
                    *
                  FROM "events" AS "t0"
                  WHERE
                    EPOCH_US("t0"."event_time") <= (
                      EPOCH_US("t0"."ingested_at") + 86400000000
                    )
                ) AS "t4"
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
            "t10"."case_id",
            "t10"."event_id",
            "t10"."opens",
            "t10"."dim_0",
            "t10"."worth",
            "t10"."currency",
            "t10"."closes"
          FROM (
            SELECT
              "t8"."case_id",
              "t8"."event_id",
              "t8"."opens",
              "t8"."begins",
              "t8"."ends",
              "t8"."dim_0",
              "t8"."worth",
              "t8"."currency",
              MIN("t8"."ends") OVER (
                PARTITION BY "t8"."case_id"
                ORDER BY "t8"."opens" ASC
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
                END AS "ends",
                "t5"."currency" AS "dim_0",
                "t5"."amount" AS "worth",
                "t5"."currency"
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
            ) AS "t8"
          ) AS "t10"
          WHERE
            "t10"."begins"
        ) AS "t12"
        INNER JOIN (
          SELECT
            "t13"."bucket",
            LEAST(
              "t13"."high",
              COALESCE(
                (
                  SELECT
                    MAX("t4"."event_time") AS "Max(event_time)"
                  FROM (
                    SELECT
                      *
                    FROM "events" AS "t0"
                    WHERE
                      EPOCH_US("t0"."event_time") <= (
                        EPOCH_US("t0"."ingested_at") + 86400000000
                      )
                  ) AS "t4"
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
              "t9"."bucket",
              COALESCE(
                LEAD(
                  CASE
                    WHEN TIMEZONE(
                      'America/New_York',
                      MAKE_TIMESTAMPTZ(
                        (
                          EPOCH_US("t9"."bucket") - EPOCH_US(
                            TIMEZONE(
                              'America/New_York',
                              TIMEZONE('America/New_York', "t9"."bucket") - INTERVAL '24' HOUR
                            )
                          )
                        ) + EPOCH_US(TIMEZONE('America/New_York', "t9"."bucket") - INTERVAL '24' HOUR)
                      )
                    ) = "t9"."bucket"
                    THEN MAKE_TIMESTAMPTZ(
                      (
                        EPOCH_US("t9"."bucket") - EPOCH_US(
                          TIMEZONE(
                            'America/New_York',
                            TIMEZONE('America/New_York', "t9"."bucket") - INTERVAL '24' HOUR
                          )
                        )
                      ) + EPOCH_US(TIMEZONE('America/New_York', "t9"."bucket") - INTERVAL '24' HOUR)
                    )
                    ELSE TIMEZONE('America/New_York', "t9"."bucket")
                  END
                ) OVER (
                  ORDER BY "t9"."bucket" ASC
                  ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
                ),
                "t9"."end"
              ) AS "high"
            FROM (
              SELECT DISTINCT
                "t7"."end",
                DATE_TRUNC('MONTH', "t7"."day") AS "bucket"
              FROM (
                SELECT
                  "t3"."end",
                  UNNEST(
                    RANGE(
                      DATE_TRUNC('DAY', TIMEZONE('America/New_York', "t3"."start")),
                      DATE_TRUNC('DAY', TIMEZONE('America/New_York', "t3"."end" - INTERVAL '1' MICROSECOND)) + INTERVAL '1' DAY,
                      INTERVAL '1' DAY
                    )
                  ) AS "day"
                FROM (
                  SELECT
                    CAST('2026-01-01T05:00:00+00:00' AS TIMESTAMPTZ) AS "start",
                    CAST('2026-04-01T04:00:00+00:00' AS TIMESTAMPTZ) AS "end"
                  FROM (
                    SELECT
                      MIN("t0"."event_time") AS "first",
                      MAX("t0"."event_time") AS "last"
                    FROM "events" AS "t0"
                  ) AS "t2"
                  WHERE
                    CAST('2026-01-01T05:00:00+00:00' AS TIMESTAMPTZ) < CAST('2026-04-01T04:00:00+00:00' AS TIMESTAMPTZ)
                ) AS "t3"
              ) AS "t7"
            ) AS "t9"
          ) AS "t13"
        ) AS "t15"
          ON "t12"."opens" < "t15"."high"
          AND (
            (
              "t12"."closes" IS NULL
            ) OR (
              "t12"."closes" >= "t15"."high"
            )
          )
      ) AS "t16"
    ) AS "t17"
    WHERE
      "t17"."rank" = 0
  ) AS "t18"
  GROUP BY
    1,
    2
) AS "t19"
