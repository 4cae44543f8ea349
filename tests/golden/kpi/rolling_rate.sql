SELECT
  "t15"."bucket",
  CAST(COALESCE("t15"."c0_n", 0) AS DOUBLE) / NULLIF(CAST(COALESCE("t15"."c1_n", 0) AS DOUBLE), 0) AS "value",
  COALESCE("t15"."c1_n", 0) AS "n"
FROM (
  SELECT
    "t14"."bucket",
    COUNT(*) FILTER(WHERE
      "t14"."step" = 'RET') AS "c0_n",
    COUNT(*) FILTER(WHERE
      "t14"."step" = 'INI') AS "c1_n"
  FROM (
    SELECT
      "t4"."case_id",
      "t4"."step",
      "t4"."event_time",
      "t4"."effective_date",
      "t4"."amount",
      "t4"."currency",
      "t4"."resource",
      "t4"."attributes",
      "t8"."at",
      "t13"."bucket"
    FROM (
      SELECT
        "t0"."case_id",
        "t0"."step",
        "t0"."event_time",
        "t0"."effective_date",
        "t0"."amount",
        "t0"."currency",
        "t0"."resource",
        "t0"."attributes"
      FROM "events" AS "t0"
      WHERE
        "t0"."step" IN ('RET', 'INI')
    ) AS "t4"
    INNER JOIN (
      SELECT
        "t6"."case_id",
        "t6"."edge_0" AS "at"
      FROM (
        SELECT
          "t2"."case_id",
          MIN("t2"."event_time") AS "edge_0"
        FROM (
          SELECT
            *
          FROM "events" AS "t0"
          WHERE
            "t0"."step" = 'INI'
        ) AS "t2"
        GROUP BY
          1
      ) AS "t6"
      WHERE
        "t6"."edge_0" IS NOT NULL
    ) AS "t8"
      ON "t4"."case_id" = "t8"."case_id"
    INNER JOIN (
      SELECT
        "t11"."bucket",
        "t11"."high",
        CASE
          WHEN TIMEZONE(
            'America/New_York',
            MAKE_TIMESTAMPTZ(
              (
                EPOCH_US(TIMEZONE('America/New_York', "t11"."high") - INTERVAL '60' DAY) - EPOCH_US(
                  TIMEZONE(
                    'America/New_York',
                    TIMEZONE('America/New_York', TIMEZONE('America/New_York', "t11"."high") - INTERVAL '60' DAY) - INTERVAL '24' HOUR
                  )
                )
              ) + EPOCH_US(
                TIMEZONE('America/New_York', TIMEZONE('America/New_York', "t11"."high") - INTERVAL '60' DAY) - INTERVAL '24' HOUR
              )
            )
          ) = (
            TIMEZONE('America/New_York', "t11"."high") - INTERVAL '60' DAY
          )
          THEN MAKE_TIMESTAMPTZ(
            (
              EPOCH_US(TIMEZONE('America/New_York', "t11"."high") - INTERVAL '60' DAY) - EPOCH_US(
                TIMEZONE(
                  'America/New_York',
                  TIMEZONE('America/New_York', TIMEZONE('America/New_York', "t11"."high") - INTERVAL '60' DAY) - INTERVAL '24' HOUR
                )
              )
            ) + EPOCH_US(
              TIMEZONE('America/New_York', TIMEZONE('America/New_York', "t11"."high") - INTERVAL '60' DAY) - INTERVAL '24' HOUR
            )
          )
          ELSE TIMEZONE('America/New_York', TIMEZONE('America/New_York', "t11"."high") - INTERVAL '60' DAY)
        END AS "low"
      FROM (
        SELECT
          "t10"."bucket",
          COALESCE(
            LEAD(
              CASE
                WHEN TIMEZONE(
                  'America/New_York',
                  MAKE_TIMESTAMPTZ(
                    (
                      EPOCH_US("t10"."bucket") - EPOCH_US(
                        TIMEZONE(
                          'America/New_York',
                          TIMEZONE('America/New_York', "t10"."bucket") - INTERVAL '24' HOUR
                        )
                      )
                    ) + EPOCH_US(TIMEZONE('America/New_York', "t10"."bucket") - INTERVAL '24' HOUR)
                  )
                ) = "t10"."bucket"
                THEN MAKE_TIMESTAMPTZ(
                  (
                    EPOCH_US("t10"."bucket") - EPOCH_US(
                      TIMEZONE(
                        'America/New_York',
                        TIMEZONE('America/New_York', "t10"."bucket") - INTERVAL '24' HOUR
                      )
                    )
                  ) + EPOCH_US(TIMEZONE('America/New_York', "t10"."bucket") - INTERVAL '24' HOUR)
                )
                ELSE TIMEZONE('America/New_York', "t10"."bucket")
              END
            ) OVER (
              ORDER BY "t10"."bucket" ASC
              ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
            ),
            "t10"."end"
          ) AS "high"
        FROM (
          SELECT DISTINCT
            "t9"."end",
            DATE_TRUNC('DAY', "t9"."day") AS "bucket"
          FROM (
            SELECT
              "t5"."end",
              UNNEST(
                RANGE(
                  DATE_TRUNC('DAY', TIMEZONE('America/New_York', "t5"."start")),
                  DATE_TRUNC('DAY', TIMEZONE('America/New_York', "t5"."end" - INTERVAL '1' MICROSECOND)) + INTERVAL '1' DAY,
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
              ) AS "t3"
              WHERE
                CAST('2026-01-01T05:00:00+00:00' AS TIMESTAMPTZ) < CAST('2026-04-01T04:00:00+00:00' AS TIMESTAMPTZ)
            ) AS "t5"
          ) AS "t9"
        ) AS "t10"
      ) AS "t11"
    ) AS "t13"
      ON "t8"."at" < "t13"."high" AND "t8"."at" >= "t13"."low"
  ) AS "t14"
  GROUP BY
    1
) AS "t15"
