SELECT
  "t4"."c0_value" AS "value",
  COALESCE("t4"."c0_n", 0) AS "n"
FROM (
  SELECT
    QUANTILE_CONT(EPOCH_US("t3"."ended") - EPOCH_US("t3"."started"), 0.5) / 1000000 AS "c0_value",
    COUNT(EPOCH_US("t3"."ended") - EPOCH_US("t3"."started")) AS "c0_n"
  FROM (
    SELECT
      "t2"."case_id",
      "t2"."started",
      LIST_MIN(
        LIST_FILTER("t2"."ends", LAMBDA __ibis_param_time__ : __ibis_param_time__ >= "t2"."started")
      ) AS "ended",
      "t2"."started" AS "at"
    FROM (
      SELECT
        "t1"."case_id",
        MIN("t1"."event_time") FILTER(WHERE
          "t1"."step" = 'RCV') AS "started",
        ARRAY_AGG("t1"."event_time") FILTER(WHERE
          "t1"."event_time" IS NOT NULL
          AND (
            "t1"."step" = 'PST'
          )
          AND (
            MAP_EXTRACT_VALUE("t1"."attributes", 'final') = 'yes'
          )) AS "ends"
      FROM (
        SELECT
          *
        FROM "events" AS "t0"
        WHERE
          (
            "t0"."step" = 'RCV'
          )
          OR (
            (
              "t0"."step" = 'PST'
            )
            AND (
              MAP_EXTRACT_VALUE("t0"."attributes", 'final') = 'yes'
            )
          )
      ) AS "t1"
      GROUP BY
        1
    ) AS "t2"
    WHERE
      "t2"."started" IS NOT NULL
  ) AS "t3"
) AS "t4"
