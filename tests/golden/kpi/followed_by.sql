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
)
SELECT
  "t13"."bucket",
  COALESCE("t13"."c0_value", 0) AS "value",
  COALESCE("t13"."c0_n", 0) AS "n"
FROM (
  SELECT
    DATE_TRUNC('MONTH', TIMEZONE('America/New_York', "t12"."at")) AS "bucket",
    COUNT(*) FILTER(WHERE
      "t12"."breaks") AS "c0_value",
    COUNT(*) AS "c0_n"
  FROM (
    SELECT
      "t11"."case_id",
      "t11"."at",
      "t11"."breaks",
      "t11"."waits" AND NOT (
        "t11"."breaks"
      ) AS "pending"
    FROM (
      SELECT
        "t10"."case_id",
        MIN("t10"."started") AS "at",
        COALESCE(BOOL_OR(CAST("t10"."over" AS BOOLEAN)), FALSE) AS "breaks",
        COALESCE(BOOL_OR(CAST(NOT (
          "t10"."came"
        ) AND NOT (
          "t10"."over"
        ) AS BOOLEAN)), FALSE) AS "waits"
      FROM (
        SELECT
          "t9"."case_id",
          "t9"."started",
          "t9"."closes",
          "t9"."clock",
          "t9"."came",
          "t9"."ended",
          (
            EPOCH_US("t9"."ended") - EPOCH_US("t9"."started")
          ) > 14400000000 AS "over"
        FROM (
          SELECT
            "t8"."case_id",
            "t8"."started",
            "t8"."closes",
            "t8"."clock",
            "t8"."came",
            CASE WHEN "t8"."came" THEN "t8"."closes" ELSE "t8"."clock" END AS "ended"
          FROM (
            SELECT
              "t7"."case_id",
              "t7"."started",
              "t7"."closes",
              COALESCE((
                SELECT
                  *
                FROM "log_clock" AS "t0"
              )) AS "clock",
              COALESCE("t7"."closes" <= COALESCE((
                SELECT
                  *
                FROM "log_clock" AS "t0"
              )), FALSE) AS "came"
            FROM (
              SELECT
                "t6"."case_id",
                "t6"."opens" AS "started",
                MIN("t6"."closes") AS "closes"
              FROM (
                SELECT
                  "t5"."case_id",
                  "t5"."event_id",
                  "t5"."opens",
                  "t5"."closes"
                FROM (
                  SELECT
                    "t4"."case_id",
                    "t4"."event_id",
                    "t4"."opens",
                    "t4"."begins",
                    "t4"."ends",
                    MIN("t4"."ends") OVER (
                      PARTITION BY "t4"."case_id"
                      ORDER BY "t4"."opens" ASC
                      RANGE BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING
                    ) AS "closes"
                  FROM (
                    SELECT
                      "t3"."case_id",
                      "t3"."event_id",
                      "t3"."event_time" AS "opens",
                      COALESCE("t3"."step" = 'RCV', FALSE) AS "begins",
                      CASE
                        WHEN COALESCE(
                          (
                            "t3"."step" = 'PST'
                          )
                          AND (
                            MAP_EXTRACT_VALUE("t3"."attributes", 'final') = 'yes'
                          ),
                          FALSE
                        )
                        THEN "t3"."event_time"
                        ELSE CAST(NULL AS TIMESTAMPTZ)
                      END AS "ends"
                    FROM (
                      SELECT
                        *
                      FROM "events" AS "t1"
                      WHERE
                        (
                          "t1"."step" = 'RCV'
                        )
                        OR (
                          (
                            "t1"."step" = 'PST'
                          )
                          AND (
                            MAP_EXTRACT_VALUE("t1"."attributes", 'final') = 'yes'
                          )
                        )
                    ) AS "t3"
                  ) AS "t4"
                ) AS "t5"
                WHERE
                  "t5"."begins"
              ) AS "t6"
              GROUP BY
                1,
                2
            ) AS "t7"
          ) AS "t8"
        ) AS "t9"
      ) AS "t10"
      GROUP BY
        1
    ) AS "t11"
    WHERE
      "t11"."at" >= CAST('2026-01-01T05:00:00+00:00' AS TIMESTAMPTZ)
      AND "t11"."at" < CAST('2026-04-01T04:00:00+00:00' AS TIMESTAMPTZ)
  ) AS "t12"
  GROUP BY
    1
) AS "t13"
