-- title: Forecast
-- question: What can be expected of reels under 30 days old, whatever the period? Views at 7 and at 30 days, by how the
-- question: account's earlier reels have grown (at least 8), with a range that holds in about 4 of 5 cases. Up to ten
-- question: reels per account, the newest first. A forecast needs views at 24 hours, or at 7 days.
WITH young AS (
  SELECT
    account, reel_id, posted_date, age_hours, views, expected_views_7d, expected_views_7d_low, expected_views_7d_high,
    expected_views_30d, expected_views_30d_low, expected_views_30d_high, hook, url,
    ROW_NUMBER() OVER (PARTITION BY account ORDER BY posted_at DESC NULLS LAST, reel_id DESC NULLS LAST) AS place
  FROM reels
  WHERE is_own = TRUE AND (expected_views_7d IS NOT NULL OR expected_views_30d IS NOT NULL)
)
SELECT
  account,
  posted_date,
  age_hours / 24 AS age_days,
  views,
  expected_views_7d,
  expected_views_7d_low,
  expected_views_7d_high,
  expected_views_30d,
  expected_views_30d_low,
  expected_views_30d_high,
  hook,
  url
FROM young
WHERE place <= 10
ORDER BY account ASC NULLS LAST, place ASC NULLS LAST
