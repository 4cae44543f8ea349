SELECT
  CASE
    WHEN (
      "t7"."c0_low" <> "t7"."c0_high"
    )
    OR (
      (
        "t7"."c0_low" IS NOT NULL
      ) AND (
        "t7"."c0_blank" > 0
      )
    )
    THEN CAST(NULL AS DECIMAL(38, 2))
    ELSE "t7"."c0_value"
  END AS "value",
  COALESCE("t7"."c0_n", 0) AS "n"
FROM (
  SELECT
    SUM("t6"."amount") AS "c0_value",
    COUNT("t6"."amount") AS "c0_n",
    MIN("t6"."currency") FILTER(WHERE
      "t6"."amount" IS NOT NULL) AS "c0_low",
    MAX("t6"."currency") FILTER(WHERE
      "t6"."amount" IS NOT NULL) AS "c0_high",
    COUNT(*) FILTER(WHERE
      (
        "t6"."amount" IS NOT NULL
      ) AND (
        "t6"."currency" IS NULL
      )) AS "c0_blank"
  FROM (
    SELECT
      "t3"."event_id",
      "t3"."case_id",
      "t3"."step",
      "t3"."event_time",
      "t3"."effective_date",
      "t3"."amount",
      "t3"."currency",
      "t3"."resource",
      "t3"."attributes",
      "t3"."ingested_at"
    FROM (
      SELECT
        *
      FROM "events" AS "t0"
      WHERE
        "t0"."step" = 'PST' AND MAP_EXTRACT_VALUE("t0"."attributes", 'final') = 'yes'
    ) AS "t3"
    INNER JOIN (
      SELECT
        "t1"."last" + INTERVAL '1' MICROSECOND AS "high"
      FROM (
        SELECT
          MIN("t0"."event_time") AS "first",
          MAX("t0"."event_time") AS "last"
        FROM "events" AS "t0"
      ) AS "t1"
      WHERE
        "t1"."first" < (
          "t1"."last" + INTERVAL '1' MICROSECOND
        )
    ) AS "t5"
      ON "t3"."event_time" < "t5"."high"
  ) AS "t6"
) AS "t7"
