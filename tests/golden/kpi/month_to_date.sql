SELECT
  "t12"."bucket",
  COALESCE("t12"."c0_n", 0) AS "value",
  COALESCE("t12"."c0_n", 0) AS "n"
FROM (
  SELECT
    "t11"."bucket",
    COUNT(*) AS "c0_n"
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
      "t3"."ingested_at",
      "t10"."bucket"
    FROM (
      SELECT
        *
      FROM "events" AS "t0"
      WHERE
        "t0"."step" = 'PST' AND MAP_EXTRACT_VALUE("t0"."attributes", 'final') = 'yes'
    ) AS "t3"
    INNER JOIN (
      SELECT
        "t8"."bucket",
        "t8"."high",
        TIMEZONE(
          'UTC',
          DATE_TRUNC('MONTH', TIMEZONE('UTC', "t8"."high" - INTERVAL '1' MICROSECOND))
        ) AS "low"
      FROM (
        SELECT
          "t7"."bucket",
          COALESCE(
            LEAD(TIMEZONE('UTC', "t7"."bucket")) OVER (
              ORDER BY "t7"."bucket" ASC
              ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
            ),
            "t7"."end"
          ) AS "high"
        FROM (
          SELECT DISTINCT
            *
          FROM (
            SELECT
              "t5"."end",
              TIMEZONE('UTC', MAKE_TIMESTAMPTZ("t5"."micros")) - (
                TIMEZONE('UTC', MAKE_TIMESTAMPTZ("t5"."micros")) - DATE_TRUNC('HOUR', TIMEZONE('UTC', MAKE_TIMESTAMPTZ("t5"."micros")))
              ) AS "bucket"
            FROM (
              SELECT
                "t4"."end",
                UNNEST(
                  RANGE(
                    EPOCH_US("t4"."start") - (
                      EPOCH_US("t4"."start") % 900000000
                    ),
                    EPOCH_US("t4"."end"),
                    900000000
                  )
                ) AS "micros"
              FROM (
                SELECT
                  "t1"."first" AS "start",
                  "t1"."last" + INTERVAL '1' MICROSECOND AS "end"
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
              ) AS "t4"
            ) AS "t5"
          ) AS "t6"
        ) AS "t7"
      ) AS "t8"
    ) AS "t10"
      ON "t3"."event_time" < "t10"."high" AND "t3"."event_time" >= "t10"."low"
  ) AS "t11"
  GROUP BY
    1
) AS "t12"
