WITH log_clock AS (
  SELECT
    COALESCE("t1"."timely", "t1"."newest") AS "clock"
  FROM (
    SELECT
      MAX("t0"."event_time") FILTER(WHERE
        EPOCH_US("t0"."event_time") <= (
          EPOCH_US("t0"."ingested_at") + 86400000000
        )) AS "timely",
      MAX("t0"."event_time") AS "newest"
    FROM "events" AS "t0"
  ) AS "t1"
), "t8" AS (
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
  "t18"."bucket",
  COALESCE("t18"."c0_value", 0) AS "value",
  COALESCE("t18"."c0_n", 0) AS "n"
FROM (
  SELECT
    DATE_TRUNC('MONTH', TIMEZONE('America/New_York', "t17"."at")) AS "bucket",
    COUNT(*) FILTER(WHERE
      NOT (
        (
          "t17"."ended" IS NOT NULL
        )
        AND (
          (
            EPOCH_US("t17"."ended") - EPOCH_US("t17"."started")
          ) <= 1209600000000
        )
      )
      AND (
        (
          EPOCH_US("t17"."started") + 1209600000000
        ) < EPOCH_US(COALESCE((
          SELECT
            *
          FROM "log_clock" AS "t1"
        )))
      )) AS "c0_value",
    COUNT(*) AS "c0_n"
  FROM (
    SELECT
      "t16"."case_id",
      "t16"."edge_0" AS "started",
      CASE WHEN "t16"."edge_1" >= "t16"."edge_0" THEN "t16"."edge_1" ELSE "t16"."ends" END AS "ended",
      "t16"."edge_0" AS "at"
    FROM (
      SELECT
        "t10"."case_id",
        "t10"."edge_0",
        "t10"."edge_1",
        "t10"."edge_2",
        "t15"."early",
        "t15"."ends"
      FROM "t8" AS "t10"
      LEFT OUTER JOIN (
        SELECT
          "t13"."early",
          MIN("t13"."event_time") AS "ends"
        FROM (
          SELECT
            "t7"."case_id",
            "t7"."event_time",
            "t12"."early",
            "t12"."since"
          FROM (
            SELECT
              "t3"."case_id",
              "t3"."event_time"
            FROM (
              SELECT
                *
              FROM "events" AS "t0"
              WHERE
                "t0"."step" = 'PST' AND MAP_EXTRACT_VALUE("t0"."attributes", 'final') = 'yes'
            ) AS "t3"
          ) AS "t7"
          INNER JOIN (
            SELECT
              "t9"."case_id" AS "early",
              "t9"."edge_0" AS "since"
            FROM "t8" AS "t9"
            WHERE
              "t9"."edge_1" < "t9"."edge_0" AND "t9"."edge_2" >= "t9"."edge_0"
          ) AS "t12"
            ON "t7"."case_id" = "t12"."early" AND "t7"."event_time" >= "t12"."since"
        ) AS "t13"
        GROUP BY
          1
      ) AS "t15"
        ON "t10"."case_id" = "t15"."early"
    ) AS "t16"
    WHERE
      "t16"."edge_0" IS NOT NULL
      AND "t16"."edge_0" >= CAST('2026-01-01T05:00:00+00:00' AS TIMESTAMPTZ)
      AND "t16"."edge_0" < CAST('2026-04-01T04:00:00+00:00' AS TIMESTAMPTZ)
  ) AS "t17"
  GROUP BY
    1
) AS "t18"
