SELECT
  `t2`.`c0_value` AS `value`,
  COALESCE(`t2`.`c0_n`, 0) AS `n`
FROM (
  SELECT
    AGGREGATE(
      ARRAY_SORT(
        COLLECT_LIST(
          IF(
            ISNAN(
              IF(
                RLIKE(
                  TRY_ELEMENT_AT(`t1`.`attributes`, 'w'),
                  '^\\s*[+-]?(?:[0-9](?:_?[0-9])*(?:\\.(?:[0-9](?:_?[0-9])*)?)?|\\.[0-9](?:_?[0-9])*)(?:[eE][+-]?[0-9](?:_?[0-9])*)?\\s*$'
                ),
                TRY_CAST(REPLACE(TRY_ELEMENT_AT(`t1`.`attributes`, 'w'), '_', '') AS DOUBLE),
                NULL
              )
            )
            OR (
              ABS(
                IF(
                  RLIKE(
                    TRY_ELEMENT_AT(`t1`.`attributes`, 'w'),
                    '^\\s*[+-]?(?:[0-9](?:_?[0-9])*(?:\\.(?:[0-9](?:_?[0-9])*)?)?|\\.[0-9](?:_?[0-9])*)(?:[eE][+-]?[0-9](?:_?[0-9])*)?\\s*$'
                  ),
                  TRY_CAST(REPLACE(TRY_ELEMENT_AT(`t1`.`attributes`, 'w'), '_', '') AS DOUBLE),
                  NULL
                )
              ) = CAST('Inf' AS DOUBLE)
            ),
            CAST(NULL AS DOUBLE),
            IF(
              RLIKE(
                TRY_ELEMENT_AT(`t1`.`attributes`, 'w'),
                '^\\s*[+-]?(?:[0-9](?:_?[0-9])*(?:\\.(?:[0-9](?:_?[0-9])*)?)?|\\.[0-9](?:_?[0-9])*)(?:[eE][+-]?[0-9](?:_?[0-9])*)?\\s*$'
              ),
              TRY_CAST(REPLACE(TRY_ELEMENT_AT(`t1`.`attributes`, 'w'), '_', '') AS DOUBLE),
              NULL
            )
          )
        )
      ),
      STRUCT(CAST(NULL AS DOUBLE) AS total, CAST(0 AS DOUBLE) AS error),
      (s, x) -> STRUCT(
        COALESCE(s.total, CAST(0 AS DOUBLE)) + (
          x - s.error
        ) AS total,
        (
          (
            COALESCE(s.total, CAST(0 AS DOUBLE)) + (
              x - s.error
            )
          ) - COALESCE(s.total, CAST(0 AS DOUBLE))
        ) - (
          x - s.error
        ) AS error
      ),
      s -> s.total
    ) AS `c0_value`,
    COUNT(
      IF(
        ISNAN(
          IF(
            RLIKE(
              TRY_ELEMENT_AT(`t1`.`attributes`, 'w'),
              '^\\s*[+-]?(?:[0-9](?:_?[0-9])*(?:\\.(?:[0-9](?:_?[0-9])*)?)?|\\.[0-9](?:_?[0-9])*)(?:[eE][+-]?[0-9](?:_?[0-9])*)?\\s*$'
            ),
            TRY_CAST(REPLACE(TRY_ELEMENT_AT(`t1`.`attributes`, 'w'), '_', '') AS DOUBLE),
            NULL
          )
        )
        OR (
          ABS(
            IF(
              RLIKE(
                TRY_ELEMENT_AT(`t1`.`attributes`, 'w'),
                '^\\s*[+-]?(?:[0-9](?:_?[0-9])*(?:\\.(?:[0-9](?:_?[0-9])*)?)?|\\.[0-9](?:_?[0-9])*)(?:[eE][+-]?[0-9](?:_?[0-9])*)?\\s*$'
              ),
              TRY_CAST(REPLACE(TRY_ELEMENT_AT(`t1`.`attributes`, 'w'), '_', '') AS DOUBLE),
              NULL
            )
          ) = CAST('Inf' AS DOUBLE)
        ),
        CAST(NULL AS DOUBLE),
        IF(
          RLIKE(
            TRY_ELEMENT_AT(`t1`.`attributes`, 'w'),
            '^\\s*[+-]?(?:[0-9](?:_?[0-9])*(?:\\.(?:[0-9](?:_?[0-9])*)?)?|\\.[0-9](?:_?[0-9])*)(?:[eE][+-]?[0-9](?:_?[0-9])*)?\\s*$'
          ),
          TRY_CAST(REPLACE(TRY_ELEMENT_AT(`t1`.`attributes`, 'w'), '_', '') AS DOUBLE),
          NULL
        )
      )
    ) AS `c0_n`
  FROM (
    SELECT
      *
    FROM `events` AS `t0`
    WHERE
      `t0`.`step` = 'PST' AND TRY_ELEMENT_AT(`t0`.`attributes`, 'final') = 'yes'
  ) AS `t1`
) AS `t2`
