WITH `t19` AS (
  SELECT
    `t16`.`day`,
    `t16`.`opens`,
    `t16`.`long`,
    SUM(CAST(`t16`.`long` AS DECIMAL(38, 0))) OVER (
      ORDER BY `t16`.`day` ASC NULLS LAST
      ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
    ) - `t16`.`long` AS `before`,
    SUM(CAST(CAST(`t16`.`long` > 0 AS BIGINT) AS DECIMAL(38, 0))) OVER (
      ORDER BY `t16`.`day` ASC NULLS LAST
      ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
    ) - CAST(`t16`.`long` > 0 AS BIGINT) AS `earlier`
  FROM (
    SELECT
      `t8`.`day`,
      UNIX_MICROS(
        IF(
          FROM_UTC_TIMESTAMP(
            TIMESTAMP_MICROS(
              (
                UNIX_MICROS(`t8`.`day` + INTERVAL '28800' SECOND) - UNIX_MICROS(
                  FROM_UTC_TIMESTAMP(
                    TO_UTC_TIMESTAMP(`t8`.`day` + INTERVAL '28800' SECOND, 'America/New_York') - INTERVAL '24' HOUR,
                    'America/New_York'
                  )
                )
              ) + UNIX_MICROS(
                TO_UTC_TIMESTAMP(`t8`.`day` + INTERVAL '28800' SECOND, 'America/New_York') - INTERVAL '24' HOUR
              )
            ),
            'America/New_York'
          ) = (
            `t8`.`day` + INTERVAL '28800' SECOND
          ),
          TIMESTAMP_MICROS(
            (
              UNIX_MICROS(`t8`.`day` + INTERVAL '28800' SECOND) - UNIX_MICROS(
                FROM_UTC_TIMESTAMP(
                  TO_UTC_TIMESTAMP(`t8`.`day` + INTERVAL '28800' SECOND, 'America/New_York') - INTERVAL '24' HOUR,
                  'America/New_York'
                )
              )
            ) + UNIX_MICROS(
              TO_UTC_TIMESTAMP(`t8`.`day` + INTERVAL '28800' SECOND, 'America/New_York') - INTERVAL '24' HOUR
            )
          ),
          TO_UTC_TIMESTAMP(`t8`.`day` + INTERVAL '28800' SECOND, 'America/New_York')
        )
      ) AS `opens`,
      IF(
        (
          DAYOFWEEK(`t8`.`day`) + 5
        ) % 7 IN (0, 1, 2, 3, 4)
        AND NOT (
          CAST(`t8`.`day` AS DATE) IN (MAKE_DATE(2026, 1, 19))
        ),
        GREATEST(
          UNIX_MICROS(
            IF(
              FROM_UTC_TIMESTAMP(
                TIMESTAMP_MICROS(
                  (
                    UNIX_MICROS(`t8`.`day` + INTERVAL '64800' SECOND) - UNIX_MICROS(
                      FROM_UTC_TIMESTAMP(
                        TO_UTC_TIMESTAMP(`t8`.`day` + INTERVAL '64800' SECOND, 'America/New_York') - INTERVAL '24' HOUR,
                        'America/New_York'
                      )
                    )
                  ) + UNIX_MICROS(
                    TO_UTC_TIMESTAMP(`t8`.`day` + INTERVAL '64800' SECOND, 'America/New_York') - INTERVAL '24' HOUR
                  )
                ),
                'America/New_York'
              ) = (
                `t8`.`day` + INTERVAL '64800' SECOND
              ),
              TIMESTAMP_MICROS(
                (
                  UNIX_MICROS(`t8`.`day` + INTERVAL '64800' SECOND) - UNIX_MICROS(
                    FROM_UTC_TIMESTAMP(
                      TO_UTC_TIMESTAMP(`t8`.`day` + INTERVAL '64800' SECOND, 'America/New_York') - INTERVAL '24' HOUR,
                      'America/New_York'
                    )
                  )
                ) + UNIX_MICROS(
                  TO_UTC_TIMESTAMP(`t8`.`day` + INTERVAL '64800' SECOND, 'America/New_York') - INTERVAL '24' HOUR
                )
              ),
              TO_UTC_TIMESTAMP(`t8`.`day` + INTERVAL '64800' SECOND, 'America/New_York')
            )
          ) - UNIX_MICROS(
            IF(
              FROM_UTC_TIMESTAMP(
                TIMESTAMP_MICROS(
                  (
                    UNIX_MICROS(`t8`.`day` + INTERVAL '28800' SECOND) - UNIX_MICROS(
                      FROM_UTC_TIMESTAMP(
                        TO_UTC_TIMESTAMP(`t8`.`day` + INTERVAL '28800' SECOND, 'America/New_York') - INTERVAL '24' HOUR,
                        'America/New_York'
                      )
                    )
                  ) + UNIX_MICROS(
                    TO_UTC_TIMESTAMP(`t8`.`day` + INTERVAL '28800' SECOND, 'America/New_York') - INTERVAL '24' HOUR
                  )
                ),
                'America/New_York'
              ) = (
                `t8`.`day` + INTERVAL '28800' SECOND
              ),
              TIMESTAMP_MICROS(
                (
                  UNIX_MICROS(`t8`.`day` + INTERVAL '28800' SECOND) - UNIX_MICROS(
                    FROM_UTC_TIMESTAMP(
                      TO_UTC_TIMESTAMP(`t8`.`day` + INTERVAL '28800' SECOND, 'America/New_York') - INTERVAL '24' HOUR,
                      'America/New_York'
                    )
                  )
                ) + UNIX_MICROS(
                  TO_UTC_TIMESTAMP(`t8`.`day` + INTERVAL '28800' SECOND, 'America/New_York') - INTERVAL '24' HOUR
                )
              ),
              TO_UTC_TIMESTAMP(`t8`.`day` + INTERVAL '28800' SECOND, 'America/New_York')
            )
          ),
          0
        ),
        0
      ) AS `long`
    FROM (
      SELECT
        EXPLODE(
          SEQUENCE(
            DATE_TRUNC('day', FROM_UTC_TIMESTAMP(`t2`.`low`, 'America/New_York')),
            (
              DATE_TRUNC('day', FROM_UTC_TIMESTAMP(`t2`.`high`, 'America/New_York')) + INTERVAL '1' DAY
            ) - INTERVAL '1' MICROSECOND,
            INTERVAL '1' DAY
          )
        ) AS `day`
      FROM (
        SELECT
          MIN(`t0`.`event_time`) AS `low`,
          MAX(`t0`.`event_time`) AS `high`
        FROM `events` AS `t0`
      ) AS `t2`
    ) AS `t8`
  ) AS `t16`
)
SELECT
  COALESCE(`t37`.`c0_value`, 0) AS `value`,
  COALESCE(`t37`.`c0_n`, 0) AS `n`
