SELECT
  "t5"."bucket",
  COALESCE("t5"."c0_value", 0) AS "value",
  COALESCE("t5"."c0_n", 0) AS "n"
FROM (
  SELECT
    DATE_TRUNC('MONTH', TIMEZONE('America/New_York', "t4"."at")) AS "bucket",
    COUNT(*) FILTER(WHERE
      NOT (
        (
          "t4"."ended" IS NOT NULL
        )
        AND (
          (
            EPOCH_US("t4"."ended") - EPOCH_US("t4"."started")
          ) <= 1209600000000
        )
      )
      AND (
        (
          EPOCH_US("t4"."started") + 1209600000000
        ) < EPOCH_US(
          (
            SELECT
              MAX("t0"."event_time") AS "Max(event_time)"
            FROM "events" AS "t0"
          )
        )
      )) AS "c0_value",
    COUNT(*) AS "c0_n"
  FROM (
    SELECT
      "t3"."case_id",
      "t3"."started",
      LIST_MIN(
        LIST_FILTER("t3"."ends", LAMBDA __ibis_param_time__ : __ibis_param_time__ >= "t3"."started")
      ) AS "ended",
      "t3"."started" AS "at"
    FROM (
      SELECT
        "t2"."case_id",
        MIN("t2"."event_time") FILTER(WHERE
          "t2"."step" = 'RCV') AS "started",
        ARRAY_AGG("t2"."event_time") FILTER(WHERE
          "t2"."event_time" IS NOT NULL
          AND (
            "t2"."step" = 'PST'
          )
          AND (
            MAP_EXTRACT_VALUE("t2"."attributes", 'final') = 'yes'
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
      ) AS "t2"
      GROUP BY
        1
    ) AS "t3"
    WHERE
      "t3"."started" IS NOT NULL
      AND "t3"."started" >= CAST('2026-01-01T05:00:00+00:00' AS TIMESTAMPTZ)
      AND "t3"."started" < CAST('2026-04-01T04:00:00+00:00' AS TIMESTAMPTZ)
  ) AS "t4"
  GROUP BY
    1
) AS "t5"
