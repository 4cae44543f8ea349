WITH `t16` AS (
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
      `t6`.`day`,
      UNIX_MICROS(
        IF(
          FROM_UTC_TIMESTAMP(
            TIMESTAMP_MICROS(
              (
                UNIX_MICROS(`t6`.`day` + INTERVAL '28800' SECOND) - UNIX_MICROS(
                  FROM_UTC_TIMESTAMP(
                    TO_UTC_TIMESTAMP(`t6`.`day` + INTERVAL '28800' SECOND, 'America/New_York') - INTERVAL '24' HOUR,
                    'America/New_York'
                  )
                )
              ) + UNIX_MICROS(
                TO_UTC_TIMESTAMP(`t6`.`day` + INTERVAL '28800' SECOND, 'America/New_York') - INTERVAL '24' HOUR
              )
            ),
            'America/New_York'
          ) = (
            `t6`.`day` + INTERVAL '28800' SECOND
          ),
          TIMESTAMP_MICROS(
            (
              UNIX_MICROS(`t6`.`day` + INTERVAL '28800' SECOND) - UNIX_MICROS(
                FROM_UTC_TIMESTAMP(
                  TO_UTC_TIMESTAMP(`t6`.`day` + INTERVAL '28800' SECOND, 'America/New_York') - INTERVAL '24' HOUR,
                  'America/New_York'
                )
              )
            ) + UNIX_MICROS(
              TO_UTC_TIMESTAMP(`t6`.`day` + INTERVAL '28800' SECOND, 'America/New_York') - INTERVAL '24' HOUR
            )
          ),
          TO_UTC_TIMESTAMP(`t6`.`day` + INTERVAL '28800' SECOND, 'America/New_York')
        )
      ) AS `opens`,
      IF(
        (
          DAYOFWEEK(`t6`.`day`) + 5
        ) % 7 IN (0, 1, 2, 3, 4)
        AND NOT (
          CAST(`t6`.`day` AS DATE) IN (MAKE_DATE(2026, 1, 19))
        ),
        GREATEST(
          UNIX_MICROS(
            IF(
              FROM_UTC_TIMESTAMP(
                TIMESTAMP_MICROS(
                  (
                    UNIX_MICROS(`t6`.`day` + INTERVAL '64800' SECOND) - UNIX_MICROS(
                      FROM_UTC_TIMESTAMP(
                        TO_UTC_TIMESTAMP(`t6`.`day` + INTERVAL '64800' SECOND, 'America/New_York') - INTERVAL '24' HOUR,
                        'America/New_York'
                      )
                    )
                  ) + UNIX_MICROS(
                    TO_UTC_TIMESTAMP(`t6`.`day` + INTERVAL '64800' SECOND, 'America/New_York') - INTERVAL '24' HOUR
                  )
                ),
                'America/New_York'
              ) = (
                `t6`.`day` + INTERVAL '64800' SECOND
              ),
              TIMESTAMP_MICROS(
                (
                  UNIX_MICROS(`t6`.`day` + INTERVAL '64800' SECOND) - UNIX_MICROS(
                    FROM_UTC_TIMESTAMP(
                      TO_UTC_TIMESTAMP(`t6`.`day` + INTERVAL '64800' SECOND, 'America/New_York') - INTERVAL '24' HOUR,
                      'America/New_York'
                    )
                  )
                ) + UNIX_MICROS(
                  TO_UTC_TIMESTAMP(`t6`.`day` + INTERVAL '64800' SECOND, 'America/New_York') - INTERVAL '24' HOUR
                )
              ),
              TO_UTC_TIMESTAMP(`t6`.`day` + INTERVAL '64800' SECOND, 'America/New_York')
            )
          ) - UNIX_MICROS(
            IF(
              FROM_UTC_TIMESTAMP(
                TIMESTAMP_MICROS(
                  (
                    UNIX_MICROS(`t6`.`day` + INTERVAL '28800' SECOND) - UNIX_MICROS(
                      FROM_UTC_TIMESTAMP(
                        TO_UTC_TIMESTAMP(`t6`.`day` + INTERVAL '28800' SECOND, 'America/New_York') - INTERVAL '24' HOUR,
                        'America/New_York'
                      )
                    )
                  ) + UNIX_MICROS(
                    TO_UTC_TIMESTAMP(`t6`.`day` + INTERVAL '28800' SECOND, 'America/New_York') - INTERVAL '24' HOUR
                  )
                ),
                'America/New_York'
              ) = (
                `t6`.`day` + INTERVAL '28800' SECOND
              ),
              TIMESTAMP_MICROS(
                (
                  UNIX_MICROS(`t6`.`day` + INTERVAL '28800' SECOND) - UNIX_MICROS(
                    FROM_UTC_TIMESTAMP(
                      TO_UTC_TIMESTAMP(`t6`.`day` + INTERVAL '28800' SECOND, 'America/New_York') - INTERVAL '24' HOUR,
                      'America/New_York'
                    )
                  )
                ) + UNIX_MICROS(
                  TO_UTC_TIMESTAMP(`t6`.`day` + INTERVAL '28800' SECOND, 'America/New_York') - INTERVAL '24' HOUR
                )
              ),
              TO_UTC_TIMESTAMP(`t6`.`day` + INTERVAL '28800' SECOND, 'America/New_York')
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
    ) AS `t6`
  ) AS `t15`
)
SELECT
  COALESCE(`t34`.`c0_value`, 0) AS `value`,
  COALESCE(`t34`.`c0_n`, 0) AS `n`
FROM (
  SELECT
    COUNT(*) FILTER(WHERE
      `t33`.`pending`) AS `c0_value`,
    COUNT(*) AS `c0_n`
  FROM (
    SELECT
      `t32`.`case_id`,
      `t32`.`at`,
      `t32`.`breaks`,
      `t32`.`waits` AND NOT (
        `t32`.`breaks`
      ) AS `pending`
    FROM (
      SELECT
        `t31`.`case_id`,
        MIN(`t31`.`started`) AS `at`,
        COALESCE(BOOL_OR(`t31`.`over`), FALSE) AS `breaks`,
        COALESCE(BOOL_OR((
          `t31`.`closes` IS NULL
        ) AND NOT (
          `t31`.`over`
        )), FALSE) AS `waits`
      FROM (
        SELECT
          `t30`.`case_id`,
          `t30`.`started`,
          `t30`.`closes`,
          `t30`.`ended`,
          `t30`.`lasted`,
          `t30`.`lasted` >= 2 AS `over`
        FROM (
          SELECT
            `t29`.`case_id`,
            `t29`.`started`,
            `t29`.`closes`,
            `t29`.`ended`,
            IF(
              `t29`.`ended` IS NULL,
              CAST(NULL AS BIGINT),
              GREATEST(`t29`.`done` - `t29`.`began`, 0) - `t29`.`stopped`
            ) AS `lasted`
          FROM (
            SELECT
              `t14`.`case_id`,
              `t14`.`started`,
              `t14`.`closes`,
              `t14`.`ended`,
              `t18`.`earlier` + 1 + IF(
                FROM_UTC_TIMESTAMP(`t14`.`started`, 'America/New_York') > (
                  `t18`.`day` + INTERVAL '61200' SECOND
                ),
                CAST(`t18`.`long` > 0 AS BIGINT),
                0
              ) AS `began`,
              `t19`.`earlier` AS `done`,
              COALESCE(`t28`.`stopped`, 0) AS `stopped`
            FROM (
              SELECT
                `t12`.`case_id`,
                `t12`.`started`,
                `t12`.`closes`,
                COALESCE(
                  `t12`.`closes`,
                  (
                    SELECT
                      MAX(`t0`.`event_time`) AS `Max(event_time)`
                    FROM `events` AS `t0`
                  )
                ) AS `ended`
              FROM (
                SELECT
                  `t11`.`case_id`,
                  `t11`.`opens` AS `started`,
                  MIN(`t11`.`closes`) AS `closes`
                FROM (
                  SELECT
                    `t10`.`case_id`,
                    `t10`.`event_id`,
                    `t10`.`opens`,
                    `t10`.`closes`
                  FROM (
                    SELECT
                      `t9`.`case_id`,
                      `t9`.`event_id`,
                      `t9`.`opens`,
                      `t9`.`begins`,
                      `t9`.`ends`,
                      MIN(`t9`.`ends`) OVER (
                        PARTITION BY `t9`.`case_id`
                        ORDER BY `t9`.`opens` ASC NULLS LAST
                        RANGE BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING
                      ) AS `closes`
                    FROM (
                      SELECT
                        `t4`.`case_id`,
                        `t4`.`event_id`,
                        `t4`.`event_time` AS `opens`,
                        COALESCE(`t4`.`step` = 'RCV', FALSE) AS `begins`,
                        IF(
                          COALESCE(
                            (
                              `t4`.`step` = 'PST'
                            )
                            AND (
                              TRY_ELEMENT_AT(`t4`.`attributes`, 'final') = 'yes'
                            ),
                            FALSE
                          ),
                          `t4`.`event_time`,
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
                      ) AS `t4`
                    ) AS `t9`
                  ) AS `t10`
                  WHERE
                    `t10`.`begins`
                ) AS `t11`
                GROUP BY
                  1,
                  2
              ) AS `t12`
            ) AS `t14`
            LEFT OUTER JOIN `t16` AS `t18`
              ON DATE_TRUNC('day', FROM_UTC_TIMESTAMP(`t14`.`started`, 'America/New_York')) = `t18`.`day`
            LEFT OUTER JOIN `t16` AS `t19`
              ON DATE_TRUNC('day', FROM_UTC_TIMESTAMP(`t14`.`ended`, 'America/New_York')) = `t19`.`day`
            LEFT OUTER JOIN (
              SELECT
                `t26`.`case_id`,
                `t26`.`began_at`,
                `t26`.`ended_at`,
                SUM(CAST(`t26`.`long` AS DECIMAL(38, 0))) AS `stopped`
              FROM (
                SELECT
                  `t25`.`case_id`,
                  `t25`.`started`,
                  `t25`.`closes`,
                  `t25`.`ended`,
                  `t25`.`began`,
                  `t25`.`done`,
                  `t25`.`since`,
                  `t25`.`until`,
                  `t25`.`began_at`,
                  `t25`.`ended_at`,
                  `t25`.`halted`,
                  `t25`.`resumed`,
                  GREATEST(LEAST(`t25`.`resumed`, `t25`.`done`) - GREATEST(`t25`.`halted`, `t25`.`began`), 0) AS `long`
                FROM (
                  SELECT
                    `t24`.`case_id`,
                    `t24`.`started`,
                    `t24`.`closes`,
                    `t24`.`ended`,
                    `t24`.`began`,
                    `t24`.`done`,
                    `t24`.`since`,
                    `t24`.`until`,
                    `t24`.`began_at`,
                    `t24`.`ended_at`,
                    `t20`.`earlier` + IF(`t20`.`opens` < UNIX_MICROS(`t24`.`since`), CAST(`t20`.`long` > 0 AS BIGINT), 0) AS `halted`,
                    `t21`.`earlier` + IF(`t21`.`opens` < UNIX_MICROS(`t24`.`until`), CAST(`t21`.`long` > 0 AS BIGINT), 0) AS `resumed`
                  FROM (
                    SELECT
                      `t22`.`case_id`,
                      `t22`.`started`,
                      `t22`.`closes`,
                      `t22`.`ended`,
                      `t22`.`began`,
                      `t22`.`done`,
                      GREATEST(`t22`.`since`, `t22`.`started`) AS `since`,
                      LEAST(`t22`.`until`, `t22`.`ended`) AS `until`,
                      `t22`.`started` AS `began_at`,
                      `t22`.`ended` AS `ended_at`
                    FROM (
                      SELECT
                        `t14`.`case_id`,
                        `t14`.`started`,
                        `t14`.`closes`,
                        `t14`.`ended`,
                        `t18`.`earlier` + 1 + IF(
                          FROM_UTC_TIMESTAMP(`t14`.`started`, 'America/New_York') > (
                            `t18`.`day` + INTERVAL '61200' SECOND
                          ),
                          CAST(`t18`.`long` > 0 AS BIGINT),
                          0
                        ) AS `began`,
                        `t19`.`earlier` AS `done`,
                        `t8`.`since`,
                        `t8`.`until`
                      FROM (
                        SELECT
                          `t12`.`case_id`,
                          `t12`.`started`,
                          `t12`.`closes`,
                          COALESCE(
                            `t12`.`closes`,
                            (
                              SELECT
                                MAX(`t0`.`event_time`) AS `Max(event_time)`
                              FROM `events` AS `t0`
                            )
                          ) AS `ended`
                        FROM (
                          SELECT
                            `t11`.`case_id`,
                            `t11`.`opens` AS `started`,
                            MIN(`t11`.`closes`) AS `closes`
                          FROM (
                            SELECT
                              `t10`.`case_id`,
                              `t10`.`event_id`,
                              `t10`.`opens`,
                              `t10`.`closes`
                            FROM (
                              SELECT
                                `t9`.`case_id`,
                                `t9`.`event_id`,
                                `t9`.`opens`,
                                `t9`.`begins`,
                                `t9`.`ends`,
                                MIN(`t9`.`ends`) OVER (
                                  PARTITION BY `t9`.`case_id`
                                  ORDER BY `t9`.`opens` ASC NULLS LAST
                                  RANGE BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING
                                ) AS `closes`
                              FROM (
                                SELECT
                                  `t4`.`case_id`,
                                  `t4`.`event_id`,
                                  `t4`.`event_time` AS `opens`,
                                  COALESCE(`t4`.`step` = 'RCV', FALSE) AS `begins`,
                                  IF(
                                    COALESCE(
                                      (
                                        `t4`.`step` = 'PST'
                                      )
                                      AND (
                                        TRY_ELEMENT_AT(`t4`.`attributes`, 'final') = 'yes'
                                      ),
                                      FALSE
                                    ),
                                    `t4`.`event_time`,
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
                                ) AS `t4`
                              ) AS `t9`
                            ) AS `t10`
                            WHERE
                              `t10`.`begins`
                          ) AS `t11`
                          GROUP BY
                            1,
                            2
                        ) AS `t12`
                      ) AS `t14`
                      LEFT OUTER JOIN `t16` AS `t18`
                        ON DATE_TRUNC('day', FROM_UTC_TIMESTAMP(`t14`.`started`, 'America/New_York')) = `t18`.`day`
                      LEFT OUTER JOIN `t16` AS `t19`
                        ON DATE_TRUNC('day', FROM_UTC_TIMESTAMP(`t14`.`ended`, 'America/New_York')) = `t19`.`day`
                      INNER JOIN (
                        SELECT
                          `t5`.`case_id`,
                          `t5`.`event_time` AS `since`,
                          `t5`.`until`
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
                        ) AS `t5`
                        WHERE
                          `t5`.`halts`
                      ) AS `t8`
                        ON `t14`.`case_id` = `t8`.`case_id`
                    ) AS `t22`
                    WHERE
                      `t22`.`since` < `t22`.`ended`
                      AND (
                        (
                          `t22`.`until` IS NULL
                        ) OR (
                          `t22`.`until` > `t22`.`started`
                        )
                      )
                  ) AS `t24`
                  LEFT OUTER JOIN `t16` AS `t20`
                    ON DATE_TRUNC('day', FROM_UTC_TIMESTAMP(`t24`.`since`, 'America/New_York')) = `t20`.`day`
                  LEFT OUTER JOIN `t16` AS `t21`
                    ON DATE_TRUNC('day', FROM_UTC_TIMESTAMP(`t24`.`until`, 'America/New_York')) = `t21`.`day`
                ) AS `t25`
              ) AS `t26`
              GROUP BY
                1,
                2,
                3
            ) AS `t28`
              ON `t14`.`case_id` = `t28`.`case_id`
              AND `t14`.`started` = `t28`.`began_at`
              AND `t14`.`ended` = `t28`.`ended_at`
          ) AS `t29`
        ) AS `t30`
      ) AS `t31`
      GROUP BY
        1
    ) AS `t32`
  ) AS `t33`
) AS `t34`
