SELECT
  "t2"."bucket",
  COALESCE("t2"."c0_n", 0) AS "value",
  COALESCE("t2"."c0_n", 0) AS "n"
FROM (
  SELECT
    TIMEZONE('UTC', "t1"."event_time") - (
      TIMEZONE('Asia/Kolkata', "t1"."event_time") - DATE_TRUNC('HOUR', TIMEZONE('Asia/Kolkata', "t1"."event_time"))
    ) AS "bucket",
    COUNT(*) AS "c0_n"
  FROM (
    SELECT
      *
    FROM "events" AS "t0"
    WHERE
      "t0"."step" = 'RCV'
  ) AS "t1"
  GROUP BY
    1
) AS "t2"
