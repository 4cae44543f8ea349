SELECT
  "t14"."bucket",
  CAST(COALESCE("t14"."c0_n", 0) AS DOUBLE) / NULLIF(CAST(COALESCE("t14"."c1_n", 0) AS DOUBLE), 0) AS "value",
  COALESCE("t14"."c1_n", 0) AS "n"
FROM (
  SELECT
    "t13"."bucket",
    COUNT(*) FILTER(WHERE
      "t13"."step" = 'RET') AS "c0_n",
    COUNT(*) FILTER(WHERE
      "t13"."step" = 'INI') AS "c1_n"
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
      "t7"."at",
      "t12"."bucket"
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
        "t2"."case_id",
        MIN("t2"."event_time") AS "at"
      FROM (
        SELECT
          *
        FROM "events" AS "t0"
        WHERE
          "t0"."step" = 'INI'
      ) AS "t2"
      GROUP BY
        1
    ) AS "t7"
      ON "t4"."case_id" = "t7"."case_id"
    INNER JOIN (
      SELECT
        "t10"."bucket",
        "t10"."high",
        CASE
          WHEN TIMEZONE(
            'America/New_York',
            MAKE_TIMESTAMPTZ(
              (
                EPOCH_US(TIMEZONE('America/New_York', "t10"."high") - INTERVAL '60' DAY) - EPOCH_US(
                  TIMEZONE(
                    'America/New_York',
                    TIMEZONE('America/New_York', TIMEZONE('America/New_York', "t10"."high") - INTERVAL '60' DAY) - INTERVAL '24' HOUR
                  )
                )
              ) + EPOCH_US(
                TIMEZONE('America/New_York', TIMEZONE('America/New_York', "t10"."high") - INTERVAL '60' DAY) - INTERVAL '24' HOUR
              )
            )
          ) = (
            TIMEZONE('America/New_York', "t10"."high") - INTERVAL '60' DAY
          )
          THEN MAKE_TIMESTAMPTZ(
            (
              EPOCH_US(TIMEZONE('America/New_York', "t10"."high") - INTERVAL '60' DAY) - EPOCH_US(
                TIMEZONE(
                  'America/New_York',
                  TIMEZONE('America/New_York', TIMEZONE('America/New_York', "t10"."high") - INTERVAL '60' DAY) - INTERVAL '24' HOUR
                )
              )
            ) + EPOCH_US(
              TIMEZONE('America/New_York', TIMEZONE('America/New_York', "t10"."high") - INTERVAL '60' DAY) - INTERVAL '24' HOUR
            )
          )
          ELSE TIMEZONE('America/New_York', TIMEZONE('America/New_York', "t10"."high") - INTERVAL '60' DAY)
        END AS "low"
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
            "t8"."end",
            DATE_TRUNC('DAY', "t8"."day") AS "bucket"
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
          ) AS "t8"
        ) AS "t9"
      ) AS "t10"
    ) AS "t12"
      ON "t7"."at" < "t12"."high" AND "t7"."at" >= "t12"."low"
  ) AS "t13"
  GROUP BY
    1
) AS "t14"
