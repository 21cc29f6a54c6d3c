-- title: Cadence
-- question: How often and how evenly does each account post? Reels per week and the median gap leave out breaks of
-- question: over 60 days, which are counted in their own column; n is the number of gaps left. Active weeks have at
-- question: least one reel. Days since the last post are as of the latest update.
WITH own AS (
  SELECT
    account, posted_date, posted_week, age_hours, reels_same_day, hours_since_previous,
    CASE WHEN hours_since_previous <= 1440 THEN hours_since_previous END AS gap_hours
  FROM reels
  WHERE is_own = TRUE AND has_impossible_time = FALSE
)
SELECT
  account,
  COUNT(*) AS own_reels,
  MIN(posted_date) AS first_post,
  MAX(posted_date) AS last_post,
  MIN(age_hours) / 24 AS days_since_last_post,
  COUNT(DISTINCT posted_week) AS active_weeks,
  CASE WHEN SUM(gap_hours) > 0 THEN 168.0 / AVG(gap_hours) END AS reels_per_week,
  COUNT(gap_hours) AS reels_per_week_n,
  MEDIAN(gap_hours) AS median_gap_hours,
  COUNT(gap_hours) AS median_gap_hours_n,
  MAX(hours_since_previous) / 24 AS longest_gap_days,
  COUNT(hours_since_previous) - COUNT(gap_hours) AS breaks,
  CAST(COUNT(CASE WHEN reels_same_day > 1 THEN 1 END) AS DOUBLE) / COUNT(*) AS same_day_share
FROM own
GROUP BY account
ORDER BY account ASC NULLS LAST
