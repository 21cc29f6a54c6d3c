-- title: Best times
-- question: On which weekdays and in which parts of the day do an account's reels beat its other reels? The mean is
-- question: geometric, of views relative to the account's usual at equal age; the adjusted value is that mean relative
-- question: to the account's own, pulled towards 1 when a slot has few reels, by n / (n + 20). Of 28 slots some look
-- question: good by chance: only those whose z reaches the z needed stand out. Only reels at least 7 days old count.
-- question: All history counts, whatever the period.
WITH own AS (
  SELECT
    account, posted_weekday, posted_daypart, 10 * posted_weekday + CASE posted_daypart
      WHEN 'night' THEN 1 WHEN 'morning' THEN 2 WHEN 'afternoon' THEN 3 ELSE 4
    END AS slot,
    equal_age_multiple AS multiple, LN(equal_age_multiple) AS log_multiple, equal_age_rank AS place,
    equal_age_n AS n_all, views
  FROM reels
  WHERE is_own = TRUE AND maturity IN ('settled', 'mature') AND equal_age_multiple > 0
),
usual AS (SELECT account, AVG(log_multiple) AS log_usual FROM own GROUP BY account),
grouped AS (
  SELECT
    account, slot, posted_weekday, posted_daypart,
    COUNT(*) AS n,
    AVG(log_multiple) AS log_mean,
    MEDIAN(multiple) AS median_multiple,
    SUM(place) AS rank_sum,
    MAX(n_all) AS n_all,
    MEDIAN(views) AS median_views
  FROM own
  GROUP BY account, slot, posted_weekday, posted_daypart
),
scored AS (
  SELECT
    account, slot,
    (rank_sum - n * (n_all + 1) / 2.0)
    / SQRT(CAST(n AS DOUBLE) * (n_all - n) * (n_all + 1) / 12.0) AS z
  FROM grouped
  WHERE n >= 5 AND n_all - n >= 5
),
-- A level of 0.02, both directions together, is shared by the groups compared.
levels AS (
  SELECT account, slot, z, SQRT(0 - 2 * LN(CAST(0.01 AS DOUBLE) / COUNT(*) OVER (PARTITION BY account))) AS t
  FROM scored
),
needed AS (
  SELECT account, slot, z, t - (2.30753 + 0.27061 * t) / (1 + 0.99229 * t + 0.04481 * t * t) AS z_needed
  FROM levels
),
-- The median of the other reels, for groups that stand out.
others AS (
  SELECT n.account, n.slot, MEDIAN(o.multiple) AS others_multiple
  FROM needed AS n
  INNER JOIN own AS o ON n.account = o.account
  WHERE n.slot <> o.slot AND ABS(n.z) >= n.z_needed
  GROUP BY n.account, n.slot
)
SELECT
  g.account,
  g.posted_weekday,
  g.posted_daypart,
  g.n,
  EXP((g.log_mean - u.log_usual) * CAST(g.n AS DOUBLE) / (g.n + 20)) AS cautious_multiple,
  EXP(g.log_mean) AS mean_multiple,
  g.median_multiple,
  o.others_multiple,
  n.z,
  n.z_needed,
  g.median_views
FROM grouped AS g
INNER JOIN usual AS u ON g.account = u.account
LEFT JOIN needed AS n ON g.account = n.account AND g.slot = n.slot
LEFT JOIN others AS o ON g.account = o.account AND g.slot = o.slot
ORDER BY g.account ASC NULLS LAST, cautious_multiple DESC NULLS LAST, g.slot ASC NULLS LAST
