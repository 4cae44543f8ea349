SELECT
  "t3"."bucket",
  COALESCE("t3"."c0_n", 0) AS "value",
  COALESCE("t3"."c0_n", 0) AS "n"
FROM (
  SELECT
    DATE_TRUNC('MONTH', TIMEZONE('America/New_York', "t2"."event_time")) AS "bucket",
    COUNT(*) AS "c0_n"
  FROM (
    SELECT
      *
    FROM (
      SELECT
        *
      FROM "events" AS "t0"
      WHERE
        "t0"."step" = 'RCV'
        AND "t0"."effective_date" = TRY_CAST(MAP_EXTRACT_VALUE("t0"."attributes", 'rd') AS DATE)
    ) AS "t1"
    WHERE
      "t1"."event_time" >= CAST('2026-01-01T05:00:00+00:00' AS TIMESTAMPTZ)
      AND "t1"."event_time" < CAST('2026-04-01T04:00:00+00:00' AS TIMESTAMPTZ)
  ) AS "t2"
  GROUP BY
    1
) AS "t3"
