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
), `t21` AS (
  SELECT
    `t18`.`day`,
    `t18`.`opens`,
    `t18`.`long`,
    SUM(CAST(`t18`.`long` AS DECIMAL(38, 0))) OVER (
      ORDER BY `t18`.`day` ASC NULLS LAST
      ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
    ) - `t18`.`long` AS `before`,
    SUM(CAST(CAST(`t18`.`long` > 0 AS BIGINT) AS DECIMAL(38, 0))) OVER (
      ORDER BY `t18`.`day` ASC NULLS LAST
      ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
    ) - CAST(`t18`.`long` > 0 AS BIGINT) AS `earlier`
  FROM (
    SELECT
      `t10`.`day`,
      UNIX_MICROS(
        IF(
          FROM_UTC_TIMESTAMP(
            TIMESTAMP_MICROS(
              (
                UNIX_MICROS(`t10`.`day` + INTERVAL '28800' SECOND) - UNIX_MICROS(
                  FROM_UTC_TIMESTAMP(
                    TO_UTC_TIMESTAMP(`t10`.`day` + INTERVAL '28800' SECOND, 'America/New_York') - INTERVAL '24' HOUR,
                    'America/New_York'
                  )
                )
              ) + UNIX_MICROS(
                TO_UTC_TIMESTAMP(`t10`.`day` + INTERVAL '28800' SECOND, 'America/New_York') - INTERVAL '24' HOUR
              )
            ),
            'America/New_York'
          ) = (
            `t10`.`day` + INTERVAL '28800' SECOND
          ),
          TIMESTAMP_MICROS(
            (
              UNIX_MICROS(`t10`.`day` + INTERVAL '28800' SECOND) - UNIX_MICROS(
                FROM_UTC_TIMESTAMP(
                  TO_UTC_TIMESTAMP(`t10`.`day` + INTERVAL '28800' SECOND, 'America/New_York') - INTERVAL '24' HOUR,
                  'America/New_York'
                )
              )
            ) + UNIX_MICROS(
              TO_UTC_TIMESTAMP(`t10`.`day` + INTERVAL '28800' SECOND, 'America/New_York') - INTERVAL '24' HOUR
            )
          ),
          TO_UTC_TIMESTAMP(`t10`.`day` + INTERVAL '28800' SECOND, 'America/New_York')
        )
      ) AS `opens`,
      IF(
        (
          DAYOFWEEK(`t10`.`day`) + 5
        ) % 7 IN (0, 1, 2, 3, 4)
        AND NOT (
          CAST(`t10`.`day` AS DATE) IN (MAKE_DATE(2026, 1, 19))
        ),
        GREATEST(
          UNIX_MICROS(
            IF(
              FROM_UTC_TIMESTAMP(
                TIMESTAMP_MICROS(
                  (
                    UNIX_MICROS(`t10`.`day` + INTERVAL '64800' SECOND) - UNIX_MICROS(
                      FROM_UTC_TIMESTAMP(
                        TO_UTC_TIMESTAMP(`t10`.`day` + INTERVAL '64800' SECOND, 'America/New_York') - INTERVAL '24' HOUR,
                        'America/New_York'
                      )
                    )
                  ) + UNIX_MICROS(
                    TO_UTC_TIMESTAMP(`t10`.`day` + INTERVAL '64800' SECOND, 'America/New_York') - INTERVAL '24' HOUR
                  )
                ),
                'America/New_York'
              ) = (
                `t10`.`day` + INTERVAL '64800' SECOND
              ),
              TIMESTAMP_MICROS(
                (
                  UNIX_MICROS(`t10`.`day` + INTERVAL '64800' SECOND) - UNIX_MICROS(
                    FROM_UTC_TIMESTAMP(
                      TO_UTC_TIMESTAMP(`t10`.`day` + INTERVAL '64800' SECOND, 'America/New_York') - INTERVAL '24' HOUR,
                      'America/New_York'
                    )
                  )
                ) + UNIX_MICROS(
                  TO_UTC_TIMESTAMP(`t10`.`day` + INTERVAL '64800' SECOND, 'America/New_York') - INTERVAL '24' HOUR
                )
              ),
              TO_UTC_TIMESTAMP(`t10`.`day` + INTERVAL '64800' SECOND, 'America/New_York')
            )
          ) - UNIX_MICROS(
            IF(
              FROM_UTC_TIMESTAMP(
                TIMESTAMP_MICROS(
                  (
                    UNIX_MICROS(`t10`.`day` + INTERVAL '28800' SECOND) - UNIX_MICROS(
                      FROM_UTC_TIMESTAMP(
                        TO_UTC_TIMESTAMP(`t10`.`day` + INTERVAL '28800' SECOND, 'America/New_York') - INTERVAL '24' HOUR,
                        'America/New_York'
                      )
                    )
                  ) + UNIX_MICROS(
                    TO_UTC_TIMESTAMP(`t10`.`day` + INTERVAL '28800' SECOND, 'America/New_York') - INTERVAL '24' HOUR
                  )
                ),
                'America/New_York'
              ) = (
                `t10`.`day` + INTERVAL '28800' SECOND
              ),
              TIMESTAMP_MICROS(
                (
                  UNIX_MICROS(`t10`.`day` + INTERVAL '28800' SECOND) - UNIX_MICROS(
                    FROM_UTC_TIMESTAMP(
                      TO_UTC_TIMESTAMP(`t10`.`day` + INTERVAL '28800' SECOND, 'America/New_York') - INTERVAL '24' HOUR,
                      'America/New_York'
                    )
                  )
                ) + UNIX_MICROS(
                  TO_UTC_TIMESTAMP(`t10`.`day` + INTERVAL '28800' SECOND, 'America/New_York') - INTERVAL '24' HOUR
                )
              ),
              TO_UTC_TIMESTAMP(`t10`.`day` + INTERVAL '28800' SECOND, 'America/New_York')
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
          MIN(`t0`.`event_time`) AS `low`,
          MAX(`t0`.`event_time`) AS `high`
        FROM `events` AS `t0`
      ) AS `t3`
    ) AS `t10`
  ) AS `t18`
)
SELECT
  `t37`.`c0_value` AS `value`,
  COALESCE(`t37`.`c0_n`, 0) AS `n`
FROM (
  SELECT
    (
      CAST(PERCENTILE(CAST(`t36`.`lasted` AS DOUBLE), 0.95D) AS DOUBLE) / CAST(NULLIF(1000000, 0) AS DOUBLE)
    ) AS `c0_value`,
    COUNT(`t36`.`lasted`) AS `c0_n`
  FROM (
    SELECT
      `t35`.`case_id`,
      `t35`.`ended`,
      `t35`.`started`,
      IF(
        `t35`.`ended` IS NULL,
        CAST(NULL AS BIGINT),
        GREATEST(`t35`.`done` - `t35`.`began`, 0) - `t35`.`stopped`
      ) AS `lasted`
    FROM (
      SELECT
        `t22`.`case_id`,
        `t22`.`ended`,
        `t22`.`started`,
        IF(
          FROM_UTC_TIMESTAMP(`t22`.`started`, 'America/New_York') > (
            `t24`.`day` + INTERVAL '61200' SECOND
          ),
          `t24`.`before` + `t24`.`long`,
          `t24`.`before` + GREATEST(LEAST(UNIX_MICROS(`t22`.`started`) - `t24`.`opens`, `t24`.`long`), 0)
        ) AS `began`,
        `t25`.`before` + GREATEST(LEAST(UNIX_MICROS(`t22`.`ended`) - `t25`.`opens`, `t25`.`long`), 0) AS `done`,
        COALESCE(`t34`.`stopped`, 0) AS `stopped`
      FROM (
        SELECT
          `t19`.`case_id`,
          `t19`.`ended`,
          `t19`.`started`
        FROM (
          SELECT
            `t17`.`case_id`,
            `t17`.`event_id`,
            `t17`.`opens`,
            `t17`.`ended`,
            MIN(`t17`.`opens`) OVER (
              PARTITION BY `t17`.`case_id`
              ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
            ) AS `started`,
            ROW_NUMBER() OVER (PARTITION BY `t17`.`case_id` ORDER BY `t17`.`opens` DESC, `t17`.`event_id` DESC) - 1 AS `rank`
          FROM (
            SELECT
              `t16`.`case_id`,
              `t16`.`event_id`,
              `t16`.`opens`,
              LEAST(`t8`.`high`, COALESCE((
                SELECT
                  *
                FROM `log_clock` AS `t1`
              ))) AS `ended`
            FROM (
              SELECT
                `t14`.`case_id`,
                `t14`.`event_id`,
                `t14`.`opens`,
                `t14`.`closes`
              FROM (
                SELECT
                  `t13`.`case_id`,
                  `t13`.`event_id`,
                  `t13`.`opens`,
                  `t13`.`begins`,
                  `t13`.`ends`,
                  MIN(`t13`.`ends`) OVER (
                    PARTITION BY `t13`.`case_id`
                    ORDER BY `t13`.`opens` ASC NULLS LAST
                    RANGE BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING
                  ) AS `closes`
                FROM (
                  SELECT
                    `t6`.`case_id`,
                    `t6`.`event_id`,
                    `t6`.`event_time` AS `opens`,
                    COALESCE(`t6`.`step` = 'RCV', FALSE) AS `begins`,
                    IF(
                      COALESCE(
                        (
                          `t6`.`step` = 'PST'
                        )
                        AND (
                          TRY_ELEMENT_AT(`t6`.`attributes`, 'final') = 'yes'
                        ),
                        FALSE
                      ),
                      `t6`.`event_time`,
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
                  ) AS `t6`
                ) AS `t13`
              ) AS `t14`
              WHERE
                `t14`.`begins`
            ) AS `t16`
            INNER JOIN (
              SELECT
                LEAST(
                  `t4`.`last` + INTERVAL '1' MICROSECOND,
                  COALESCE((
                    SELECT
                      *
                    FROM `log_clock` AS `t1`
                  )) + INTERVAL '1' MICROSECOND
                ) AS `high`
              FROM (
                SELECT
                  MIN(`t0`.`event_time`) AS `first`,
                  MAX(`t0`.`event_time`) AS `last`
                FROM `events` AS `t0`
              ) AS `t4`
              WHERE
                `t4`.`first` < (
                  `t4`.`last` + INTERVAL '1' MICROSECOND
                )
            ) AS `t8`
              ON `t16`.`opens` < `t8`.`high`
              AND (
                (
                  `t16`.`closes` IS NULL
                ) OR (
                  `t16`.`closes` >= `t8`.`high`
                )
              )
          ) AS `t17`
        ) AS `t19`
        WHERE
          `t19`.`rank` = 0
      ) AS `t22`
      LEFT OUTER JOIN `t21` AS `t24`
        ON DATE_TRUNC('day', FROM_UTC_TIMESTAMP(`t22`.`started`, 'America/New_York')) = `t24`.`day`
      LEFT OUTER JOIN `t21` AS `t25`
        ON DATE_TRUNC('day', FROM_UTC_TIMESTAMP(`t22`.`ended`, 'America/New_York')) = `t25`.`day`
      LEFT OUTER JOIN (
        SELECT
          `t32`.`case_id`,
          `t32`.`began_at`,
          `t32`.`ended_at`,
          SUM(CAST(`t32`.`long` AS DECIMAL(38, 0))) AS `stopped`
        FROM (
          SELECT
            `t31`.`case_id`,
            `t31`.`ended`,
            `t31`.`started`,
            `t31`.`began`,
            `t31`.`done`,
            `t31`.`since`,
            `t31`.`until`,
            `t31`.`began_at`,
            `t31`.`ended_at`,
            `t31`.`halted`,
            `t31`.`resumed`,
            GREATEST(LEAST(`t31`.`resumed`, `t31`.`done`) - GREATEST(`t31`.`halted`, `t31`.`began`), 0) AS `long`
          FROM (
            SELECT
              `t30`.`case_id`,
              `t30`.`ended`,
              `t30`.`started`,
              `t30`.`began`,
              `t30`.`done`,
              `t30`.`since`,
              `t30`.`until`,
              `t30`.`began_at`,
              `t30`.`ended_at`,
              `t26`.`before` + GREATEST(LEAST(UNIX_MICROS(`t30`.`since`) - `t26`.`opens`, `t26`.`long`), 0) AS `halted`,
              `t27`.`before` + GREATEST(LEAST(UNIX_MICROS(`t30`.`until`) - `t27`.`opens`, `t27`.`long`), 0) AS `resumed`
            FROM (
              SELECT
                `t28`.`case_id`,
                `t28`.`ended`,
                `t28`.`started`,
                `t28`.`began`,
                `t28`.`done`,
                GREATEST(`t28`.`since`, `t28`.`started`) AS `since`,
                LEAST(`t28`.`until`, `t28`.`ended`) AS `until`,
                `t28`.`started` AS `began_at`,
                `t28`.`ended` AS `ended_at`
              FROM (
                SELECT
                  `t22`.`case_id`,
                  `t22`.`ended`,
                  `t22`.`started`,
                  IF(
                    FROM_UTC_TIMESTAMP(`t22`.`started`, 'America/New_York') > (
                      `t24`.`day` + INTERVAL '61200' SECOND
                    ),
                    `t24`.`before` + `t24`.`long`,
                    `t24`.`before` + GREATEST(LEAST(UNIX_MICROS(`t22`.`started`) - `t24`.`opens`, `t24`.`long`), 0)
                  ) AS `began`,
                  `t25`.`before` + GREATEST(LEAST(UNIX_MICROS(`t22`.`ended`) - `t25`.`opens`, `t25`.`long`), 0) AS `done`,
                  `t12`.`since`,
                  `t12`.`until`
                FROM (
                  SELECT
                    `t19`.`case_id`,
                    `t19`.`ended`,
                    `t19`.`started`
                  FROM (
                    SELECT
                      `t17`.`case_id`,
                      `t17`.`event_id`,
                      `t17`.`opens`,
                      `t17`.`ended`,
                      MIN(`t17`.`opens`) OVER (
                        PARTITION BY `t17`.`case_id`
                        ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
                      ) AS `started`,
                      ROW_NUMBER() OVER (PARTITION BY `t17`.`case_id` ORDER BY `t17`.`opens` DESC, `t17`.`event_id` DESC) - 1 AS `rank`
                    FROM (
                      SELECT
                        `t16`.`case_id`,
                        `t16`.`event_id`,
                        `t16`.`opens`,
                        LEAST(`t8`.`high`, COALESCE((
                          SELECT
                            *
                          FROM `log_clock` AS `t1`
                        ))) AS `ended`
                      FROM (
                        SELECT
                          `t14`.`case_id`,
                          `t14`.`event_id`,
                          `t14`.`opens`,
                          `t14`.`closes`
                        FROM (
                          SELECT
                            `t13`.`case_id`,
                            `t13`.`event_id`,
                            `t13`.`opens`,
                            `t13`.`begins`,
                            `t13`.`ends`,
                            MIN(`t13`.`ends`) OVER (
                              PARTITION BY `t13`.`case_id`
                              ORDER BY `t13`.`opens` ASC NULLS LAST
                              RANGE BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING
                            ) AS `closes`
                          FROM (
                            SELECT
                              `t6`.`case_id`,
                              `t6`.`event_id`,
                              `t6`.`event_time` AS `opens`,
                              COALESCE(`t6`.`step` = 'RCV', FALSE) AS `begins`,
                              IF(
                                COALESCE(
                                  (
                                    `t6`.`step` = 'PST'
                                  )
                                  AND (
                                    TRY_ELEMENT_AT(`t6`.`attributes`, 'final') = 'yes'
                                  ),
                                  FALSE
                                ),
                                `t6`.`event_time`,
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
                            ) AS `t6`
                          ) AS `t13`
                        ) AS `t14`
                        WHERE
                          `t14`.`begins`
                      ) AS `t16`
                      INNER JOIN (
                        SELECT
                          LEAST(
                            `t4`.`last` + INTERVAL '1' MICROSECOND,
                            COALESCE((
                              SELECT
                                *
                              FROM `log_clock` AS `t1`
                            )) + INTERVAL '1' MICROSECOND
                          ) AS `high`
                        FROM (
                          SELECT
                            MIN(`t0`.`event_time`) AS `first`,
                            MAX(`t0`.`event_time`) AS `last`
                          FROM `events` AS `t0`
                        ) AS `t4`
                        WHERE
                          `t4`.`first` < (
                            `t4`.`last` + INTERVAL '1' MICROSECOND
                          )
                      ) AS `t8`
                        ON `t16`.`opens` < `t8`.`high`
                        AND (
                          (
                            `t16`.`closes` IS NULL
                          ) OR (
                            `t16`.`closes` >= `t8`.`high`
                          )
                        )
                    ) AS `t17`
                  ) AS `t19`
                  WHERE
                    `t19`.`rank` = 0
                ) AS `t22`
                LEFT OUTER JOIN `t21` AS `t24`
                  ON DATE_TRUNC('day', FROM_UTC_TIMESTAMP(`t22`.`started`, 'America/New_York')) = `t24`.`day`
                LEFT OUTER JOIN `t21` AS `t25`
                  ON DATE_TRUNC('day', FROM_UTC_TIMESTAMP(`t22`.`ended`, 'America/New_York')) = `t25`.`day`
                INNER JOIN (
                  SELECT
                    `t9`.`case_id`,
                    `t9`.`event_time` AS `since`,
                    `t9`.`until`
                  FROM (
                    SELECT
                      `t5`.`case_id`,
                      `t5`.`event_time`,
                      `t5`.`event_id`,
                      `t5`.`halts`,
                      LEAD(`t5`.`event_time`) OVER (
                        PARTITION BY `t5`.`case_id`
                        ORDER BY `t5`.`event_time` ASC NULLS LAST, `t5`.`event_id` ASC NULLS LAST
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
                    ) AS `t5`
                  ) AS `t9`
                  WHERE
                    `t9`.`halts`
                ) AS `t12`
                  ON `t22`.`case_id` = `t12`.`case_id`
              ) AS `t28`
              WHERE
                `t28`.`since` < `t28`.`ended`
                AND (
                  (
                    `t28`.`until` IS NULL
                  ) OR (
                    `t28`.`until` > `t28`.`started`
                  )
                )
            ) AS `t30`
            LEFT OUTER JOIN `t21` AS `t26`
              ON DATE_TRUNC('day', FROM_UTC_TIMESTAMP(`t30`.`since`, 'America/New_York')) = `t26`.`day`
            LEFT OUTER JOIN `t21` AS `t27`
              ON DATE_TRUNC('day', FROM_UTC_TIMESTAMP(`t30`.`until`, 'America/New_York')) = `t27`.`day`
          ) AS `t31`
        ) AS `t32`
        GROUP BY
          1,
          2,
          3
      ) AS `t34`
        ON `t22`.`case_id` = `t34`.`case_id`
        AND `t22`.`started` = `t34`.`began_at`
        AND `t22`.`ended` = `t34`.`ended_at`
    ) AS `t35`
  ) AS `t36`
) AS `t37`
