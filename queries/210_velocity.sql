-- title: Velocity
-- question: How fast do reels keep gaining views as they age, whatever the period? Of the reels in the latest update:
-- question: median views per hour since each reel last had a view count (n reels, at least an hour apart), and what a
-- question: day at that pace adds to the views so far.
-- chart: bar x=maturity y=median_views_per_hour by=account
WITH paced AS (
  SELECT
    r.account, r.maturity, r.age_hours, r.views_per_hour_recent,
    CASE WHEN r.views > 0 THEN 24 * r.views_per_hour_recent / r.views END AS day_share,
    CASE r.maturity WHEN 'immature' THEN 1 WHEN 'settling' THEN 2 WHEN 'settled' THEN 3 ELSE 4 END AS rung
  FROM reels AS r
  INNER JOIN accounts AS a ON r.account = a.account
  WHERE r.is_own = TRUE AND r.has_impossible_time = FALSE AND r.observed_at >= a.crawl_started_at
),
grouped AS (
  SELECT
    account, rung, maturity,
    COUNT(*) AS reels,
    MEDIAN(age_hours) / 24 AS median_age_days,
    MEDIAN(views_per_hour_recent) AS median_views_per_hour,
    COUNT(views_per_hour_recent) AS median_views_per_hour_n,
    MEDIAN(day_share) AS day_share,
    COUNT(day_share) AS day_share_n
  FROM paced
  GROUP BY account, rung, maturity
)
SELECT
  account, maturity, reels, median_age_days, median_views_per_hour, median_views_per_hour_n, day_share, day_share_n
FROM grouped
ORDER BY account ASC NULLS LAST, rung ASC NULLS LAST
