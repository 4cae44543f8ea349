SELECT
  "t15"."bucket",
  CASE WHEN "t15"."c0_odd" > 0 THEN CAST(NULL AS DOUBLE) ELSE "t15"."c0_value" END AS "value",
  COALESCE("t15"."c0_n", 0) AS "n"
FROM (
  SELECT
    "t14"."bucket",
    CASE
      WHEN LIST_AGGREGATE(
        ARRAY_AGG("t14"."value" ORDER BY "t14"."value" ASC) FILTER(WHERE
          "t14"."value" IS NOT NULL AND "t14"."signal" IN ('gateway.calls')),
        'fsum'
      ) IS NOT NULL
      THEN COALESCE(
        LIST_AGGREGATE(
          ARRAY_AGG("t14"."value" ORDER BY "t14"."value" ASC) FILTER(WHERE
            "t14"."value" IS NOT NULL AND "t14"."signal" IN ('gateway.ok')),
          'fsum'
        ),
        0.0
      )
      ELSE CAST(NULL AS DOUBLE)
    END / NULLIF(
      LIST_AGGREGATE(
        ARRAY_AGG("t14"."value" ORDER BY "t14"."value" ASC) FILTER(WHERE
          "t14"."value" IS NOT NULL AND "t14"."signal" IN ('gateway.calls')),
        'fsum'
      ),
      0
    ) AS "c0_value",
    CAST(COALESCE(
      LIST_AGGREGATE(
        ARRAY_AGG("t14"."value" ORDER BY "t14"."value" ASC) FILTER(WHERE
          "t14"."value" IS NOT NULL AND "t14"."signal" IN ('gateway.calls')),
        'fsum'
      ),
      0.0
    ) AS BIGINT) AS "c0_n",
    COUNT(*) FILTER(WHERE
      (
        "t14"."signal" IN ('gateway.ok') OR "t14"."signal" IN ('gateway.calls')
      )
      AND (
        "t14"."value" < 0
      )) + CAST(CASE
      WHEN LIST_AGGREGATE(
        ARRAY_AGG("t14"."value" ORDER BY "t14"."value" ASC) FILTER(WHERE
          "t14"."value" IS NOT NULL AND "t14"."signal" IN ('gateway.calls')),
        'fsum'
      ) IS NOT NULL
      THEN COALESCE(
        LIST_AGGREGATE(
          ARRAY_AGG("t14"."value" ORDER BY "t14"."value" ASC) FILTER(WHERE
            "t14"."value" IS NOT NULL AND "t14"."signal" IN ('gateway.ok')),
          'fsum'
        ),
        0.0
      )
      ELSE CAST(NULL AS DOUBLE)
    END > LIST_AGGREGATE(
      ARRAY_AGG("t14"."value" ORDER BY "t14"."value" ASC) FILTER(WHERE
        "t14"."value" IS NOT NULL AND "t14"."signal" IN ('gateway.calls')),
      'fsum'
    ) AS BIGINT) AS "c0_odd"
  FROM (
    SELECT
      "t6"."signal",
      "t6"."value",
      "t6"."labels",
      "t6"."at",
      "t13"."bucket"
    FROM (
      SELECT
        "t0"."signal",
        "t0"."value",
        "t0"."labels",
        "t0"."time" AS "at"
      FROM "points" AS "t0"
      WHERE
        "t0"."signal" IN ('gateway.ok', 'gateway.calls')
    ) AS "t6"
    INNER JOIN (
      SELECT
        "t11"."bucket",
        "t11"."high",
        TIMEZONE('UTC', TIMEZONE('UTC', "t11"."high") - INTERVAL '30' DAY) AS "low"
      FROM (
        SELECT
          "t10"."bucket",
          COALESCE(
            LEAD(TIMEZONE('UTC', "t10"."bucket")) OVER (
              ORDER BY "t10"."bucket" ASC
              ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
            ),
            "t10"."end"
          ) AS "high"
        FROM (
          SELECT DISTINCT
            "t9"."end",
            DATE_TRUNC('DAY', "t9"."day") AS "bucket"
          FROM (
            SELECT
              "t8"."end",
              UNNEST(
                RANGE(
                  DATE_TRUNC('DAY', TIMEZONE('UTC', "t8"."start")),
                  DATE_TRUNC('DAY', TIMEZONE('UTC', "t8"."end" - INTERVAL '1' MICROSECOND)) + INTERVAL '1' DAY,
                  INTERVAL '1' DAY
                )
              ) AS "day"
            FROM (
              SELECT
                *
              FROM (
                SELECT
                  LEAST(
                    "t5"."first",
                    (
                      SELECT
                        MIN("t0"."time") AS "Min(time)"
                      FROM "points" AS "t0"
                    )
                  ) AS "start",
                  GREATEST(
                    "t5"."last",
                    (
                      SELECT
                        MAX("t0"."time") AS "Max(time)"
                      FROM "points" AS "t0"
                    )
                  ) + INTERVAL '1' MICROSECOND AS "end"
                FROM (
                  SELECT
                    MIN("t1"."event_time") AS "first",
                    MAX("t1"."event_time") AS "last"
                  FROM "events" AS "t1"
                ) AS "t5"
              ) AS "t7"
              WHERE
                "t7"."start" < "t7"."end"
            ) AS "t8"
          ) AS "t9"
        ) AS "t10"
      ) AS "t11"
    ) AS "t13"
      ON "t6"."at" < "t13"."high" AND "t6"."at" >= "t13"."low"
  ) AS "t14"
  GROUP BY
    1
) AS "t15"
