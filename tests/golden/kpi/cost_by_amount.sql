WITH "t1" AS (
  SELECT
    *
  FROM "events" AS "t0"
  WHERE
    "t0"."step" = 'RCV'
)
SELECT
  "t14"."dim_0",
  COALESCE(
    CASE
      WHEN (
        "t14"."c0_low" <> "t14"."c0_high"
      )
      OR (
        (
          "t14"."c0_low" IS NOT NULL
        ) AND (
          "t14"."c0_blank" > 0
        )
      )
      THEN CAST(NULL AS DECIMAL(38, 2))
      ELSE CASE
        WHEN "t14"."c0_odd" > 0
        THEN CAST(NULL AS DECIMAL(38, 2))
        ELSE "t14"."c0_value"
      END
    END,
    0
  ) AS "value",
  COALESCE("t14"."c0_n", 0) AS "n"
FROM (
  SELECT
    "t13"."dim_0",
    COALESCE(
      SUM(
        CAST(CAST(ROUND(
          CAST(0.00 AS DECIMAL(18, 2)) + (
            "t13"."worth" * CAST(0.015000 AS DECIMAL(18, 6))
          ),
          2
        ) AS DECIMAL(18, 2)) AS DECIMAL(38, 2))
      ),
      0
    ) AS "c0_value",
    COUNT(*) AS "c0_n",
    COUNT(*) FILTER(WHERE
      "t13"."worth" IS NULL) AS "c0_odd",
    LEAST(MIN("t13"."currency") FILTER(WHERE
      "t13"."worth" IS NOT NULL), 'USD') AS "c0_low",
    GREATEST(MAX("t13"."currency") FILTER(WHERE
      "t13"."worth" IS NOT NULL), 'USD') AS "c0_high",
    COUNT(*) FILTER(WHERE
      (
        "t13"."worth" IS NOT NULL
      ) AND (
        "t13"."currency" IS NULL
      )) AS "c0_blank"
  FROM (
    SELECT
      "t10"."case_id",
      "t10"."at",
      "t10"."dim_0",
      "t11"."worth",
      "t11"."currency"
    FROM (
      SELECT
        "t4"."case_id",
        "t4"."at",
        "t4"."dim_0"
      FROM (
        SELECT
          "t2"."case_id",
          "t2"."event_time" AS "at",
          "t2"."currency" AS "dim_0",
          ROW_NUMBER() OVER (
            PARTITION BY "t2"."case_id"
            ORDER BY "t2"."event_time" ASC, "t2"."event_id" ASC
            ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
          ) - 1 AS "rank"
        FROM "t1" AS "t2"
      ) AS "t4"
      WHERE
        "t4"."rank" = 0
    ) AS "t10"
    ANTI JOIN (
      SELECT
        "t6"."case_id",
        "t6"."at",
        "t6"."dim_0"
      FROM (
        SELECT
          "t3"."case_id",
          "t3"."event_time" AS "at",
          "t3"."currency" AS "dim_0",
          ROW_NUMBER() OVER (
            PARTITION BY "t3"."case_id"
            ORDER BY "t3"."event_time" ASC, "t3"."event_id" ASC
            ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
          ) - 1 AS "rank"
        FROM (
          SELECT
            *
          FROM "events" AS "t0"
          WHERE
            "t0"."step" = 'PST' AND MAP_EXTRACT_VALUE("t0"."attributes", 'final') = 'yes'
        ) AS "t3"
      ) AS "t6"
      WHERE
        "t6"."rank" = 0
    ) AS "t12"
      ON "t10"."case_id" = "t12"."case_id"
    LEFT OUTER JOIN (
      SELECT
        *
      FROM (
        SELECT
          "t2"."case_id",
          "t2"."currency",
          "t2"."amount" AS "worth",
          ROW_NUMBER() OVER (
            PARTITION BY "t2"."case_id"
            ORDER BY "t2"."event_time" ASC, "t2"."event_id" ASC
            ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
          ) - 1 AS "rank"
        FROM "t1" AS "t2"
      ) AS "t5"
      WHERE
        "t5"."rank" = 0
    ) AS "t11"
      ON "t10"."case_id" = "t11"."case_id"
  ) AS "t13"
  GROUP BY
    1
) AS "t14"
