SELECT
  "t19"."bucket",
  CAST(COALESCE("t19"."c0_n", 0) AS DOUBLE) / NULLIF(CAST(COALESCE("t19"."c1_n", 0) AS DOUBLE), 0) AS "value",
  COALESCE("t19"."c1_n", 0) AS "n"
FROM (
  SELECT
    "t18"."bucket",
    MAX("t18"."c0_n") AS "c0_n",
    MAX("t18"."c1_n") AS "c1_n"
  FROM (
    SELECT
      *
    FROM (
      SELECT
        "t14"."bucket",
        "t14"."c0_n",
        CAST(NULL AS BIGINT) AS "c1_n"
      FROM (
        SELECT
          DATE_TRUNC('MONTH', TIMEZONE('America/New_York', "t12"."at")) AS "bucket",
          COUNT(*) AS "c0_n"
        FROM (
          SELECT
            *
          FROM (
            SELECT
              "t7"."case_id",
              "t7"."step",
              "t7"."event_time",
              "t7"."effective_date",
              "t7"."amount",
              "t7"."currency",
              "t7"."resource",
              "t7"."attributes",
              "t9"."at"
            FROM (
              SELECT
                "t4"."case_id",
                "t4"."step",
                "t4"."event_time",
                "t4"."effective_date",
                "t4"."amount",
                "t4"."currency",
                "t4"."resource",
                "t4"."attributes"
              FROM (
                SELECT
                  *
                FROM "events" AS "t0"
                WHERE
                  "t0"."step" = 'RET' AND MAP_EXTRACT_VALUE("t0"."attributes", 'code') = 'R01'
              ) AS "t4"
            ) AS "t7"
            INNER JOIN (
              SELECT
                "t5"."case_id",
                "t5"."edge_0" AS "at"
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
              ) AS "t5"
              WHERE
                "t5"."edge_0" IS NOT NULL
            ) AS "t9"
              ON "t7"."case_id" = "t9"."case_id"
          ) AS "t10"
          WHERE
            "t10"."at" >= CAST('2026-01-01T05:00:00+00:00' AS TIMESTAMPTZ)
            AND "t10"."at" < CAST('2026-04-01T04:00:00+00:00' AS TIMESTAMPTZ)
        ) AS "t12"
        GROUP BY
          1
      ) AS "t14"
    ) AS "t16"
    UNION ALL
    SELECT
      *
    FROM (
      SELECT
        "t15"."bucket",
        CAST(NULL AS BIGINT) AS "c0_n",
        "t15"."c1_n"
      FROM (
        SELECT
          DATE_TRUNC('MONTH', TIMEZONE('America/New_York', "t13"."at")) AS "bucket",
          COUNT(*) AS "c1_n"
        FROM (
          SELECT
            *
          FROM (
            SELECT
              "t3"."case_id",
              "t3"."step",
              "t3"."event_time",
              "t3"."effective_date",
              "t3"."amount",
              "t3"."currency",
              "t3"."resource",
              "t3"."attributes",
              "t9"."at"
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
                "t0"."step" = 'INI'
            ) AS "t3"
            INNER JOIN (
              SELECT
                "t5"."case_id",
                "t5"."edge_0" AS "at"
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
              ) AS "t5"
              WHERE
                "t5"."edge_0" IS NOT NULL
            ) AS "t9"
              ON "t3"."case_id" = "t9"."case_id"
          ) AS "t11"
          WHERE
            "t11"."at" >= CAST('2026-01-01T05:00:00+00:00' AS TIMESTAMPTZ)
            AND "t11"."at" < CAST('2026-04-01T04:00:00+00:00' AS TIMESTAMPTZ)
        ) AS "t13"
        GROUP BY
          1
      ) AS "t15"
    ) AS "t17"
  ) AS "t18"
  GROUP BY
    1
) AS "t19"
