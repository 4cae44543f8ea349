SELECT
  `t17`.`bucket`,
  `t17`.`dim_0`,
  COALESCE(
    IF(
      (
        `t17`.`c0_low` <> `t17`.`c0_high`
      )
      OR (
        (
          `t17`.`c0_low` IS NOT NULL
        ) AND (
          `t17`.`c0_blank` > 0
        )
      ),
      CAST(NULL AS DECIMAL(38, 2)),
      `t17`.`c0_value`
    ),
    0
  ) AS `value`,
  COALESCE(`t17`.`c0_n`, 0) AS `n`
FROM (
  SELECT
    `t16`.`bucket`,
    `t16`.`dim_0`,
    COALESCE(SUM(`t16`.`worth`), 0) AS `c0_value`,
    COUNT(`t16`.`worth`) AS `c0_n`,
    MIN(`t16`.`currency`) FILTER(WHERE
      `t16`.`worth` IS NOT NULL) AS `c0_low`,
    MAX(`t16`.`currency`) FILTER(WHERE
      `t16`.`worth` IS NOT NULL) AS `c0_high`,
    COUNT(*) FILTER(WHERE
      (
        `t16`.`worth` IS NOT NULL
      ) AND (
        `t16`.`currency` IS NULL
      )) AS `c0_blank`
  FROM (
    SELECT
      `t15`.`case_id`,
      `t15`.`dim_0`,
      `t15`.`worth`,
      `t15`.`currency`,
      `t15`.`bucket`,
      `t15`.`ended`,
      `t15`.`started`
    FROM (
      SELECT
        `t14`.`case_id`,
        `t14`.`event_id`,
        `t14`.`opens`,
        `t14`.`dim_0`,
        `t14`.`worth`,
        `t14`.`currency`,
        `t14`.`bucket`,
        `t14`.`ended`,
        MIN(`t14`.`opens`) OVER (
          PARTITION BY `t14`.`case_id`, `t14`.`bucket`
          ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
        ) AS `started`,
        ROW_NUMBER() OVER (
          PARTITION BY `t14`.`case_id`, `t14`.`bucket`
          ORDER BY `t14`.`opens` DESC, `t14`.`event_id` DESC
        ) - 1 AS `rank`
      FROM (
        SELECT
          `t10`.`case_id`,
          `t10`.`event_id`,
          `t10`.`opens`,
          `t10`.`dim_0`,
          `t10`.`worth`,
          `t10`.`currency`,
          `t13`.`bucket`,
          LEAST(
            `t13`.`high`,
            (
              SELECT
                MAX(`t0`.`event_time`) AS `Max(event_time)`
              FROM `events` AS `t0`
            )
          ) AS `ended`
        FROM (
          SELECT
            `t8`.`case_id`,
            `t8`.`event_id`,
            `t8`.`opens`,
            `t8`.`dim_0`,
            `t8`.`worth`,
            `t8`.`currency`,
            `t8`.`closes`
          FROM (
            SELECT
              `t6`.`case_id`,
              `t6`.`event_id`,
              `t6`.`opens`,
              `t6`.`begins`,
              `t6`.`ends`,
              `t6`.`dim_0`,
              `t6`.`worth`,
              `t6`.`currency`,
              MIN(`t6`.`ends`) OVER (
                PARTITION BY `t6`.`case_id`
                ORDER BY `t6`.`opens` ASC NULLS LAST
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
                ) AS `ends`,
                `t4`.`currency` AS `dim_0`,
                `t4`.`amount` AS `worth`,
                `t4`.`currency`
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
            ) AS `t6`
          ) AS `t8`
          WHERE
            `t8`.`begins`
        ) AS `t10`
        INNER JOIN (
          SELECT
            `t11`.`bucket`,
            LEAST(
              `t11`.`high`,
              (
                SELECT
                  MAX(`t0`.`event_time`) AS `Max(event_time)`
                FROM `events` AS `t0`
              ) + INTERVAL '1' MICROSECOND
            ) AS `high`
          FROM (
            SELECT
              `t7`.`bucket`,
              COALESCE(
                LEAD(
                  IF(
                    FROM_UTC_TIMESTAMP(
                      TIMESTAMP_MICROS(
                        (
                          UNIX_MICROS(`t7`.`bucket`) - UNIX_MICROS(
                            FROM_UTC_TIMESTAMP(
                              TO_UTC_TIMESTAMP(`t7`.`bucket`, 'America/New_York') - INTERVAL '24' HOUR,
                              'America/New_York'
                            )
                          )
                        ) + UNIX_MICROS(TO_UTC_TIMESTAMP(`t7`.`bucket`, 'America/New_York') - INTERVAL '24' HOUR)
                      ),
                      'America/New_York'
                    ) = `t7`.`bucket`,
                    TIMESTAMP_MICROS(
                      (
                        UNIX_MICROS(`t7`.`bucket`) - UNIX_MICROS(
                          FROM_UTC_TIMESTAMP(
                            TO_UTC_TIMESTAMP(`t7`.`bucket`, 'America/New_York') - INTERVAL '24' HOUR,
                            'America/New_York'
                          )
                        )
                      ) + UNIX_MICROS(TO_UTC_TIMESTAMP(`t7`.`bucket`, 'America/New_York') - INTERVAL '24' HOUR)
                    ),
                    TO_UTC_TIMESTAMP(`t7`.`bucket`, 'America/New_York')
                  )
                ) OVER (ORDER BY `t7`.`bucket` ASC NULLS LAST),
                `t7`.`end`
              ) AS `high`
            FROM (
              SELECT DISTINCT
                `t5`.`end`,
                DATE_TRUNC('month', `t5`.`day`) AS `bucket`
              FROM (
                SELECT
                  `t3`.`end`,
                  EXPLODE(
                    SEQUENCE(
                      DATE_TRUNC('day', FROM_UTC_TIMESTAMP(`t3`.`start`, 'America/New_York')),
                      (
                        DATE_TRUNC(
                          'day',
                          FROM_UTC_TIMESTAMP(`t3`.`end` - INTERVAL '1' MICROSECOND, 'America/New_York')
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
                  ) AS `t2`
                  WHERE
                    CAST('2026-01-01T05:00:00+00:00' AS TIMESTAMP) < CAST('2026-04-01T04:00:00+00:00' AS TIMESTAMP)
                ) AS `t3`
              ) AS `t5`
            ) AS `t7`
          ) AS `t11`
        ) AS `t13`
          ON `t10`.`opens` < `t13`.`high`
          AND (
            (
              `t10`.`closes` IS NULL
            ) OR (
              `t10`.`closes` >= `t13`.`high`
            )
          )
      ) AS `t14`
    ) AS `t15`
    WHERE
      `t15`.`rank` = 0
  ) AS `t16`
  GROUP BY
    1,
    2
) AS `t17`
