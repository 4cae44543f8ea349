SELECT
  "t11"."bucket",
  COALESCE("t11"."c0_value", 0) AS "value",
  COALESCE("t11"."c0_n", 0) AS "n"
FROM (
  SELECT
    DATE_TRUNC('MONTH', TIMEZONE('America/New_York', "t10"."at")) AS "bucket",
    COUNT(*) FILTER(WHERE
      "t10"."breaks") AS "c0_value",
    COUNT(*) AS "c0_n"
  FROM (
    SELECT
      "t9"."case_id",
      "t9"."at",
      "t9"."breaks",
      "t9"."waits" AND NOT (
        "t9"."breaks"
      ) AS "pending"
    FROM (
      SELECT
        "t8"."case_id",
        MIN("t8"."started") AS "at",
        COALESCE(BOOL_OR(CAST("t8"."over" AS BOOLEAN)), FALSE) AS "breaks",
        COALESCE(
          BOOL_OR(CAST((
            "t8"."closes" IS NULL
          ) AND NOT (
            "t8"."over"
          ) AS BOOLEAN)),
          FALSE
        ) AS "waits"
      FROM (
        SELECT
          "t7"."case_id",
          "t7"."started",
          "t7"."closes",
          "t7"."ended",
          (
            EPOCH_US("t7"."ended") - EPOCH_US("t7"."started")
          ) > 14400000000 AS "over"
        FROM (
          SELECT
            "t6"."case_id",
            "t6"."started",
            "t6"."closes",
            COALESCE(
              "t6"."closes",
              (
                SELECT
                  MAX("t0"."event_time") AS "Max(event_time)"
                FROM "events" AS "t0"
              )
            ) AS "ended"
          FROM (
            SELECT
              "t5"."case_id",
              "t5"."opens" AS "started",
              MIN("t5"."closes") AS "closes"
            FROM (
              SELECT
                "t4"."case_id",
                "t4"."event_id",
                "t4"."opens",
                "t4"."closes"
              FROM (
                SELECT
                  "t3"."case_id",
                  "t3"."event_id",
                  "t3"."opens",
                  "t3"."begins",
                  "t3"."ends",
                  MIN("t3"."ends") OVER (
                    PARTITION BY "t3"."case_id"
                    ORDER BY "t3"."opens" ASC
                    RANGE BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING
                  ) AS "closes"
                FROM (
                  SELECT
                    "t2"."case_id",
                    "t2"."event_id",
                    "t2"."event_time" AS "opens",
                    COALESCE("t2"."step" = 'RCV', FALSE) AS "begins",
                    CASE
                      WHEN COALESCE(
                        (
                          "t2"."step" = 'PST'
                        )
                        AND (
                          MAP_EXTRACT_VALUE("t2"."attributes", 'final') = 'yes'
                        ),
                        FALSE
                      )
                      THEN "t2"."event_time"
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
                  ) AS "t2"
                ) AS "t3"
              ) AS "t4"
              WHERE
                "t4"."begins"
            ) AS "t5"
            GROUP BY
              1,
              2
          ) AS "t6"
        ) AS "t7"
      ) AS "t8"
      GROUP BY
        1
    ) AS "t9"
    WHERE
      "t9"."at" >= CAST('2026-01-01T05:00:00+00:00' AS TIMESTAMPTZ)
      AND "t9"."at" < CAST('2026-04-01T04:00:00+00:00' AS TIMESTAMPTZ)
  ) AS "t10"
  GROUP BY
    1
) AS "t11"
