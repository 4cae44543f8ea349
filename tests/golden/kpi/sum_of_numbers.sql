SELECT
  "t2"."c0_value" AS "value",
  COALESCE("t2"."c0_n", 0) AS "n"
FROM (
  SELECT
    LIST_AGGREGATE(
      ARRAY_AGG(
        CASE
          WHEN ISNAN(TRY_CAST(MAP_EXTRACT_VALUE("t1"."attributes", 'w') AS DOUBLE))
          OR ISINF(TRY_CAST(MAP_EXTRACT_VALUE("t1"."attributes", 'w') AS DOUBLE))
          THEN CAST(NULL AS DOUBLE)
          ELSE TRY_CAST(MAP_EXTRACT_VALUE("t1"."attributes", 'w') AS DOUBLE)
        END ORDER BY CASE
          WHEN ISNAN(TRY_CAST(MAP_EXTRACT_VALUE("t1"."attributes", 'w') AS DOUBLE))
          OR ISINF(TRY_CAST(MAP_EXTRACT_VALUE("t1"."attributes", 'w') AS DOUBLE))
          THEN CAST(NULL AS DOUBLE)
          ELSE TRY_CAST(MAP_EXTRACT_VALUE("t1"."attributes", 'w') AS DOUBLE)
        END ASC
      ) FILTER(WHERE
        CASE
          WHEN ISNAN(TRY_CAST(MAP_EXTRACT_VALUE("t1"."attributes", 'w') AS DOUBLE))
          OR ISINF(TRY_CAST(MAP_EXTRACT_VALUE("t1"."attributes", 'w') AS DOUBLE))
          THEN CAST(NULL AS DOUBLE)
          ELSE TRY_CAST(MAP_EXTRACT_VALUE("t1"."attributes", 'w') AS DOUBLE)
        END IS NOT NULL),
      'fsum'
    ) AS "c0_value",
    COUNT(
      CASE
        WHEN ISNAN(TRY_CAST(MAP_EXTRACT_VALUE("t1"."attributes", 'w') AS DOUBLE))
        OR ISINF(TRY_CAST(MAP_EXTRACT_VALUE("t1"."attributes", 'w') AS DOUBLE))
        THEN CAST(NULL AS DOUBLE)
        ELSE TRY_CAST(MAP_EXTRACT_VALUE("t1"."attributes", 'w') AS DOUBLE)
      END
    ) AS "c0_n"
  FROM (
    SELECT
      *
    FROM "events" AS "t0"
    WHERE
      "t0"."step" = 'PST' AND MAP_EXTRACT_VALUE("t0"."attributes", 'final') = 'yes'
  ) AS "t1"
) AS "t2"
