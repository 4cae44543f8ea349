WITH "t9" AS (
  SELECT
    "t4"."case_id",
    MIN("t4"."event_time") FILTER(WHERE
      "t4"."step" = 'RCV') AS "edge_0",
    MIN("t4"."event_time") FILTER(WHERE
      (
        "t4"."step" = 'PST'
      )
      AND (
        MAP_EXTRACT_VALUE("t4"."attributes", 'final') = 'yes'
      )) AS "edge_1",
    MAX("t4"."event_time") FILTER(WHERE
      (
        "t4"."step" = 'PST'
      )
      AND (
        MAP_EXTRACT_VALUE("t4"."attributes", 'final') = 'yes'
      )) AS "edge_2"
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
  GROUP BY
    1
)
SELECT
  "t21"."bucket",
  COALESCE("t21"."c0_value", 0) AS "value",
  COALESCE("t21"."c0_n", 0) AS "n"
FROM (
  SELECT
    DATE_TRUNC('MONTH', TIMEZONE('America/New_York', "t20"."at")) AS "bucket",
    COALESCE(
      SUM(
        CAST(CAST(ROUND(
          LEAST(
            CAST(1.50 AS DECIMAL(18, 2)) + (
              CAST(CAST(FLOOR((
                "t20"."late" + 59999999
              ) / (
                60000000
              )) AS BIGINT) AS DECIMAL(18, 0)) * CAST(0.02 AS DECIMAL(18, 2))
            ) + CASE
              WHEN "t20"."late" > 7200000000
              THEN CAST(9.00 AS DECIMAL(18, 2))
              WHEN "t20"."late" > 3600000000
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
        "t18"."case_id",
        "t18"."started",
        "t18"."ended",
        "t18"."at",
        LEAST(
          EPOCH_US("t18"."ended") - EPOCH_US("t18"."started"),
          EPOCH_US(
            COALESCE(
              (
                SELECT
                  MAX("t3"."event_time") AS "Max(event_time)"
                FROM (
                  SELECT
                    *
                  FROM "events" AS "t0"
                  WHERE
                    EPOCH_US("t0"."event_time") <= (
                      EPOCH_US("t0"."ingested_at") + 86400000000
                    )
                ) AS "t3"
              ),
              (
                SELECT
                  MAX("t0"."event_time") AS "Max(event_time)"
                FROM "events" AS "t0"
              )
            )
          ) - EPOCH_US("t18"."started")
        ) - 7200000000 AS "late"
      FROM (
        SELECT
          "t17"."case_id",
          "t17"."edge_0" AS "started",
          CASE WHEN "t17"."edge_1" >= "t17"."edge_0" THEN "t17"."edge_1" ELSE "t17"."ends" END AS "ended",
          "t17"."edge_0" AS "at"
        FROM (
          SELECT
            "t11"."case_id",
            "t11"."edge_0",
            "t11"."edge_1",
            "t11"."edge_2",
            "t16"."early",
            "t16"."ends"
          FROM "t9" AS "t11"
          LEFT OUTER JOIN (
            SELECT
              "t14"."early",
              MIN("t14"."event_time") AS "ends"
            FROM (
              SELECT
                "t7"."case_id",
                "t7"."event_time",
                "t13"."early",
                "t13"."since"
              FROM (
                SELECT
                  "t2"."case_id",
                  "t2"."event_time"
                FROM (
                  SELECT
                    *
                  FROM "events" AS "t0"
                  WHERE
                    "t0"."step" = 'PST' AND MAP_EXTRACT_VALUE("t0"."attributes", 'final') = 'yes'
                ) AS "t2"
              ) AS "t7"
              INNER JOIN (
                SELECT
                  "t10"."case_id" AS "early",
                  "t10"."edge_0" AS "since"
                FROM "t9" AS "t10"
                WHERE
                  "t10"."edge_1" < "t10"."edge_0" AND "t10"."edge_2" >= "t10"."edge_0"
              ) AS "t13"
                ON "t7"."case_id" = "t13"."early" AND "t7"."event_time" >= "t13"."since"
            ) AS "t14"
            GROUP BY
              1
          ) AS "t16"
            ON "t11"."case_id" = "t16"."early"
        ) AS "t17"
        WHERE
          "t17"."edge_0" IS NOT NULL
      ) AS "t18"
    ) AS "t19"
    WHERE
      "t19"."late" > 0
      AND "t19"."at" >= CAST('2026-01-01T05:00:00+00:00' AS TIMESTAMPTZ)
      AND "t19"."at" < CAST('2026-04-01T04:00:00+00:00' AS TIMESTAMPTZ)
  ) AS "t20"
  GROUP BY
    1
) AS "t21"
