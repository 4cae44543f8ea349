WITH log_clock AS (
  SELECT
    COALESCE(`t1`.`timely`, `t1`.`newest`) AS `clock`
  FROM (
    SELECT
      MAX(`t0`.`event_time`) FILTER(WHERE
        UNIX_MICROS(`t0`.`event_time`) <= (
          UNIX_MICROS(`t0`.`ingested_at`) + 86400000000
        )) AS `timely`,
      MAX(`t0`.`event_time`) AS `newest`
    FROM `events` AS `t0`
  ) AS `t1`
), `t18` AS (
  SELECT
    `t15`.`day`,
    `t15`.`opens`,
    `t15`.`long`,
    SUM(CAST(`t15`.`long` AS DECIMAL(38, 0))) OVER (
      ORDER BY `t15`.`day` ASC NULLS LAST
      ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
    ) - `t15`.`long` AS `before`,
    SUM(CAST(CAST(`t15`.`long` > 0 AS BIGINT) AS DECIMAL(38, 0))) OVER (
      ORDER BY `t15`.`day` ASC NULLS LAST
      ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
    ) - CAST(`t15`.`long` > 0 AS BIGINT) AS `earlier`
  FROM (
    SELECT
      `t7`.`day`,
      UNIX_MICROS(
        IF(
          FROM_UTC_TIMESTAMP(
            TIMESTAMP_MICROS(
              (
                UNIX_MICROS(`t7`.`day` + INTERVAL '28800' SECOND) - UNIX_MICROS(
                  FROM_UTC_TIMESTAMP(
                    TO_UTC_TIMESTAMP(`t7`.`day` + INTERVAL '28800' SECOND, 'America/New_York') - INTERVAL '24' HOUR,
                    'America/New_York'
                  )
                )
              ) + UNIX_MICROS(
                TO_UTC_TIMESTAMP(`t7`.`day` + INTERVAL '28800' SECOND, 'America/New_York') - INTERVAL '24' HOUR
              )
            ),
            'America/New_York'
          ) = (
            `t7`.`day` + INTERVAL '28800' SECOND
          ),
          TIMESTAMP_MICROS(
            (
              UNIX_MICROS(`t7`.`day` + INTERVAL '28800' SECOND) - UNIX_MICROS(
                FROM_UTC_TIMESTAMP(
                  TO_UTC_TIMESTAMP(`t7`.`day` + INTERVAL '28800' SECOND, 'America/New_York') - INTERVAL '24' HOUR,
                  'America/New_York'
                )
              )
            ) + UNIX_MICROS(
              TO_UTC_TIMESTAMP(`t7`.`day` + INTERVAL '28800' SECOND, 'America/New_York') - INTERVAL '24' HOUR
            )
          ),
          TO_UTC_TIMESTAMP(`t7`.`day` + INTERVAL '28800' SECOND, 'America/New_York')
        )
      ) AS `opens`,
      IF(
        (
          DAYOFWEEK(`t7`.`day`) + 5
        ) % 7 IN (0, 1, 2, 3, 4)
        AND NOT (
          CAST(`t7`.`day` AS DATE) IN (MAKE_DATE(2026, 1, 19))
        ),
        GREATEST(
          UNIX_MICROS(
            IF(
              FROM_UTC_TIMESTAMP(
                TIMESTAMP_MICROS(
                  (
                    UNIX_MICROS(`t7`.`day` + INTERVAL '64800' SECOND) - UNIX_MICROS(
                      FROM_UTC_TIMESTAMP(
                        TO_UTC_TIMESTAMP(`t7`.`day` + INTERVAL '64800' SECOND, 'America/New_York') - INTERVAL '24' HOUR,
                        'America/New_York'
                      )
                    )
                  ) + UNIX_MICROS(
                    TO_UTC_TIMESTAMP(`t7`.`day` + INTERVAL '64800' SECOND, 'America/New_York') - INTERVAL '24' HOUR
                  )
                ),
                'America/New_York'
              ) = (
                `t7`.`day` + INTERVAL '64800' SECOND
              ),
              TIMESTAMP_MICROS(
                (
                  UNIX_MICROS(`t7`.`day` + INTERVAL '64800' SECOND) - UNIX_MICROS(
                    FROM_UTC_TIMESTAMP(
                      TO_UTC_TIMESTAMP(`t7`.`day` + INTERVAL '64800' SECOND, 'America/New_York') - INTERVAL '24' HOUR,
                      'America/New_York'
                    )
                  )
                ) + UNIX_MICROS(
                  TO_UTC_TIMESTAMP(`t7`.`day` + INTERVAL '64800' SECOND, 'America/New_York') - INTERVAL '24' HOUR
                )
              ),
              TO_UTC_TIMESTAMP(`t7`.`day` + INTERVAL '64800' SECOND, 'America/New_York')
            )
          ) - UNIX_MICROS(
            IF(
              FROM_UTC_TIMESTAMP(
                TIMESTAMP_MICROS(
                  (
                    UNIX_MICROS(`t7`.`day` + INTERVAL '28800' SECOND) - UNIX_MICROS(
                      FROM_UTC_TIMESTAMP(
                        TO_UTC_TIMESTAMP(`t7`.`day` + INTERVAL '28800' SECOND, 'America/New_York') - INTERVAL '24' HOUR,
                        'America/New_York'
                      )
                    )
                  ) + UNIX_MICROS(
                    TO_UTC_TIMESTAMP(`t7`.`day` + INTERVAL '28800' SECOND, 'America/New_York') - INTERVAL '24' HOUR
                  )
                ),
                'America/New_York'
              ) = (
                `t7`.`day` + INTERVAL '28800' SECOND
              ),
              TIMESTAMP_MICROS(
                (
                  UNIX_MICROS(`t7`.`day` + INTERVAL '28800' SECOND) - UNIX_MICROS(
                    FROM_UTC_TIMESTAMP(
                      TO_UTC_TIMESTAMP(`t7`.`day` + INTERVAL '28800' SECOND, 'America/New_York') - INTERVAL '24' HOUR,
                      'America/New_York'
                    )
                  )
                ) + UNIX_MICROS(
                  TO_UTC_TIMESTAMP(`t7`.`day` + INTERVAL '28800' SECOND, 'America/New_York') - INTERVAL '24' HOUR
                )
              ),
              TO_UTC_TIMESTAMP(`t7`.`day` + INTERVAL '28800' SECOND, 'America/New_York')
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
            DATE_TRUNC('day', FROM_UTC_TIMESTAMP(`t3`.`low`, 'America/New_York')),
            (
              DATE_TRUNC('day', FROM_UTC_TIMESTAMP(`t3`.`high`, 'America/New_York')) + INTERVAL '1' DAY
            ) - INTERVAL '1' MICROSECOND,
            INTERVAL '1' DAY
          )
        ) AS `day`
      FROM (
        SELECT
          MIN(`t1`.`event_time`) AS `low`,
          MAX(`t1`.`event_time`) AS `high`
        FROM `events` AS `t1`
      ) AS `t3`
    ) AS `t7`
  ) AS `t15`
)
SELECT
  COALESCE(`t36`.`c0_value`, 0) AS `value`,
  COALESCE(`t36`.`c0_n`, 0) AS `n`
FROM (
  SELECT
    COUNT(*) FILTER(WHERE
      `t35`.`pending`) AS `c0_value`,
    COUNT(*) AS `c0_n`
  FROM (
    SELECT
      `t34`.`case_id`,
      `t34`.`at`,
      `t34`.`breaks`,
      `t34`.`waits` AND NOT (
        `t34`.`breaks`
      ) AS `pending`
    FROM (
      SELECT
        `t33`.`case_id`,
        MIN(`t33`.`started`) AS `at`,
        COALESCE(BOOL_OR(`t33`.`over`), FALSE) AS `breaks`,
        COALESCE(BOOL_OR(NOT (
          `t33`.`came`
        ) AND NOT (
          `t33`.`over`
        )), FALSE) AS `waits`
      FROM (
        SELECT
          `t32`.`case_id`,
          `t32`.`started`,
          `t32`.`closes`,
          `t32`.`clock`,
          `t32`.`came`,
          `t32`.`ended`,
          `t32`.`lasted`,
          `t32`.`lasted` >= 2 AS `over`
        FROM (
          SELECT
            `t31`.`case_id`,
            `t31`.`started`,
            `t31`.`closes`,
            `t31`.`clock`,
            `t31`.`came`,
            `t31`.`ended`,
            IF(
              `t31`.`ended` IS NULL,
              CAST(NULL AS BIGINT),
              GREATEST(`t31`.`done` - `t31`.`began`, 0) - `t31`.`stopped`
            ) AS `lasted`
          FROM (
            SELECT
              `t17`.`case_id`,
              `t17`.`started`,
              `t17`.`closes`,
              `t17`.`clock`,
              `t17`.`came`,
              `t17`.`ended`,
              `t20`.`earlier` + 1 + IF(
                FROM_UTC_TIMESTAMP(`t17`.`started`, 'America/New_York') > (
                  `t20`.`day` + INTERVAL '61200' SECOND
                ),
                CAST(`t20`.`long` > 0 AS BIGINT),
                0
              ) AS `began`,
              `t21`.`earlier` AS `done`,
              COALESCE(`t30`.`stopped`, 0) AS `stopped`
            FROM (
              SELECT
                `t14`.`case_id`,
                `t14`.`started`,
                `t14`.`closes`,
                `t14`.`clock`,
                `t14`.`came`,
                IF(`t14`.`came`, `t14`.`closes`, `t14`.`clock`) AS `ended`
              FROM (
                SELECT
                  `t13`.`case_id`,
                  `t13`.`started`,
                  `t13`.`closes`,
                  COALESCE((
                    SELECT
                      *
                    FROM `log_clock` AS `t0`
                  )) AS `clock`,
                  COALESCE(`t13`.`closes` <= COALESCE((
                    SELECT
                      *
                    FROM `log_clock` AS `t0`
                  )), FALSE) AS `came`
                FROM (
                  SELECT
                    `t12`.`case_id`,
                    `t12`.`opens` AS `started`,
                    MIN(`t12`.`closes`) AS `closes`
                  FROM (
                    SELECT
                      `t11`.`case_id`,
                      `t11`.`event_id`,
                      `t11`.`opens`,
                      `t11`.`closes`
                    FROM (
                      SELECT
                        `t10`.`case_id`,
                        `t10`.`event_id`,
                        `t10`.`opens`,
                        `t10`.`begins`,
                        `t10`.`ends`,
                        MIN(`t10`.`ends`) OVER (
                          PARTITION BY `t10`.`case_id`
                          ORDER BY `t10`.`opens` ASC NULLS LAST
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
                          FROM `events` AS `t1`
                          WHERE
                            (
                              `t1`.`step` = 'RCV'
                            )
                            OR (
                              (
                                `t1`.`step` = 'PST'
                              )
                              AND (
                                TRY_ELEMENT_AT(`t1`.`attributes`, 'final') = 'yes'
                              )
                            )
                        ) AS `t5`
                      ) AS `t10`
                    ) AS `t11`
                    WHERE
                      `t11`.`begins`
                  ) AS `t12`
                  GROUP BY
                    1,
                    2
                ) AS `t13`
              ) AS `t14`
            ) AS `t17`
            LEFT OUTER JOIN `t18` AS `t20`
              ON DATE_TRUNC('day', FROM_UTC_TIMESTAMP(`t17`.`started`, 'America/New_York')) = `t20`.`day`
            LEFT OUTER JOIN `t18` AS `t21`
              ON DATE_TRUNC('day', FROM_UTC_TIMESTAMP(`t17`.`ended`, 'America/New_York')) = `t21`.`day`
            LEFT OUTER JOIN (
              SELECT
                `t28`.`case_id`,
                `t28`.`began_at`,
                `t28`.`ended_at`,
                SUM(CAST(`t28`.`long` AS DECIMAL(38, 0))) AS `stopped`
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
                  `t27`.`halted`,
                  `t27`.`resumed`,
                  GREATEST(LEAST(`t27`.`resumed`, `t27`.`done`) - GREATEST(`t27`.`halted`, `t27`.`began`), 0) AS `long`
                FROM (
                  SELECT
                    `t26`.`case_id`,
                    `t26`.`started`,
                    `t26`.`closes`,
                    `t26`.`clock`,
                    `t26`.`came`,
                    `t26`.`ended`,
                    `t26`.`began`,
                    `t26`.`done`,
                    `t26`.`since`,
                    `t26`.`until`,
                    `t26`.`began_at`,
                    `t26`.`ended_at`,
                    `t22`.`earlier` + IF(`t22`.`opens` < UNIX_MICROS(`t26`.`since`), CAST(`t22`.`long` > 0 AS BIGINT), 0) AS `halted`,
                    `t23`.`earlier` + IF(`t23`.`opens` < UNIX_MICROS(`t26`.`until`), CAST(`t23`.`long` > 0 AS BIGINT), 0) AS `resumed`
                  FROM (
                    SELECT
                      `t24`.`case_id`,
                      `t24`.`started`,
                      `t24`.`closes`,
                      `t24`.`clock`,
                      `t24`.`came`,
                      `t24`.`ended`,
                      `t24`.`began`,
                      `t24`.`done`,
                      GREATEST(`t24`.`since`, `t24`.`started`) AS `since`,
                      LEAST(`t24`.`until`, `t24`.`ended`) AS `until`,
                      `t24`.`started` AS `began_at`,
                      `t24`.`ended` AS `ended_at`
                    FROM (
                      SELECT
                        `t17`.`case_id`,
                        `t17`.`started`,
                        `t17`.`closes`,
                        `t17`.`clock`,
                        `t17`.`came`,
                        `t17`.`ended`,
                        `t20`.`earlier` + 1 + IF(
                          FROM_UTC_TIMESTAMP(`t17`.`started`, 'America/New_York') > (
                            `t20`.`day` + INTERVAL '61200' SECOND
                          ),
                          CAST(`t20`.`long` > 0 AS BIGINT),
                          0
                        ) AS `began`,
                        `t21`.`earlier` AS `done`,
                        `t9`.`since`,
                        `t9`.`until`
                      FROM (
                        SELECT
                          `t14`.`case_id`,
                          `t14`.`started`,
                          `t14`.`closes`,
                          `t14`.`clock`,
                          `t14`.`came`,
                          IF(`t14`.`came`, `t14`.`closes`, `t14`.`clock`) AS `ended`
                        FROM (
                          SELECT
                            `t13`.`case_id`,
                            `t13`.`started`,
                            `t13`.`closes`,
                            COALESCE((
                              SELECT
                                *
                              FROM `log_clock` AS `t0`
                            )) AS `clock`,
                            COALESCE(`t13`.`closes` <= COALESCE((
                              SELECT
                                *
                              FROM `log_clock` AS `t0`
                            )), FALSE) AS `came`
                          FROM (
                            SELECT
                              `t12`.`case_id`,
                              `t12`.`opens` AS `started`,
                              MIN(`t12`.`closes`) AS `closes`
                            FROM (
                              SELECT
                                `t11`.`case_id`,
                                `t11`.`event_id`,
                                `t11`.`opens`,
                                `t11`.`closes`
                              FROM (
                                SELECT
                                  `t10`.`case_id`,
                                  `t10`.`event_id`,
                                  `t10`.`opens`,
                                  `t10`.`begins`,
                                  `t10`.`ends`,
                                  MIN(`t10`.`ends`) OVER (
                                    PARTITION BY `t10`.`case_id`
                                    ORDER BY `t10`.`opens` ASC NULLS LAST
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
                                    FROM `events` AS `t1`
                                    WHERE
                                      (
                                        `t1`.`step` = 'RCV'
                                      )
                                      OR (
                                        (
                                          `t1`.`step` = 'PST'
                                        )
                                        AND (
                                          TRY_ELEMENT_AT(`t1`.`attributes`, 'final') = 'yes'
                                        )
                                      )
                                  ) AS `t5`
                                ) AS `t10`
                              ) AS `t11`
                              WHERE
                                `t11`.`begins`
                            ) AS `t12`
                            GROUP BY
                              1,
                              2
                          ) AS `t13`
                        ) AS `t14`
                      ) AS `t17`
                      LEFT OUTER JOIN `t18` AS `t20`
                        ON DATE_TRUNC('day', FROM_UTC_TIMESTAMP(`t17`.`started`, 'America/New_York')) = `t20`.`day`
                      LEFT OUTER JOIN `t18` AS `t21`
                        ON DATE_TRUNC('day', FROM_UTC_TIMESTAMP(`t17`.`ended`, 'America/New_York')) = `t21`.`day`
                      INNER JOIN (
                        SELECT
                          `t6`.`case_id`,
                          `t6`.`event_time` AS `since`,
                          `t6`.`until`
                        FROM (
                          SELECT
                            `t4`.`case_id`,
                            `t4`.`event_time`,
                            `t4`.`event_id`,
                            `t4`.`halts`,
                            LEAD(`t4`.`event_time`) OVER (
                              PARTITION BY `t4`.`case_id`
                              ORDER BY `t4`.`event_time` ASC NULLS LAST, `t4`.`event_id` ASC NULLS LAST
                            ) AS `until`
                          FROM (
                            SELECT
                              `t1`.`case_id`,
                              `t1`.`event_time`,
                              `t1`.`event_id`,
                              NOT (
                                COALESCE(`t1`.`step` = 'GO', FALSE)
                              ) AS `halts`
                            FROM `events` AS `t1`
                            WHERE
                              COALESCE(`t1`.`step` = 'HLD', FALSE) OR COALESCE(`t1`.`step` = 'GO', FALSE)
                          ) AS `t4`
                        ) AS `t6`
                        WHERE
                          `t6`.`halts`
                      ) AS `t9`
                        ON `t17`.`case_id` = `t9`.`case_id`
                    ) AS `t24`
                    WHERE
                      `t24`.`since` < `t24`.`ended`
                      AND (
                        (
                          `t24`.`until` IS NULL
                        ) OR (
                          `t24`.`until` > `t24`.`started`
                        )
                      )
                  ) AS `t26`
                  LEFT OUTER JOIN `t18` AS `t22`
                    ON DATE_TRUNC('day', FROM_UTC_TIMESTAMP(`t26`.`since`, 'America/New_York')) = `t22`.`day`
                  LEFT OUTER JOIN `t18` AS `t23`
                    ON DATE_TRUNC('day', FROM_UTC_TIMESTAMP(`t26`.`until`, 'America/New_York')) = `t23`.`day`
                ) AS `t27`
              ) AS `t28`
              GROUP BY
                1,
                2,
                3
            ) AS `t30`
              ON `t17`.`case_id` = `t30`.`case_id`
              AND `t17`.`started` = `t30`.`began_at`
              AND `t17`.`ended` = `t30`.`ended_at`
          ) AS `t31`
        ) AS `t32`
      ) AS `t33`
      GROUP BY
        1
    ) AS `t34`
  ) AS `t35`
) AS `t36`
