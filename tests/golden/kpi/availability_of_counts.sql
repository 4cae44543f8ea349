SELECT
  "t16"."bucket",
  CASE WHEN "t16"."c0_odd" > 0 THEN CAST(NULL AS DOUBLE) ELSE "t16"."c0_value" END AS "value",
  COALESCE("t16"."c0_n", 0) AS "n"
FROM (
  SELECT
    "t15"."bucket",
    CASE
      WHEN LIST_AGGREGATE(
        ARRAY_AGG("t15"."value" ORDER BY "t15"."value" ASC) FILTER(WHERE
          "t15"."value" IS NOT NULL AND "t15"."signal" IN ('gateway.calls')),
        'fsum'
      ) IS NOT NULL
      THEN COALESCE(
        LIST_AGGREGATE(
          ARRAY_AGG("t15"."value" ORDER BY "t15"."value" ASC) FILTER(WHERE
            "t15"."value" IS NOT NULL AND "t15"."signal" IN ('gateway.ok')),
          'fsum'
        ),
        0.0
      )
      ELSE CAST(NULL AS DOUBLE)
    END / NULLIF(
      LIST_AGGREGATE(
        ARRAY_AGG("t15"."value" ORDER BY "t15"."value" ASC) FILTER(WHERE
          "t15"."value" IS NOT NULL AND "t15"."signal" IN ('gateway.calls')),
        'fsum'
      ),
      0
    ) AS "c0_value",
    CAST(COALESCE(
      LIST_AGGREGATE(
        ARRAY_AGG("t15"."value" ORDER BY "t15"."value" ASC) FILTER(WHERE
          "t15"."value" IS NOT NULL AND "t15"."signal" IN ('gateway.calls')),
        'fsum'
      ),
      0.0
    ) AS BIGINT) AS "c0_n",
    COUNT(*) FILTER(WHERE
      (
        "t15"."signal" IN ('gateway.ok') OR "t15"."signal" IN ('gateway.calls')
      )
      AND (
        "t15"."value" < 0
      )) + CAST(CASE
      WHEN LIST_AGGREGATE(
        ARRAY_AGG("t15"."value" ORDER BY "t15"."value" ASC) FILTER(WHERE
          "t15"."value" IS NOT NULL AND "t15"."signal" IN ('gateway.calls')),
        'fsum'
      ) IS NOT NULL
      THEN COALESCE(
        LIST_AGGREGATE(
          ARRAY_AGG("t15"."value" ORDER BY "t15"."value" ASC) FILTER(WHERE
            "t15"."value" IS NOT NULL AND "t15"."signal" IN ('gateway.ok')),
          'fsum'
        ),
        0.0
      )
      ELSE CAST(NULL AS DOUBLE)
    END > LIST_AGGREGATE(
      ARRAY_AGG("t15"."value" ORDER BY "t15"."value" ASC) FILTER(WHERE
        "t15"."value" IS NOT NULL AND "t15"."signal" IN ('gateway.calls')),
      'fsum'
    ) AS BIGINT) AS "c0_odd"
  FROM (
    SELECT
      "t5"."signal",
      "t5"."value",
      "t5"."labels",
      "t5"."at",
      "t14"."bucket"
    FROM (
      SELECT
        "t0"."signal",
        "t0"."value",
        "t0"."labels",
        "t0"."time" AS "at"
      FROM "points" AS "t0"
      WHERE
        "t0"."signal" IN ('gateway.ok', 'gateway.calls')
    ) AS "t5"
    INNER JOIN (
      SELECT
        "t12"."bucket",
        "t12"."high",
        TIMEZONE('UTC', TIMEZONE('UTC', "t12"."high") - INTERVAL '30' DAY) AS "low"
      FROM (
        SELECT
          "t11"."bucket",
          COALESCE(
            LEAD(TIMEZONE('UTC', "t11"."bucket")) OVER (
              ORDER BY "t11"."bucket" ASC
              ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
            ),
            "t11"."end"
          ) AS "high"
        FROM (
          SELECT DISTINCT
            "t10"."end",
            DATE_TRUNC('DAY', "t10"."day") AS "bucket"
          FROM (
            SELECT
              "t9"."end",
              UNNEST(
                RANGE(
                  DATE_TRUNC('DAY', TIMEZONE('UTC', "t9"."start")),
                  DATE_TRUNC('DAY', TIMEZONE('UTC', "t9"."end" - INTERVAL '1' MICROSECOND)) + INTERVAL '1' DAY,
                  INTERVAL '1' DAY
                )
              ) AS "day"
            FROM (
              SELECT
                *
              FROM (
                SELECT
                  LEAST(
                    "t4"."first",
                    (
                      SELECT
                        MIN("t0"."time") AS "Min(time)"
                      FROM "points" AS "t0"
                    )
                  ) AS "start",
                  GREATEST(
                    "t4"."last",
                    (
                      SELECT
                        COALESCE("t6"."timely", "t6"."newest") AS "clock"
                      FROM (
                        SELECT
                          MAX("t0"."time") FILTER(WHERE
                            EPOCH_US("t0"."time") <= (
                              EPOCH_US("t0"."ingested_at") + 86400000000
                            )) AS "timely",
                          MAX("t0"."time") AS "newest"
                        FROM "points" AS "t0"
                      ) AS "t6"
                    )
                  ) + INTERVAL '1' MICROSECOND AS "end"
                FROM (
                  SELECT
                    MIN("t1"."event_time") AS "first",
                    MAX("t1"."event_time") AS "last"
                  FROM "events" AS "t1"
                ) AS "t4"
              ) AS "t8"
              WHERE
                "t8"."start" < "t8"."end"
            ) AS "t9"
          ) AS "t10"
        ) AS "t11"
      ) AS "t12"
    ) AS "t14"
      ON "t5"."at" < "t14"."high" AND "t5"."at" >= "t14"."low"
  ) AS "t15"
  GROUP BY
    1
) AS "t16"
