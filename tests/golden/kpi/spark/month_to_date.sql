SELECT
  `t12`.`bucket`,
  COALESCE(`t12`.`c0_n`, 0) AS `value`,
  COALESCE(`t12`.`c0_n`, 0) AS `n`
FROM (
  SELECT
    `t11`.`bucket`,
    COUNT(*) AS `c0_n`
  FROM (
    SELECT
      `t3`.`event_id`,
      `t3`.`case_id`,
      `t3`.`step`,
      `t3`.`event_time`,
      `t3`.`effective_date`,
      `t3`.`amount`,
      `t3`.`currency`,
      `t3`.`resource`,
      `t3`.`attributes`,
      `t3`.`ingested_at`,
      `t10`.`bucket`
    FROM (
      SELECT
        *
      FROM `events` AS `t0`
      WHERE
        `t0`.`step` = 'PST' AND TRY_ELEMENT_AT(`t0`.`attributes`, 'final') = 'yes'
    ) AS `t3`
    INNER JOIN (
      SELECT
        `t8`.`bucket`,
        `t8`.`high`,
        TO_UTC_TIMESTAMP(
          DATE_TRUNC('month', FROM_UTC_TIMESTAMP(`t8`.`high` - INTERVAL '1' MICROSECOND, 'UTC')),
          'UTC'
        ) AS `low`
      FROM (
        SELECT
          `t7`.`bucket`,
          COALESCE(
            LEAD(TO_UTC_TIMESTAMP(`t7`.`bucket`, 'UTC')) OVER (ORDER BY `t7`.`bucket` ASC NULLS LAST),
            `t7`.`end`
          ) AS `high`
        FROM (
          SELECT DISTINCT
            *
          FROM (
            SELECT
              `t5`.`end`,
              FROM_UTC_TIMESTAMP(TIMESTAMP_MICROS(`t5`.`micros`), 'UTC') - (
                FROM_UTC_TIMESTAMP(TIMESTAMP_MICROS(`t5`.`micros`), 'UTC') - DATE_TRUNC('hour', FROM_UTC_TIMESTAMP(TIMESTAMP_MICROS(`t5`.`micros`), 'UTC'))
              ) AS `bucket`
            FROM (
              SELECT
                `t4`.`end`,
                EXPLODE(
                  SEQUENCE(
                    UNIX_MICROS(`t4`.`start`) - (
                      UNIX_MICROS(`t4`.`start`) % 900000000
                    ),
                    UNIX_MICROS(`t4`.`end`) - 1,
                    900000000
                  )
                ) AS `micros`
              FROM (
                SELECT
                  `t1`.`first` AS `start`,
                  `t1`.`last` + INTERVAL '1' MICROSECOND AS `end`
                FROM (
                  SELECT
                    MIN(`t0`.`event_time`) AS `first`,
                    MAX(`t0`.`event_time`) AS `last`
                  FROM `events` AS `t0`
                ) AS `t1`
                WHERE
                  `t1`.`first` < (
                    `t1`.`last` + INTERVAL '1' MICROSECOND
                  )
              ) AS `t4`
            ) AS `t5`
          ) AS `t6`
        ) AS `t7`
      ) AS `t8`
    ) AS `t10`
      ON `t3`.`event_time` < `t10`.`high` AND `t3`.`event_time` >= `t10`.`low`
  ) AS `t11`
  GROUP BY
    1
) AS `t12`