FROM (
  SELECT
    COUNT(*) FILTER(WHERE
      `t36`.`pending`) AS `c0_value`,
    COUNT(*) AS `c0_n`
  FROM (
    SELECT
      `t35`.`case_id`,
      `t35`.`at`,
      `t35`.`breaks`,
      `t35`.`waits` AND NOT (
        `t35`.`breaks`
      ) AS `pending`
    FROM (
      SELECT
        `t34`.`case_id`,
        MIN(`t34`.`started`) AS `at`,
        COALESCE(BOOL_OR(`t34`.`over`), FALSE) AS `breaks`,
        COALESCE(BOOL_OR(NOT (
          `t34`.`came`
        ) AND NOT (
          `t34`.`over`
        )), FALSE) AS `waits`
      FROM (
        SELECT
          `t33`.`case_id`,
          `t33`.`started`,
          `t33`.`closes`,
          `t33`.`clock`,
          `t33`.`came`,
          `t33`.`ended`,
          `t33`.`lasted`,
          `t33`.`lasted` >= 2 AS `over`
        FROM (
          SELECT
            `t32`.`case_id`,
            `t32`.`started`,
            `t32`.`closes`,
            `t32`.`clock`,
            `t32`.`came`,
            `t32`.`ended`,
            IF(
              `t32`.`ended` IS NULL,
              CAST(NULL AS BIGINT),
              GREATEST(`t32`.`done` - `t32`.`began`, 0) - `t32`.`stopped`
            ) AS `lasted`
          FROM (
            SELECT
              `t18`.`case_id`,
              `t18`.`started`,
              `t18`.`closes`,
              `t18`.`clock`,
              `t18`.`came`,
              `t18`.`ended`,
              `t21`.`earlier` + 1 + IF(
                FROM_UTC_TIMESTAMP(`t18`.`started`, 'America/New_York') > (
                  `t21`.`day` + INTERVAL '61200' SECOND
                ),
                CAST(`t21`.`long` > 0 AS BIGINT),
                0
              ) AS `began`,
              `t22`.`earlier` AS `done`,
              COALESCE(`t31`.`stopped`, 0) AS `stopped`
            FROM (
              SELECT
                `t15`.`case_id`,
                `t15`.`started`,
                `t15`.`closes`,
                `t15`.`clock`,
                COALESCE(`t15`.`closes` <= `t15`.`clock`, FALSE) AS `came`,
                IF(COALESCE(`t15`.`closes` <= `t15`.`clock`, FALSE), `t15`.`closes`, `t15`.`clock`) AS `ended`
              FROM (
                SELECT
                  `t14`.`case_id`,
                  `t14`.`started`,
                  `t14`.`closes`,
                  COALESCE(
                    (
                      SELECT
                        MAX(`t4`.`event_time`) AS `Max(event_time)`
                      FROM (
                        SELECT
                          *
                        FROM `events` AS `t0`
                        WHERE
                          UNIX_MICROS(`t0`.`event_time`) <= (
                            UNIX_MICROS(`t0`.`ingested_at`) + 86400000000
                          )
                      ) AS `t4`
                    ),
                    (
                      SELECT
                        MAX(`t0`.`event_time`) AS `Max(event_time)`
                      FROM `events` AS `t0`
                    )
                  ) AS `clock`
                FROM (
                  SELECT
                    `t13`.`case_id`,
                    `t13`.`opens` AS `started`,
                    MIN(`t13`.`closes`) AS `closes`
                  FROM (
                    SELECT
                      `t12`.`case_id`,
                      `t12`.`event_id`,
                      `t12`.`opens`,
                      `t12`.`closes`
                    FROM (
                      SELECT
                        `t11`.`case_id`,
                        `t11`.`event_id`,
                        `t11`.`opens`,
                        `t11`.`begins`,
                        `t11`.`ends`,
                        MIN(`t11`.`ends`) OVER (
                          PARTITION BY `t11`.`case_id`
                          ORDER BY `t11`.`opens` ASC NULLS LAST
                          RANGE BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING
                        ) AS `closes`
                      FROM (
                        SELECT
                          `t5`.`case_id`,
                          `t5`.`event_id`,
                          `t5`.`event_time` AS `opens`,
                          COALESCE(`t5`.`step` = 'RCV', FALSE) AS `begins`,
                          IF(
                            COALESCE(
                              (
                                `t5`.`step` = 'PST'
                              )
                              AND (
                                TRY_ELEMENT_AT(`t5`.`attributes`, 'final') = 'yes'
                              ),
                              FALSE
                            ),
                            `t5`.`event_time`,
                            CAST(NULL AS TIMESTAMP)
                          ) AS `ends`
                        FROM (
                          SELECT
                            *
                          FROM `events` AS `t0`
                          WHERE
                            (
                              `t0`.`step` = 'RCV'
                            )
                            OR (
                              (
                                `t0`.`step` = 'PST'
                              )
                              AND (
                                TRY_ELEMENT_AT(`t0`.`attributes`, 'final') = 'yes'
                              )
                            )
                        ) AS `t5`
                      ) AS `t11`
                    ) AS `t12`
                    WHERE
                      `t12`.`begins`
                  ) AS `t13`
                  GROUP BY
                    1,
                    2
                ) AS `t14`
              ) AS `t15`
            ) AS `t18`
            LEFT OUTER JOIN `t19` AS `t21`
              ON DATE_TRUNC('day', FROM_UTC_TIMESTAMP(`t18`.`started`, 'America/New_York')) = `t21`.`day`
            LEFT OUTER JOIN `t19` AS `t22`
              ON DATE_TRUNC('day', FROM_UTC_TIMESTAMP(`t18`.`ended`, 'America/New_York')) = `t22`.`day`
            LEFT OUTER JOIN (
              SELECT
                `t29`.`case_id`,
                `t29`.`began_at`,
                `t29`.`ended_at`,
                SUM(CAST(`t29`.`long` AS DECIMAL(38, 0))) AS `stopped`
              FROM (
                SELECT
                  `t28`.`case_id`,
                  `t28`.`started`,
                  `t28`.`closes`,
                  `t28`.`clock`,
                  `t28`.`came`,
                  `t28`.`ended`,
                  `t28`.`began`,
                  `t28`.`done`,
                  `t28`.`since`,
                  `t28`.`until`,
                  `t28`.`began_at`,
                  `t28`.`ended_at`,
                  `t28`.`halted`,
                  `t28`.`resumed`,
                  GREATEST(LEAST(`t28`.`resumed`, `t28`.`done`) - GREATEST(`t28`.`halted`, `t28`.`began`), 0) AS `long`
                FROM (
                  SELECT
                    `t27`.`case_id`,
                    `t27`.`started`,
                    `t27`.`closes`,
                    `t27`.`clock`,
                    `t27`.`came`,
                    `t27`.`ended`,
                    `t27`.`began`,
                    `t27`.`done`,
                    `t27`.`since`,
                    `t27`.`until`,
                    `t27`.`began_at`,
                    `t27`.`ended_at`,
                    `t23`.`earlier` + IF(`t23`.`opens` < UNIX_MICROS(`t27`.`since`), CAST(`t23`.`long` > 0 AS BIGINT), 0) AS `halted`,
                    `t24`.`earlier` + IF(`t24`.`opens` < UNIX_MICROS(`t27`.`until`), CAST(`t24`.`long` > 0 AS BIGINT), 0) AS `resumed`
                  FROM (
                    SELECT
                      `t25`.`case_id`,
                      `t25`.`started`,
                      `t25`.`closes`,
                      `t25`.`clock`,
                      `t25`.`came`,
                      `t25`.`ended`,
                      `t25`.`began`,
                      `t25`.`done`,
                      GREATEST(`t25`.`since`, `t25`.`started`) AS `since`,
                      LEAST(`t25`.`until`, `t25`.`ended`) AS `until`,
                      `t25`.`started` AS `began_at`,
                      `t25`.`ended` AS `ended_at`
                    FROM (
                      SELECT
                        `t18`.`case_id`,
                        `t18`.`started`,
                        `t18`.`closes`,
                        `t18`.`clock`,
                        `t18`.`came`,
                        `t18`.`ended`,
                        `t21`.`earlier` + 1 + IF(
                          FROM_UTC_TIMESTAMP(`t18`.`started`, 'America/New_York') > (
                            `t21`.`day` + INTERVAL '61200' SECOND
                          ),
                          CAST(`t21`.`long` > 0 AS BIGINT),
                          0
                        ) AS `began`,
                        `t22`.`earlier` AS `done`,
                        `t10`.`since`,
                        `t10`.`until`
                      FROM (
                        SELECT
                          `t15`.`case_id`,
                          `t15`.`started`,
                          `t15`.`closes`,
                          `t15`.`clock`,
                          COALESCE(`t15`.`closes` <= `t15`.`clock`, FALSE) AS `came`,
                          IF(COALESCE(`t15`.`closes` <= `t15`.`clock`, FALSE), `t15`.`closes`, `t15`.`clock`) AS `ended`
                        FROM (
                          SELECT
                            `t14`.`case_id`,
                            `t14`.`started`,
                            `t14`.`closes`,
                            COALESCE(
                              (
                                SELECT
                                  MAX(`t4`.`event_time`) AS `Max(event_time)`
                                FROM (
                                  SELECT
                                    *
                                  FROM `events` AS `t0`
                                  WHERE
                                    UNIX_MICROS(`t0`.`event_time`) <= (
                                      UNIX_MICROS(`t0`.`ingested_at`) + 86400000000
                                    )
                                ) AS `t4`
                              ),
                              (
                                SELECT
                                  MAX(`t0`.`event_time`) AS `Max(event_time)`
                                FROM `events` AS `t0`
                              )
                            ) AS `clock`
                          FROM (
                            SELECT
                              `t13`.`case_id`,
                              `t13`.`opens` AS `started`,
                              MIN(`t13`.`closes`) AS `closes`
                            FROM (
                              SELECT
                                `t12`.`case_id`,
                                `t12`.`event_id`,
                                `t12`.`opens`,
                                `t12`.`closes`
                              FROM (
                                SELECT
                                  `t11`.`case_id`,
                                  `t11`.`event_id`,
                                  `t11`.`opens`,
                                  `t11`.`begins`,
                                  `t11`.`ends`,
                                  MIN(`t11`.`ends`) OVER (
                                    PARTITION BY `t11`.`case_id`
                                    ORDER BY `t11`.`opens` ASC NULLS LAST
                                    RANGE BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING
                                  ) AS `closes`
                                FROM (
                                  SELECT
                                    `t5`.`case_id`,
                                    `t5`.`event_id`,
                                    `t5`.`event_time` AS `opens`,
                                    COALESCE(`t5`.`step` = 'RCV', FALSE) AS `begins`,
                                    IF(
                                      COALESCE(
                                        (
                                          `t5`.`step` = 'PST'
                                        )
                                        AND (
                                          TRY_ELEMENT_AT(`t5`.`attributes`, 'final') = 'yes'
                                        ),
                                        FALSE
                                      ),
                                      `t5`.`event_time`,
                                      CAST(NULL AS TIMESTAMP)
                                    ) AS `ends`
                                  FROM (
                                    SELECT
                                      *
                                    FROM `events` AS `t0`
                                    WHERE
                                      (
                                        `t0`.`step` = 'RCV'
                                      )
                                      OR (
                                        (
                                          `t0`.`step` = 'PST'
                                        )
                                        AND (
                                          TRY_ELEMENT_AT(`t0`.`attributes`, 'final') = 'yes'
                                        )
                                      )
                                  ) AS `t5`
                                ) AS `t11`
                              ) AS `t12`
                              WHERE
                                `t12`.`begins`
                            ) AS `t13`
                            GROUP BY
                              1,
                              2
                          ) AS `t14`
                        ) AS `t15`
                      ) AS `t18`
                      LEFT OUTER JOIN `t19` AS `t21`
                        ON DATE_TRUNC('day', FROM_UTC_TIMESTAMP(`t18`.`started`, 'America/New_York')) = `t21`.`day`
                      LEFT OUTER JOIN `t19` AS `t22`
                        ON DATE_TRUNC('day', FROM_UTC_TIMESTAMP(`t18`.`ended`, 'America/New_York')) = `t22`.`day`
                      INNER JOIN (
                        SELECT
                          `t7`.`case_id`,
                          `t7`.`event_time` AS `since`,
                          `t7`.`until`
                        FROM (
                          SELECT
                            `t3`.`case_id`,
                            `t3`.`event_time`,
                            `t3`.`event_id`,
                            `t3`.`halts`,
                            LEAD(`t3`.`event_time`) OVER (
                              PARTITION BY `t3`.`case_id`
                              ORDER BY `t3`.`event_time` ASC NULLS LAST, `t3`.`event_id` ASC NULLS LAST
                            ) AS `until`
                          FROM (
                            SELECT
                              `t0`.`case_id`,
                              `t0`.`event_time`,
                              `t0`.`event_id`,
                              NOT (
                                COALESCE(`t0`.`step` = 'GO', FALSE)
                              ) AS `halts`
                            FROM `events` AS `t0`
                            WHERE
                              COALESCE(`t0`.`step` = 'HLD', FALSE) OR COALESCE(`t0`.`step` = 'GO', FALSE)
                          ) AS `t3`
                        ) AS `t7`
                        WHERE
                          `t7`.`halts`
                      ) AS `t10`
                        ON `t18`.`case_id` = `t10`.`case_id`
                    ) AS `t25`
                    WHERE
                      `t25`.`since` < `t25`.`ended`
                      AND (
                        (
                          `t25`.`until` IS NULL
                        ) OR (
                          `t25`.`until` > `t25`.`started`
                        )
                      )
                  ) AS `t27`
                  LEFT OUTER JOIN `t19` AS `t23`
                    ON DATE_TRUNC('day', FROM_UTC_TIMESTAMP(`t27`.`since`, 'America/New_York')) = `t23`.`day`
                  LEFT OUTER JOIN `t19` AS `t24`
                    ON DATE_TRUNC('day', FROM_UTC_TIMESTAMP(`t27`.`until`, 'America/New_York')) = `t24`.`day`
                ) AS `t28`
              ) AS `t29`
              GROUP BY
                1,
                2,
                3
            ) AS `t31`
              ON `t18`.`case_id` = `t31`.`case_id`
              AND `t18`.`started` = `t31`.`began_at`
              AND `t18`.`ended` = `t31`.`ended_at`
          ) AS `t32`
        ) AS `t33`
      ) AS `t34`
      GROUP BY
        1
    ) AS `t35`
  ) AS `t36`
) AS `t37`
