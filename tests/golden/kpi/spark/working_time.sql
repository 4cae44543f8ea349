WITH `t12` AS (
  SELECT
    `t4`.`case_id`,
    MIN(`t4`.`event_time`) FILTER(WHERE
      `t4`.`step` = 'RCV') AS `edge_0`,
    MIN(`t4`.`event_time`) FILTER(WHERE
      (
        `t4`.`step` = 'PST'
      )
      AND (
        TRY_ELEMENT_AT(`t4`.`attributes`, 'final') = 'yes'
      )) AS `edge_1`,
    MAX(`t4`.`event_time`) FILTER(WHERE
      (
        `t4`.`step` = 'PST'
      )
      AND (
        TRY_ELEMENT_AT(`t4`.`attributes`, 'final') = 'yes'
      )) AS `edge_2`
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
  GROUP BY
    1
), `t23` AS (
  SELECT
    `t20`.`day`,
    `t20`.`opens`,
    `t20`.`long`,
    SUM(CAST(`t20`.`long` AS DECIMAL(38, 0))) OVER (
      ORDER BY `t20`.`day` ASC NULLS LAST
      ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
    ) - `t20`.`long` AS `before`,
    SUM(CAST(CAST(`t20`.`long` > 0 AS BIGINT) AS DECIMAL(38, 0))) OVER (
      ORDER BY `t20`.`day` ASC NULLS LAST
      ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
    ) - CAST(`t20`.`long` > 0 AS BIGINT) AS `earlier`
  FROM (
    SELECT
      `t9`.`day`,
      UNIX_MICROS(
        IF(
          FROM_UTC_TIMESTAMP(
            TIMESTAMP_MICROS(
              (
                UNIX_MICROS(`t9`.`day` + INTERVAL '28800' SECOND) - UNIX_MICROS(
                  FROM_UTC_TIMESTAMP(
                    TO_UTC_TIMESTAMP(`t9`.`day` + INTERVAL '28800' SECOND, 'America/New_York') - INTERVAL '24' HOUR,
                    'America/New_York'
                  )
                )
              ) + UNIX_MICROS(
                TO_UTC_TIMESTAMP(`t9`.`day` + INTERVAL '28800' SECOND, 'America/New_York') - INTERVAL '24' HOUR
              )
            ),
            'America/New_York'
          ) = (
            `t9`.`day` + INTERVAL '28800' SECOND
          ),
          TIMESTAMP_MICROS(
            (
              UNIX_MICROS(`t9`.`day` + INTERVAL '28800' SECOND) - UNIX_MICROS(
                FROM_UTC_TIMESTAMP(
                  TO_UTC_TIMESTAMP(`t9`.`day` + INTERVAL '28800' SECOND, 'America/New_York') - INTERVAL '24' HOUR,
                  'America/New_York'
                )
              )
            ) + UNIX_MICROS(
              TO_UTC_TIMESTAMP(`t9`.`day` + INTERVAL '28800' SECOND, 'America/New_York') - INTERVAL '24' HOUR
            )
          ),
          TO_UTC_TIMESTAMP(`t9`.`day` + INTERVAL '28800' SECOND, 'America/New_York')
        )
      ) AS `opens`,
      IF(
        (
          DAYOFWEEK(`t9`.`day`) + 5
        ) % 7 IN (0, 1, 2, 3, 4)
        AND NOT (
          CAST(`t9`.`day` AS DATE) IN (MAKE_DATE(2026, 1, 19))
        ),
        GREATEST(
          UNIX_MICROS(
            IF(
              FROM_UTC_TIMESTAMP(
                TIMESTAMP_MICROS(
                  (
                    UNIX_MICROS(`t9`.`day` + INTERVAL '64800' SECOND) - UNIX_MICROS(
                      FROM_UTC_TIMESTAMP(
                        TO_UTC_TIMESTAMP(`t9`.`day` + INTERVAL '64800' SECOND, 'America/New_York') - INTERVAL '24' HOUR,
                        'America/New_York'
                      )
                    )
                  ) + UNIX_MICROS(
                    TO_UTC_TIMESTAMP(`t9`.`day` + INTERVAL '64800' SECOND, 'America/New_York') - INTERVAL '24' HOUR
                  )
                ),
                'America/New_York'
              ) = (
                `t9`.`day` + INTERVAL '64800' SECOND
              ),
              TIMESTAMP_MICROS(
                (
                  UNIX_MICROS(`t9`.`day` + INTERVAL '64800' SECOND) - UNIX_MICROS(
                    FROM_UTC_TIMESTAMP(
                      TO_UTC_TIMESTAMP(`t9`.`day` + INTERVAL '64800' SECOND, 'America/New_York') - INTERVAL '24' HOUR,
                      'America/New_York'
                    )
                  )
                ) + UNIX_MICROS(
                  TO_UTC_TIMESTAMP(`t9`.`day` + INTERVAL '64800' SECOND, 'America/New_York') - INTERVAL '24' HOUR
                )
              ),
              TO_UTC_TIMESTAMP(`t9`.`day` + INTERVAL '64800' SECOND, 'America/New_York')
            )
          ) - UNIX_MICROS(
            IF(
              FROM_UTC_TIMESTAMP(
                TIMESTAMP_MICROS(
                  (
                    UNIX_MICROS(`t9`.`day` + INTERVAL '28800' SECOND) - UNIX_MICROS(
                      FROM_UTC_TIMESTAMP(
                        TO_UTC_TIMESTAMP(`t9`.`day` + INTERVAL '28800' SECOND, 'America/New_York') - INTERVAL '24' HOUR,
                        'America/New_York'
                      )
                    )
                  ) + UNIX_MICROS(
                    TO_UTC_TIMESTAMP(`t9`.`day` + INTERVAL '28800' SECOND, 'America/New_York') - INTERVAL '24' HOUR
                  )
                ),
                'America/New_York'
              ) = (
                `t9`.`day` + INTERVAL '28800' SECOND
              ),
              TIMESTAMP_MICROS(
                (
                  UNIX_MICROS(`t9`.`day` + INTERVAL '28800' SECOND) - UNIX_MICROS(
                    FROM_UTC_TIMESTAMP(
                      TO_UTC_TIMESTAMP(`t9`.`day` + INTERVAL '28800' SECOND, 'America/New_York') - INTERVAL '24' HOUR,
                      'America/New_York'
                    )
                  )
                ) + UNIX_MICROS(
                  TO_UTC_TIMESTAMP(`t9`.`day` + INTERVAL '28800' SECOND, 'America/New_York') - INTERVAL '24' HOUR
                )
              ),
              TO_UTC_TIMESTAMP(`t9`.`day` + INTERVAL '28800' SECOND, 'America/New_York')
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
    ) AS `t9`
  ) AS `t20`
)
SELECT
  `t39`.`c0_value` AS `value`,
  COALESCE(`t39`.`c0_n`, 0) AS `n`
FROM (
  SELECT
    (
      CAST(PERCENTILE(CAST(`t38`.`lasted` AS DOUBLE), 0.5D) AS DOUBLE) / CAST(NULLIF(1000000, 0) AS DOUBLE)
    ) AS `c0_value`,
    COUNT(`t38`.`lasted`) AS `c0_n`
  FROM (
    SELECT
      `t37`.`case_id`,
      `t37`.`started`,
      `t37`.`ended`,
      IF(
        `t37`.`ended` IS NULL,
        CAST(NULL AS BIGINT),
        GREATEST(`t37`.`done` - `t37`.`began`, 0) - `t37`.`stopped`
      ) AS `lasted`,
      `t37`.`started` AS `at`
    FROM (
      SELECT
        `t24`.`case_id`,
        `t24`.`started`,
        `t24`.`ended`,
        IF(
          FROM_UTC_TIMESTAMP(`t24`.`started`, 'America/New_York') > (
            `t26`.`day` + INTERVAL '61200' SECOND
          ),
          `t26`.`before` + `t26`.`long`,
          `t26`.`before` + GREATEST(LEAST(UNIX_MICROS(`t24`.`started`) - `t26`.`opens`, `t26`.`long`), 0)
        ) AS `began`,
        `t27`.`before` + GREATEST(LEAST(UNIX_MICROS(`t24`.`ended`) - `t27`.`opens`, `t27`.`long`), 0) AS `done`,
        COALESCE(`t36`.`stopped`, 0) AS `stopped`
      FROM (
        SELECT
          `t21`.`case_id`,
          `t21`.`edge_0` AS `started`,
          IF(`t21`.`edge_1` >= `t21`.`edge_0`, `t21`.`edge_1`, `t21`.`ends`) AS `ended`
        FROM (
          SELECT
            `t14`.`case_id`,
            `t14`.`edge_0`,
            `t14`.`edge_1`,
            `t14`.`edge_2`,
            `t19`.`early`,
            `t19`.`ends`
          FROM `t12` AS `t14`
          LEFT OUTER JOIN (
            SELECT
              `t17`.`early`,
              MIN(`t17`.`event_time`) AS `ends`
            FROM (
              SELECT
                `t7`.`case_id`,
                `t7`.`event_time`,
                `t16`.`early`,
                `t16`.`since`
              FROM (
                SELECT
                  `t2`.`case_id`,
                  `t2`.`event_time`
                FROM (
                  SELECT
                    *
                  FROM `events` AS `t0`
                  WHERE
                    `t0`.`step` = 'PST' AND TRY_ELEMENT_AT(`t0`.`attributes`, 'final') = 'yes'
                ) AS `t2`
              ) AS `t7`
              INNER JOIN (
                SELECT
                  `t13`.`case_id` AS `early`,
                  `t13`.`edge_0` AS `since`
                FROM `t12` AS `t13`
                WHERE
                  `t13`.`edge_1` < `t13`.`edge_0` AND `t13`.`edge_2` >= `t13`.`edge_0`
              ) AS `t16`
                ON `t7`.`case_id` = `t16`.`early` AND `t7`.`event_time` >= `t16`.`since`
            ) AS `t17`
            GROUP BY
              1
          ) AS `t19`
            ON `t14`.`case_id` = `t19`.`early`
        ) AS `t21`
        WHERE
          `t21`.`edge_0` IS NOT NULL
      ) AS `t24`
      LEFT OUTER JOIN `t23` AS `t26`
        ON DATE_TRUNC('day', FROM_UTC_TIMESTAMP(`t24`.`started`, 'America/New_York')) = `t26`.`day`
      LEFT OUTER JOIN `t23` AS `t27`
        ON DATE_TRUNC('day', FROM_UTC_TIMESTAMP(`t24`.`ended`, 'America/New_York')) = `t27`.`day`
      LEFT OUTER JOIN (
        SELECT
          `t34`.`case_id`,
          `t34`.`began_at`,
          `t34`.`ended_at`,
          SUM(CAST(`t34`.`long` AS DECIMAL(38, 0))) AS `stopped`
        FROM (
          SELECT
            `t33`.`case_id`,
            `t33`.`started`,
            `t33`.`ended`,
            `t33`.`began`,
            `t33`.`done`,
            `t33`.`since`,
            `t33`.`until`,
            `t33`.`began_at`,
            `t33`.`ended_at`,
            `t33`.`halted`,
            `t33`.`resumed`,
            GREATEST(LEAST(`t33`.`resumed`, `t33`.`done`) - GREATEST(`t33`.`halted`, `t33`.`began`), 0) AS `long`
          FROM (
            SELECT
              `t32`.`case_id`,
              `t32`.`started`,
              `t32`.`ended`,
              `t32`.`began`,
              `t32`.`done`,
              `t32`.`since`,
              `t32`.`until`,
              `t32`.`began_at`,
              `t32`.`ended_at`,
              `t28`.`before` + GREATEST(LEAST(UNIX_MICROS(`t32`.`since`) - `t28`.`opens`, `t28`.`long`), 0) AS `halted`,
              `t29`.`before` + GREATEST(LEAST(UNIX_MICROS(`t32`.`until`) - `t29`.`opens`, `t29`.`long`), 0) AS `resumed`
            FROM (
              SELECT
                `t30`.`case_id`,
                `t30`.`started`,
                `t30`.`ended`,
                `t30`.`began`,
                `t30`.`done`,
                GREATEST(`t30`.`since`, `t30`.`started`) AS `since`,
                LEAST(`t30`.`until`, `t30`.`ended`) AS `until`,
                `t30`.`started` AS `began_at`,
                `t30`.`ended` AS `ended_at`
              FROM (
                SELECT
                  `t24`.`case_id`,
                  `t24`.`started`,
                  `t24`.`ended`,
                  IF(
                    FROM_UTC_TIMESTAMP(`t24`.`started`, 'America/New_York') > (
                      `t26`.`day` + INTERVAL '61200' SECOND
                    ),
                    `t26`.`before` + `t26`.`long`,
                    `t26`.`before` + GREATEST(LEAST(UNIX_MICROS(`t24`.`started`) - `t26`.`opens`, `t26`.`long`), 0)
                  ) AS `began`,
                  `t27`.`before` + GREATEST(LEAST(UNIX_MICROS(`t24`.`ended`) - `t27`.`opens`, `t27`.`long`), 0) AS `done`,
                  `t11`.`since`,
                  `t11`.`until`
                FROM (
                  SELECT
                    `t21`.`case_id`,
                    `t21`.`edge_0` AS `started`,
                    IF(`t21`.`edge_1` >= `t21`.`edge_0`, `t21`.`edge_1`, `t21`.`ends`) AS `ended`
                  FROM (
                    SELECT
                      `t14`.`case_id`,
                      `t14`.`edge_0`,
                      `t14`.`edge_1`,
                      `t14`.`edge_2`,
                      `t19`.`early`,
                      `t19`.`ends`
                    FROM `t12` AS `t14`
                    LEFT OUTER JOIN (
                      SELECT
                        `t17`.`early`,
                        MIN(`t17`.`event_time`) AS `ends`
                      FROM (
                        SELECT
                          `t7`.`case_id`,
                          `t7`.`event_time`,
                          `t16`.`early`,
                          `t16`.`since`
                        FROM (
                          SELECT
                            `t2`.`case_id`,
                            `t2`.`event_time`
                          FROM (
                            SELECT
                              *
                            FROM `events` AS `t0`
                            WHERE
                              `t0`.`step` = 'PST' AND TRY_ELEMENT_AT(`t0`.`attributes`, 'final') = 'yes'
                          ) AS `t2`
                        ) AS `t7`
                        INNER JOIN (
                          SELECT
                            `t13`.`case_id` AS `early`,
                            `t13`.`edge_0` AS `since`
                          FROM `t12` AS `t13`
                          WHERE
                            `t13`.`edge_1` < `t13`.`edge_0` AND `t13`.`edge_2` >= `t13`.`edge_0`
                        ) AS `t16`
                          ON `t7`.`case_id` = `t16`.`early` AND `t7`.`event_time` >= `t16`.`since`
                      ) AS `t17`
                      GROUP BY
                        1
                    ) AS `t19`
                      ON `t14`.`case_id` = `t19`.`early`
                  ) AS `t21`
                  WHERE
                    `t21`.`edge_0` IS NOT NULL
                ) AS `t24`
                LEFT OUTER JOIN `t23` AS `t26`
                  ON DATE_TRUNC('day', FROM_UTC_TIMESTAMP(`t24`.`started`, 'America/New_York')) = `t26`.`day`
                LEFT OUTER JOIN `t23` AS `t27`
                  ON DATE_TRUNC('day', FROM_UTC_TIMESTAMP(`t24`.`ended`, 'America/New_York')) = `t27`.`day`
                INNER JOIN (
                  SELECT
                    `t8`.`case_id`,
                    `t8`.`event_time` AS `since`,
                    `t8`.`until`
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
                  ) AS `t8`
                  WHERE
                    `t8`.`halts`
                ) AS `t11`
                  ON `t24`.`case_id` = `t11`.`case_id`
              ) AS `t30`
              WHERE
                `t30`.`since` < `t30`.`ended`
                AND (
                  (
                    `t30`.`until` IS NULL
                  ) OR (
                    `t30`.`until` > `t30`.`started`
                  )
                )
            ) AS `t32`
            LEFT OUTER JOIN `t23` AS `t28`
              ON DATE_TRUNC('day', FROM_UTC_TIMESTAMP(`t32`.`since`, 'America/New_York')) = `t28`.`day`
            LEFT OUTER JOIN `t23` AS `t29`
              ON DATE_TRUNC('day', FROM_UTC_TIMESTAMP(`t32`.`until`, 'America/New_York')) = `t29`.`day`
          ) AS `t33`
        ) AS `t34`
        GROUP BY
          1,
          2,
          3
      ) AS `t36`
        ON `t24`.`case_id` = `t36`.`case_id`
        AND `t24`.`started` = `t36`.`began_at`
        AND `t24`.`ended` = `t36`.`ended_at`
    ) AS `t37`
  ) AS `t38`
) AS `t39`
