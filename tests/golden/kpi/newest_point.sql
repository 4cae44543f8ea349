SELECT
  "t4"."bucket",
  CASE WHEN "t4"."c0_odd" > 0 THEN CAST(NULL AS DOUBLE) ELSE "t4"."c0_value" END AS "value",
  COALESCE("t4"."c0_n", 0) AS "n"
FROM (
  SELECT
    DATE_TRUNC('DAY', TIMEZONE('UTC', "t3"."at")) AS "bucket",
    FIRST("t3"."value" ORDER BY "t3"."at" DESC) FILTER(WHERE
      "t3"."signal" IN ('gateway.latency', 'latency') AND "t3"."reached") AS "c0_value",
    COUNT("t3"."value") FILTER(WHERE
      "t3"."signal" IN ('gateway.latency', 'latency') AND "t3"."reached") AS "c0_n",
    CAST(COUNT(DISTINCT CAST("t3"."labels" AS TEXT)) FILTER(WHERE
      "t3"."signal" IN ('gateway.latency', 'latency') AND "t3"."reached") > 1 AS BIGINT) AS "c0_odd"
  FROM (
    SELECT
      "t0"."signal",
      "t0"."value",
      "t0"."labels",
      "t0"."time" AS "at",
      "t0"."time" <= (
        SELECT
          COALESCE("t1"."timely", "t1"."newest") AS "clock"
        FROM (
          SELECT
            MAX("t0"."time") FILTER(WHERE
              EPOCH_US("t0"."time") <= (
                EPOCH_US("t0"."ingested_at") + 86400000000
              )) AS "timely",
            MAX("t0"."time") AS "newest"
          FROM "points" AS "t0"
        ) AS "t1"
      ) AS "reached"
    FROM "points" AS "t0"
    WHERE
      "t0"."signal" IN ('gateway.latency', 'latency')
  ) AS "t3"
  GROUP BY
    1
) AS "t4"
