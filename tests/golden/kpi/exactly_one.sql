SELECT
  COALESCE("t3"."c0_value", 0) AS "value",
  COALESCE("t3"."c0_n", 0) AS "n"
FROM (
  SELECT
    COUNT(*) FILTER(WHERE
      NOT (
        "t2"."breaks"
      ) AND NOT (
        "t2"."pending"
      )) AS "c0_value",
    COUNT(*) AS "c0_n"
  FROM (
    SELECT
      "t1"."case_id",
      "t1"."at",
      (
        (
          0 + CAST("t1"."has_0" AS BIGINT) + CAST("t1"."has_1" AS BIGINT)
        ) > 1
      )
      OR (
        (
          (
            0 + CAST("t1"."has_0" AS BIGINT) + CAST("t1"."has_1" AS BIGINT)
          ) = 0
        )
        AND "t1"."over"
      ) AS "breaks",
      (
        (
          0 + CAST("t1"."has_0" AS BIGINT) + CAST("t1"."has_1" AS BIGINT)
        ) = 0
      )
      AND NOT (
        (
          (
            0 + CAST("t1"."has_0" AS BIGINT) + CAST("t1"."has_1" AS BIGINT)
          ) = 0
        )
        AND "t1"."over"
      ) AS "pending"
    FROM (
      SELECT
        "t0"."case_id",
        MIN("t0"."event_time") AS "at",
        COALESCE(
          BOOL_OR(
            CAST((
              "t0"."step" = 'PST'
            )
            AND (
              MAP_EXTRACT_VALUE("t0"."attributes", 'final') = 'yes'
            ) AS BOOLEAN)
          ),
          FALSE
        ) AS "has_0",
        COALESCE(BOOL_OR(CAST("t0"."step" = 'RET' AS BOOLEAN)), FALSE) AS "has_1",
        COALESCE(BOOL_OR(CAST("t0"."step" = 'INI' AS BOOLEAN)), FALSE) AS "over"
      FROM "events" AS "t0"
      GROUP BY
        1
    ) AS "t1"
  ) AS "t2"
) AS "t3"
