SELECT
  "t7"."bucket",
  COALESCE("t7"."c0_value", 0) AS "value",
  COALESCE("t7"."c0_n", 0) AS "n"
FROM (
  SELECT
    DATE_TRUNC('MONTH', TIMEZONE('America/New_York', "t6"."at")) AS "bucket",
    COALESCE(
      SUM(
        CAST(CAST(ROUND(
          LEAST(
            CAST(1.50 AS DECIMAL(18, 2)) + (
              CAST(CAST(FLOOR((
                "t6"."late" + 59999999
              ) / (
                60000000
              )) AS BIGINT) AS DECIMAL(18, 0)) * CAST(0.02 AS DECIMAL(18, 2))
            ) + CASE
              WHEN "t6"."late" > 7200000000
              THEN CAST(9.00 AS DECIMAL(18, 2))
              WHEN "t6"."late" > 3600000000
              THEN CAST(5.00 AS DECIMAL(18, 2))
              ELSE CAST(0.00 AS DECIMAL(18, 2))
            END,
            CAST(100.00 AS DECIMAL(18, 2))
          ),
          2
        ) AS DECIMAL(18, 2)) AS DECIMAL(38, 2))
      ),
      0
    ) AS "c0_value",
    COUNT(*) AS "c0_n"
  FROM (
    SELECT
      *
    FROM (
      SELECT
        "t4"."case_id",
        "t4"."started",
        "t4"."ended",
        "t4"."at",
        COALESCE(
          EPOCH_US("t4"."ended") - EPOCH_US("t4"."started"),
          EPOCH_US(
            (
              SELECT
                MAX("t0"."event_time") AS "Max(event_time)"
              FROM "events" AS "t0"
            )
          ) - EPOCH_US("t4"."started")
        ) - 7200000000 AS "late"
      FROM (
        SELECT
          "t3"."case_id",
          "t3"."started",
          LIST_MIN(
            LIST_FILTER("t3"."ends", LAMBDA __ibis_param_time__ : __ibis_param_time__ >= "t3"."started")
          ) AS "ended",
          "t3"."started" AS "at"
        FROM (
          SELECT
            "t2"."case_id",
            MIN("t2"."event_time") FILTER(WHERE
              "t2"."step" = 'RCV') AS "started",
            ARRAY_AGG("t2"."event_time") FILTER(WHERE
              "t2"."event_time" IS NOT NULL
              AND (
                "t2"."step" = 'PST'
              )
              AND (
                MAP_EXTRACT_VALUE("t2"."attributes", 'final') = 'yes'
              )) AS "ends"
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
          ) AS "t2"
          GROUP BY
            1
        ) AS "t3"
        WHERE
          "t3"."started" IS NOT NULL
      ) AS "t4"
    ) AS "t5"
    WHERE
      "t5"."late" > 0
      AND "t5"."at" >= CAST('2026-01-01T05:00:00+00:00' AS TIMESTAMPTZ)
      AND "t5"."at" < CAST('2026-04-01T04:00:00+00:00' AS TIMESTAMPTZ)
  ) AS "t6"
  GROUP BY
    1
) AS "t7"
