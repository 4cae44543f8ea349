SELECT
  `t15`.`bucket`,
  (
    CAST(CAST(COALESCE(`t15`.`c0_n`, 0) AS DOUBLE) AS DOUBLE) / CAST(NULLIF(CAST(COALESCE(`t15`.`c1_n`, 0) AS DOUBLE), 0) AS DOUBLE)
  ) AS `value`,
  COALESCE(`t15`.`c1_n`, 0) AS `n`
FROM (
  SELECT
    `t14`.`bucket`,
    COUNT(*) FILTER(WHERE
      `t14`.`step` = 'RET') AS `c0_n`,
    COUNT(*) FILTER(WHERE
      `t14`.`step` = 'INI') AS `c1_n`
  FROM (
    SELECT
      `t4`.`case_id`,
      `t4`.`step`,
      `t4`.`event_time`,
      `t4`.`effective_date`,
      `t4`.`amount`,
      `t4`.`currency`,
      `t4`.`resource`,
      `t4`.`attributes`,
      `t8`.`at`,
      `t13`.`bucket`
    FROM (
      SELECT
        `t0`.`case_id`,
        `t0`.`step`,
        `t0`.`event_time`,
        `t0`.`effective_date`,
        `t0`.`amount`,
        `t0`.`currency`,
        `t0`.`resource`,
        `t0`.`attributes`
      FROM `events` AS `t0`
      WHERE
        `t0`.`step` IN ('RET', 'INI')
    ) AS `t4`
    INNER JOIN (
      SELECT
        `t6`.`case_id`,
        `t6`.`edge_0` AS `at`
      FROM (
        SELECT
          `t2`.`case_id`,
          MIN(`t2`.`event_time`) AS `edge_0`
        FROM (
          SELECT
            *
          FROM `events` AS `t0`
          WHERE
            `t0`.`step` = 'INI'
        ) AS `t2`
        GROUP BY
          1
      ) AS `t6`
      WHERE
        `t6`.`edge_0` IS NOT NULL
    ) AS `t8`
      ON `t4`.`case_id` = `t8`.`case_id`
    INNER JOIN (
      SELECT
        `t11`.`bucket`,
        `t11`.`high`,
        IF(
          FROM_UTC_TIMESTAMP(
            TIMESTAMP_MICROS(
              (
                UNIX_MICROS(FROM_UTC_TIMESTAMP(`t11`.`high`, 'America/New_York') - INTERVAL '60' DAY) - UNIX_MICROS(
                  FROM_UTC_TIMESTAMP(
                    TO_UTC_TIMESTAMP(
                      FROM_UTC_TIMESTAMP(`t11`.`high`, 'America/New_York') - INTERVAL '60' DAY,
                      'America/New_York'
                    ) - INTERVAL '24' HOUR,
                    'America/New_York'
                  )
                )
              ) + UNIX_MICROS(
                TO_UTC_TIMESTAMP(
                  FROM_UTC_TIMESTAMP(`t11`.`high`, 'America/New_York') - INTERVAL '60' DAY,
                  'America/New_York'
                ) - INTERVAL '24' HOUR
              )
            ),
            'America/New_York'
          ) = (
            FROM_UTC_TIMESTAMP(`t11`.`high`, 'America/New_York') - INTERVAL '60' DAY
          ),
          TIMESTAMP_MICROS(
            (
              UNIX_MICROS(FROM_UTC_TIMESTAMP(`t11`.`high`, 'America/New_York') - INTERVAL '60' DAY) - UNIX_MICROS(
                FROM_UTC_TIMESTAMP(
                  TO_UTC_TIMESTAMP(
                    FROM_UTC_TIMESTAMP(`t11`.`high`, 'America/New_York') - INTERVAL '60' DAY,
                    'America/New_York'
                  ) - INTERVAL '24' HOUR,
                  'America/New_York'
                )
              )
            ) + UNIX_MICROS(
              TO_UTC_TIMESTAMP(
                FROM_UTC_TIMESTAMP(`t11`.`high`, 'America/New_York') - INTERVAL '60' DAY,
                'America/New_York'
              ) - INTERVAL '24' HOUR
            )
          ),
          TO_UTC_TIMESTAMP(
            FROM_UTC_TIMESTAMP(`t11`.`high`, 'America/New_York') - INTERVAL '60' DAY,
            'America/New_York'
          )
        ) AS `low`
      FROM (
        SELECT
          `t10`.`bucket`,
          COALESCE(
            LEAD(
              IF(
                FROM_UTC_TIMESTAMP(
                  TIMESTAMP_MICROS(
                    (
                      UNIX_MICROS(`t10`.`bucket`) - UNIX_MICROS(
                        FROM_UTC_TIMESTAMP(
                          TO_UTC_TIMESTAMP(`t10`.`bucket`, 'America/New_York') - INTERVAL '24' HOUR,
                          'America/New_York'
                        )
                      )
                    ) + UNIX_MICROS(TO_UTC_TIMESTAMP(`t10`.`bucket`, 'America/New_York') - INTERVAL '24' HOUR)
                  ),
                  'America/New_York'
                ) = `t10`.`bucket`,
                TIMESTAMP_MICROS(
                  (
                    UNIX_MICROS(`t10`.`bucket`) - UNIX_MICROS(
                      FROM_UTC_TIMESTAMP(
                        TO_UTC_TIMESTAMP(`t10`.`bucket`, 'America/New_York') - INTERVAL '24' HOUR,
                        'America/New_York'
                      )
                    )
                  ) + UNIX_MICROS(TO_UTC_TIMESTAMP(`t10`.`bucket`, 'America/New_York') - INTERVAL '24' HOUR)
                ),
                TO_UTC_TIMESTAMP(`t10`.`bucket`, 'America/New_York')
              )
            ) OVER (ORDER BY `t10`.`bucket` ASC NULLS LAST),
            `t10`.`end`
          ) AS `high`
        FROM (
          SELECT DISTINCT
            `t9`.`end`,
            DATE_TRUNC('day', `t9`.`day`) AS `bucket`
          FROM (
            SELECT
              `t5`.`end`,
              EXPLODE(
                SEQUENCE(
                  DATE_TRUNC('day', FROM_UTC_TIMESTAMP(`t5`.`start`, 'America/New_York')),
                  (
                    DATE_TRUNC(
                      'day',
                      FROM_UTC_TIMESTAMP(`t5`.`end` - INTERVAL '1' MICROSECOND, 'America/New_York')
                    ) + INTERVAL '1' DAY
                  ) - INTERVAL '1' MICROSECOND,
                  INTERVAL '1' DAY
                )
              ) AS `day`
            FROM (
              SELECT
                CAST('2026-01-01T05:00:00+00:00' AS TIMESTAMP) AS `start`,
                CAST('2026-04-01T04:00:00+00:00' AS TIMESTAMP) AS `end`
              FROM (
                SELECT
                  MIN(`t0`.`event_time`) AS `first`,
                  MAX(`t0`.`event_time`) AS `last`
                FROM `events` AS `t0`
              ) AS `t3`
              WHERE
                CAST('2026-01-01T05:00:00+00:00' AS TIMESTAMP) < CAST('2026-04-01T04:00:00+00:00' AS TIMESTAMP)
            ) AS `t5`
          ) AS `t9`
        ) AS `t10`
      ) AS `t11`
    ) AS `t13`
      ON `t8`.`at` < `t13`.`high` AND `t8`.`at` >= `t13`.`low`
  ) AS `t14`
  GROUP BY
    1
) AS `t15`
