SELECT
  "t7"."bucket",
  COALESCE("t7"."c0_value", 0) AS "value",
  COALESCE("t7"."c0_n", 0) AS "n"
FROM (
  SELECT
    DATE_TRUNC('MONTH', TIMEZONE('America/New_York', "t6"."at")) AS "bucket",
    COUNT(*) FILTER(WHERE
      "t6"."breaks") AS "c0_value",
    COUNT(*) AS "c0_n"
  FROM (
    SELECT
      *
    FROM (
      SELECT
        "t4"."case_id",
        MIN("t4"."event_time") AS "at",
        COALESCE(BOOL_OR(CAST("t4"."breaks" AS BOOLEAN)), FALSE) AS "breaks"
      FROM (
        SELECT
          "t3"."case_id",
          "t3"."event_time",
          "t3"."kinds",
          "t3"."before",
          (
            "t3"."before" IS NOT NULL
          )
          AND (
            "t3"."kinds" <> 0
          )
          AND (
            (
              (
                CASE WHEN (
                  "t3"."before" & 1
                ) <> 0 THEN 2 ELSE 0 END | CASE WHEN (
                  "t3"."before" & 2
                ) <> 0 THEN 13 ELSE 0 END | CASE WHEN (
                  "t3"."before" & 4
                ) <> 0 THEN 0 ELSE 0 END | CASE WHEN (
                  "t3"."before" & 8
                ) <> 0 THEN 1 ELSE 0 END
              ) & "t3"."kinds"
            ) = 0
          ) AS "breaks"
        FROM (
          SELECT
            "t2"."case_id",
            "t2"."event_time",
            "t2"."kinds",
            LAG("t2"."kinds") OVER (
              PARTITION BY "t2"."case_id", "t2"."kinds" = 0
              ORDER BY "t2"."event_time" ASC
              ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
            ) AS "before"
          FROM (
            SELECT
              "t1"."case_id",
              "t1"."event_time",
              BIT_OR("t1"."kinds") AS "kinds"
            FROM (
              SELECT
                "t0"."case_id",
                "t0"."event_time",
                CASE WHEN COALESCE("t0"."step" = 'INI', FALSE) THEN 1 ELSE 0 END | CASE WHEN COALESCE("t0"."step" = 'RCV', FALSE) THEN 2 ELSE 0 END | CASE
                  WHEN COALESCE(
                    (
                      "t0"."step" = 'PST'
                    )
                    AND (
                      MAP_EXTRACT_VALUE("t0"."attributes", 'final') = 'yes'
                    ),
                    FALSE
                  )
                  THEN 4
                  ELSE 0
                END | CASE
                  WHEN COALESCE(
                    (
                      "t0"."step" = 'RET'
                    )
                    AND (
                      MAP_EXTRACT_VALUE("t0"."attributes", 'code') = 'R01'
                    ),
                    FALSE
                  )
                  THEN 8
                  ELSE 0
                END AS "kinds"
              FROM "events" AS "t0"
            ) AS "t1"
            GROUP BY
              1,
              2
          ) AS "t2"
        ) AS "t3"
      ) AS "t4"
      GROUP BY
        1
    ) AS "t5"
    WHERE
      "t5"."at" >= CAST('2026-01-01T05:00:00+00:00' AS TIMESTAMPTZ)
      AND "t5"."at" < CAST('2026-04-01T04:00:00+00:00' AS TIMESTAMPTZ)
  ) AS "t6"
  GROUP BY
    1
) AS "t7"
