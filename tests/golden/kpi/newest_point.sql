SELECT
  "t2"."bucket",
  CASE WHEN "t2"."c0_odd" > 0 THEN CAST(NULL AS DOUBLE) ELSE "t2"."c0_value" END AS "value",
  COALESCE("t2"."c0_n", 0) AS "n"
FROM (
  SELECT
    DATE_TRUNC('DAY', TIMEZONE('UTC', "t1"."at")) AS "bucket",
    FIRST("t1"."value" ORDER BY "t1"."at" DESC) FILTER(WHERE
      "t1"."signal" IN ('gateway.latency', 'latency')) AS "c0_value",
    COUNT("t1"."value") FILTER(WHERE
      "t1"."signal" IN ('gateway.latency', 'latency')) AS "c0_n",
    CAST(COUNT(DISTINCT CAST("t1"."labels" AS TEXT)) FILTER(WHERE
      "t1"."signal" IN ('gateway.latency', 'latency')) > 1 AS BIGINT) AS "c0_odd"
  FROM (
    SELECT
      "t0"."signal",
      "t0"."value",
      "t0"."labels",
      "t0"."time" AS "at"
    FROM "points" AS "t0"
    WHERE
      "t0"."signal" IN ('gateway.latency', 'latency')
  ) AS "t1"
  GROUP BY
    1
) AS "t2"
