WITH `t12` AS (
  SELECT
    `t11`.`day`,
    `t11`.`opens`,
    `t11`.`long`,
    SUM(CAST(`t11`.`long` AS DECIMAL(38, 0))) OVER (
      ORDER BY `t11`.`day` ASC NULLS LAST
      ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
    ) - `t11`.`long` AS `before`,
    SUM(CAST(CAST(`t11`.`long` > 0 AS BIGINT) AS DECIMAL(38, 0))) OVER (
      ORDER BY `t11`.`day` ASC NULLS LAST
      ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
    ) - CAST(`t11`.`long` > 0 AS BIGINT) AS `earlier`
  FROM (
    SELECT
      `t5`.`day`,
      UNIX_MICROS(
        IF(
          FROM_UTC_TIMESTAMP(
            TIMESTAMP_MICROS(
              (
                UNIX_MICROS(`t5`.`day` + INTERVAL '28800' SECOND) - UNIX_MICROS(
                  FROM_UTC_TIMESTAMP(
                    TO_UTC_TIMESTAMP(`t5`.`day` + INTERVAL '28800' SECOND, 'America/New_York') - INTERVAL '24' HOUR,
                    'America/New_York'
                  )
                )
              ) + UNIX_MICROS(
                TO_UTC_TIMESTAMP(`t5`.`day` + INTERVAL '28800' SECOND, 'America/New_York') - INTERVAL '24' HOUR
              )
            ),
            'America/New_York'
          ) = (
            `t5`.`day` + INTERVAL '28800' SECOND
          ),
          TIMESTAMP_MICROS(
            (
              UNIX_MICROS(`t5`.`day` + INTERVAL '28800' SECOND) - UNIX_MICROS(
                FROM_UTC_TIMESTAMP(
                  TO_UTC_TIMESTAMP(`t5`.`day` + INTERVAL '28800' SECOND, 'America/New_York') - INTERVAL '24' HOUR,
                  'America/New_York'
                )
              )
            ) + UNIX_MICROS(
              TO_UTC_TIMESTAMP(`t5`.`day` + INTERVAL '28800' SECOND, 'America/New_York') - INTERVAL '24' HOUR
            )
          ),
          TO_UTC_TIMESTAMP(`t5`.`day` + INTERVAL '28800' SECOND, 'America/New_York')
        )
      ) AS `opens`,
      IF(
        (
          DAYOFWEEK(`t5`.`day`) + 5
        ) % 7 IN (0, 1, 2, 3, 4)
        AND NOT (
          CAST(`t5`.`day` AS DATE) IN (MAKE_DATE(2026, 1, 19))
        ),
        GREATEST(
          UNIX_MICROS(
            IF(
              FROM_UTC_TIMESTAMP(
                TIMESTAMP_MICROS(
                  (
                    UNIX_MICROS(`t5`.`day` + INTERVAL '64800' SECOND) - UNIX_MICROS(
                      FROM_UTC_TIMESTAMP(
                        TO_UTC_TIMESTAMP(`t5`.`day` + INTERVAL '64800' SECOND, 'America/New_York') - INTERVAL '24' HOUR,
                        'America/New_York'
                      )
                    )
                  ) + UNIX_MICROS(
                    TO_UTC_TIMESTAMP(`t5`.`day` + INTERVAL '64800' SECOND, 'America/New_York') - INTERVAL '24' HOUR
                  )
                ),
                'America/New_York'
              ) = (
                `t5`.`day` + INTERVAL '64800' SECOND
              ),
              TIMESTAMP_MICROS(
                (
                  UNIX_MICROS(`t5`.`day` + INTERVAL '64800' SECOND) - UNIX_MICROS(
                    FROM_UTC_TIMESTAMP(
                      TO_UTC_TIMESTAMP(`t5`.`day` + INTERVAL '64800' SECOND, 'America/New_York') - INTERVAL '24' HOUR,
                      'America/New_York'
                    )
                  )
                ) + UNIX_MICROS(
                  TO_UTC_TIMESTAMP(`t5`.`day` + INTERVAL '64800' SECOND, 'America/New_York') - INTERVAL '24' HOUR
                )
              ),
              TO_UTC_TIMESTAMP(`t5`.`day` + INTERVAL '64800' SECOND, 'America/New_York')
            )
          ) - UNIX_MICROS(
            IF(
              FROM_UTC_TIMESTAMP(
                TIMESTAMP_MICROS(
                  (
                    UNIX_MICROS(`t5`.`day` + INTERVAL '28800' SECOND) - UNIX_MICROS(
                      FROM_UTC_TIMESTAMP(
                        TO_UTC_TIMESTAMP(`t5`.`day` + INTERVAL '28800' SECOND, 'America/New_York') - INTERVAL '24' HOUR,
                        'America/New_York'
                      )
                    )
                  ) + UNIX_MICROS(
                    TO_UTC_TIMESTAMP(`t5`.`day` + INTERVAL '28800' SECOND, 'America/New_York') - INTERVAL '24' HOUR
                  )
                ),
                'America/New_York'
              ) = (
                `t5`.`day` + INTERVAL '28800' SECOND
              ),
              TIMESTAMP_MICROS(
                (
                  UNIX_MICROS(`t5`.`day` + INTERVAL '28800' SECOND) - UNIX_MICROS(
                    FROM_UTC_TIMESTAMP(
                      TO_UTC_TIMESTAMP(`t5`.`day` + INTERVAL '28800' SECOND, 'America/New_York') - INTERVAL '24' HOUR,
                      'America/New_York'
                    )
                  )
                ) + UNIX_MICROS(
                  TO_UTC_TIMESTAMP(`t5`.`day` + INTERVAL '28800' SECOND, 'America/New_York') - INTERVAL '24' HOUR
                )
              ),
              TO_UTC_TIMESTAMP(`t5`.`day` + INTERVAL '28800' SECOND, 'America/New_York')
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
            DATE_TRUNC('day', FROM_UTC_TIMESTAMP(`t1`.`low`, 'America/New_York')),
            (
              DATE_TRUNC('day', FROM_UTC_TIMESTAMP(`t1`.`high`, 'America/New_York')) + INTERVAL '1' DAY
            ) - INTERVAL '1' MICROSECOND,
            INTERVAL '1' DAY
          )
        ) AS `day`
      FROM (
        SELECT
          MIN(`t0`.`event_time`) AS `low`,
          MAX(`t0`.`event_time`) AS `high`
        FROM `events` AS `t0`
      ) AS `t1`
    ) AS `t5`
  ) AS `t11`
)
SELECT
  `t27`.`c0_value` AS `value`,
  COALESCE(`t27`.`c0_n`, 0) AS `n`
FROM (
  SELECT
    (
      CAST(PERCENTILE(CAST(`t26`.`lasted` AS DOUBLE), 0.5D) AS DOUBLE) / CAST(NULLIF(1000000, 0) AS DOUBLE)
    ) AS `c0_value`,
    COUNT(`t26`.`lasted`) AS `c0_n`
  FROM (
    SELECT
      `t25`.`case_id`,
      `t25`.`started`,
      `t25`.`ended`,
      IF(
        `t25`.`ended` IS NULL,
        CAST(NULL AS BIGINT),
        GREATEST(`t25`.`done` - `t25`.`began`, 0) - `t25`.`stopped`
      ) AS `lasted`,
      `t25`.`started` AS `at`
    FROM (
      SELECT
        `t10`.`case_id`,
        `t10`.`started`,
        `t10`.`ended`,
        IF(
          FROM_UTC_TIMESTAMP(`t10`.`started`, 'America/New_York') > (
            `t14`.`day` + INTERVAL '61200' SECOND
          ),
          `t14`.`before` + `t14`.`long`,
          `t14`.`before` + GREATEST(LEAST(UNIX_MICROS(`t10`.`started`) - `t14`.`opens`, `t14`.`long`), 0)
        ) AS `began`,
        `t15`.`before` + GREATEST(LEAST(UNIX_MICROS(`t10`.`ended`) - `t15`.`opens`, `t15`.`long`), 0) AS `done`,
        COALESCE(`t24`.`stopped`, 0) AS `stopped`
      FROM (
        SELECT
          `t8`.`case_id`,
          `t8`.`started`,
          ARRAY_MIN(
            FILTER(`t8`.`ends`, __ibis_param_time__ -> __ibis_param_time__ >= `t8`.`started`)
          ) AS `ended`
        FROM (
          SELECT
            `t3`.`case_id`,
            MIN(`t3`.`event_time`) FILTER(WHERE
              `t3`.`step` = 'RCV') AS `started`,
            COLLECT_LIST(`t3`.`event_time`) FILTER(WHERE
              (
                `t3`.`step` = 'PST'
              )
              AND (
                TRY_ELEMENT_AT(`t3`.`attributes`, 'final') = 'yes'
              )) AS `ends`
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
          ) AS `t3`
          GROUP BY
            1
        ) AS `t8`
        WHERE
          `t8`.`started` IS NOT NULL
      ) AS `t10`
      LEFT OUTER JOIN `t12` AS `t14`
        ON DATE_TRUNC('day', FROM_UTC_TIMESTAMP(`t10`.`started`, 'America/New_York')) = `t14`.`day`
      LEFT OUTER JOIN `t12` AS `t15`
        ON DATE_TRUNC('day', FROM_UTC_TIMESTAMP(`t10`.`ended`, 'America/New_York')) = `t15`.`day`
      LEFT OUTER JOIN (
        SELECT
          `t22`.`case_id`,
          `t22`.`began_at`,
          `t22`.`ended_at`,
          SUM(CAST(`t22`.`long` AS DECIMAL(38, 0))) AS `stopped`
        FROM (
          SELECT
            `t21`.`case_id`,
            `t21`.`started`,
            `t21`.`ended`,
            `t21`.`began`,
            `t21`.`done`,
            `t21`.`since`,
            `t21`.`until`,
            `t21`.`began_at`,
            `t21`.`ended_at`,
            `t21`.`halted`,
            `t21`.`resumed`,
            GREATEST(LEAST(`t21`.`resumed`, `t21`.`done`) - GREATEST(`t21`.`halted`, `t21`.`began`), 0) AS `long`
          FROM (
            SELECT
              `t20`.`case_id`,
              `t20`.`started`,
              `t20`.`ended`,
              `t20`.`began`,
              `t20`.`done`,
              `t20`.`since`,
              `t20`.`until`,
              `t20`.`began_at`,
              `t20`.`ended_at`,
              `t16`.`before` + GREATEST(LEAST(UNIX_MICROS(`t20`.`since`) - `t16`.`opens`, `t16`.`long`), 0) AS `halted`,
              `t17`.`before` + GREATEST(LEAST(UNIX_MICROS(`t20`.`until`) - `t17`.`opens`, `t17`.`long`), 0) AS `resumed`
            FROM (
              SELECT
                `t18`.`case_id`,
                `t18`.`started`,
                `t18`.`ended`,
                `t18`.`began`,
                `t18`.`done`,
                GREATEST(`t18`.`since`, `t18`.`started`) AS `since`,
                LEAST(`t18`.`until`, `t18`.`ended`) AS `until`,
                `t18`.`started` AS `began_at`,
                `t18`.`ended` AS `ended_at`
              FROM (
                SELECT
                  `t10`.`case_id`,
                  `t10`.`started`,
                  `t10`.`ended`,
                  IF(
                    FROM_UTC_TIMESTAMP(`t10`.`started`, 'America/New_York') > (
                      `t14`.`day` + INTERVAL '61200' SECOND
                    ),
                    `t14`.`before` + `t14`.`long`,
                    `t14`.`before` + GREATEST(LEAST(UNIX_MICROS(`t10`.`started`) - `t14`.`opens`, `t14`.`long`), 0)
                  ) AS `began`,
                  `t15`.`before` + GREATEST(LEAST(UNIX_MICROS(`t10`.`ended`) - `t15`.`opens`, `t15`.`long`), 0) AS `done`,
                  `t7`.`since`,
                  `t7`.`until`
                FROM (
                  SELECT
                    `t8`.`case_id`,
                    `t8`.`started`,
                    ARRAY_MIN(
                      FILTER(`t8`.`ends`, __ibis_param_time__ -> __ibis_param_time__ >= `t8`.`started`)
                    ) AS `ended`
                  FROM (
                    SELECT
                      `t3`.`case_id`,
                      MIN(`t3`.`event_time`) FILTER(WHERE
                        `t3`.`step` = 'RCV') AS `started`,
                      COLLECT_LIST(`t3`.`event_time`) FILTER(WHERE
                        (
                          `t3`.`step` = 'PST'
                        )
                        AND (
                          TRY_ELEMENT_AT(`t3`.`attributes`, 'final') = 'yes'
                        )) AS `ends`
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
                    ) AS `t3`
                    GROUP BY
                      1
                  ) AS `t8`
                  WHERE
                    `t8`.`started` IS NOT NULL
                ) AS `t10`
                LEFT OUTER JOIN `t12` AS `t14`
                  ON DATE_TRUNC('day', FROM_UTC_TIMESTAMP(`t10`.`started`, 'America/New_York')) = `t14`.`day`
                LEFT OUTER JOIN `t12` AS `t15`
                  ON DATE_TRUNC('day', FROM_UTC_TIMESTAMP(`t10`.`ended`, 'America/New_York')) = `t15`.`day`
                INNER JOIN (
                  SELECT
                    `t4`.`case_id`,
                    `t4`.`event_time` AS `since`,
                    `t4`.`until`
                  FROM (
                    SELECT
                      `t2`.`case_id`,
                      `t2`.`event_time`,
                      `t2`.`event_id`,
                      `t2`.`halts`,
                      LEAD(`t2`.`event_time`) OVER (
                        PARTITION BY `t2`.`case_id`
                        ORDER BY `t2`.`event_time` ASC NULLS LAST, `t2`.`event_id` ASC NULLS LAST
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
                    ) AS `t2`
                  ) AS `t4`
                  WHERE
                    `t4`.`halts`
                ) AS `t7`
                  ON `t10`.`case_id` = `t7`.`case_id`
              ) AS `t18`
              WHERE
                `t18`.`since` < `t18`.`ended`
                AND (
                  (
                    `t18`.`until` IS NULL
                  ) OR (
                    `t18`.`until` > `t18`.`started`
                  )
                )
            ) AS `t20`
            LEFT OUTER JOIN `t12` AS `t16`
              ON DATE_TRUNC('day', FROM_UTC_TIMESTAMP(`t20`.`since`, 'America/New_York')) = `t16`.`day`
            LEFT OUTER JOIN `t12` AS `t17`
              ON DATE_TRUNC('day', FROM_UTC_TIMESTAMP(`t20`.`until`, 'America/New_York')) = `t17`.`day`
          ) AS `t21`
        ) AS `t22`
        GROUP BY
          1,
          2,
          3
      ) AS `t24`
        ON `t10`.`case_id` = `t24`.`case_id`
        AND `t10`.`started` = `t24`.`began_at`
        AND `t10`.`ended` = `t24`.`ended_at`
    ) AS `t25`
  ) AS `t26`
) AS `t27`
