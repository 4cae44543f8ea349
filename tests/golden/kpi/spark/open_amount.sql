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
)
SELECT
  `t18`.`bucket`,
  `t18`.`dim_0`,
  COALESCE(
    IF(
      (
        `t18`.`c0_low` <> `t18`.`c0_high`
      )
      OR (
        (
          `t18`.`c0_low` IS NOT NULL
        ) AND (
          `t18`.`c0_blank` > 0
        )
      ),
      CAST(NULL AS DECIMAL(38, 2)),
      `t18`.`c0_value`
    ),
    0
  ) AS `value`,
  COALESCE(`t18`.`c0_n`, 0) AS `n`
FROM (
  SELECT
    `t17`.`bucket`,
    `t17`.`dim_0`,
    COALESCE(SUM(`t17`.`worth`), 0) AS `c0_value`,
    COUNT(`t17`.`worth`) AS `c0_n`,
    MIN(`t17`.`currency`) FILTER(WHERE
      `t17`.`worth` IS NOT NULL) AS `c0_low`,
    MAX(`t17`.`currency`) FILTER(WHERE
      `t17`.`worth` IS NOT NULL) AS `c0_high`,
    COUNT(*) FILTER(WHERE
      (
        `t17`.`worth` IS NOT NULL
      ) AND (
        `t17`.`currency` IS NULL
      )) AS `c0_blank`
  FROM (
    SELECT
      `t16`.`case_id`,
      `t16`.`dim_0`,
      `t16`.`worth`,
      `t16`.`currency`,
      `t16`.`bucket`,
      `t16`.`ended`,
      `t16`.`started`
    FROM (
      SELECT
        `t15`.`case_id`,
        `t15`.`event_id`,
        `t15`.`opens`,
        `t15`.`dim_0`,
        `t15`.`worth`,
        `t15`.`currency`,
        `t15`.`bucket`,
        `t15`.`ended`,
        MIN(`t15`.`opens`) OVER (
          PARTITION BY `t15`.`case_id`, `t15`.`bucket`
          ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
        ) AS `started`,
        ROW_NUMBER() OVER (
          PARTITION BY `t15`.`case_id`, `t15`.`bucket`
          ORDER BY `t15`.`opens` DESC, `t15`.`event_id` DESC
        ) - 1 AS `rank`
      FROM (
        SELECT
          `t11`.`case_id`,
          `t11`.`event_id`,
          `t11`.`opens`,
          `t11`.`dim_0`,
          `t11`.`worth`,
          `t11`.`currency`,
          `t14`.`bucket`,
          LEAST(`t14`.`high`, COALESCE((
            SELECT
              *
            FROM `log_clock` AS `t0`
          ))) AS `ended`
        FROM (
          SELECT
            `t9`.`case_id`,
            `t9`.`event_id`,
            `t9`.`opens`,
            `t9`.`dim_0`,
            `t9`.`worth`,
            `t9`.`currency`,
            `t9`.`closes`
          FROM (
            SELECT
              `t7`.`case_id`,
              `t7`.`event_id`,
              `t7`.`opens`,
              `t7`.`begins`,
              `t7`.`ends`,
              `t7`.`dim_0`,
              `t7`.`worth`,
              `t7`.`currency`,
              MIN(`t7`.`ends`) OVER (
                PARTITION BY `t7`.`case_id`
                ORDER BY `t7`.`opens` ASC NULLS LAST
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
                ) AS `ends`,
                `t5`.`currency` AS `dim_0`,
                `t5`.`amount` AS `worth`,
                `t5`.`currency`
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
            ) AS `t7`
          ) AS `t9`
          WHERE
            `t9`.`begins`
        ) AS `t11`
        INNER JOIN (
          SELECT
            `t12`.`bucket`,
            LEAST(
              `t12`.`high`,
              COALESCE((
                SELECT
                  *
                FROM `log_clock` AS `t0`
              )) + INTERVAL '1' MICROSECOND
            ) AS `high`
          FROM (
            SELECT
              `t8`.`bucket`,
              COALESCE(
                LEAD(
                  IF(
                    FROM_UTC_TIMESTAMP(
                      TIMESTAMP_MICROS(
                        (
                          UNIX_MICROS(`t8`.`bucket`) - UNIX_MICROS(
                            FROM_UTC_TIMESTAMP(
                              TO_UTC_TIMESTAMP(`t8`.`bucket`, 'America/New_York') - INTERVAL '24' HOUR,
                              'America/New_York'
                            )
                          )
                        ) + UNIX_MICROS(TO_UTC_TIMESTAMP(`t8`.`bucket`, 'America/New_York') - INTERVAL '24' HOUR)
                      ),
                      'America/New_York'
                    ) = `t8`.`bucket`,
                    TIMESTAMP_MICROS(
                      (
                        UNIX_MICROS(`t8`.`bucket`) - UNIX_MICROS(
                          FROM_UTC_TIMESTAMP(
                            TO_UTC_TIMESTAMP(`t8`.`bucket`, 'America/New_York') - INTERVAL '24' HOUR,
                            'America/New_York'
                          )
                        )
                      ) + UNIX_MICROS(TO_UTC_TIMESTAMP(`t8`.`bucket`, 'America/New_York') - INTERVAL '24' HOUR)
                    ),
                    TO_UTC_TIMESTAMP(`t8`.`bucket`, 'America/New_York')
                  )
                ) OVER (ORDER BY `t8`.`bucket` ASC NULLS LAST),
                `t8`.`end`
              ) AS `high`
            FROM (
              SELECT DISTINCT
                `t6`.`end`,
                DATE_TRUNC('month', `t6`.`day`) AS `bucket`
              FROM (
                SELECT
                  `t4`.`end`,
                  EXPLODE(
                    SEQUENCE(
                      DATE_TRUNC('day', FROM_UTC_TIMESTAMP(`t4`.`start`, 'America/New_York')),
                      (
                        DATE_TRUNC(
                          'day',
                          FROM_UTC_TIMESTAMP(`t4`.`end` - INTERVAL '1' MICROSECOND, 'America/New_York')
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
                      MIN(`t1`.`event_time`) AS `first`,
                      MAX(`t1`.`event_time`) AS `last`
                    FROM `events` AS `t1`
                  ) AS `t3`
                  WHERE
                    CAST('2026-01-01T05:00:00+00:00' AS TIMESTAMP) < CAST('2026-04-01T04:00:00+00:00' AS TIMESTAMP)
                ) AS `t4`
              ) AS `t6`
            ) AS `t8`
          ) AS `t12`
        ) AS `t14`
          ON `t11`.`opens` < `t14`.`high`
          AND (
            (
              `t11`.`closes` IS NULL
            ) OR (
              `t11`.`closes` >= `t14`.`high`
            )
          )
      ) AS `t15`
    ) AS `t16`
    WHERE
      `t16`.`rank` = 0
  ) AS `t17`
  GROUP BY
    1,
    2
) AS `t18`
