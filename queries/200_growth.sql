-- title: Growth
-- question: How do reels gain their views? Views at 24 hours and at 7 days are known where two updates lie close enough
-- question: around that age. The first day's share is of the views at 7 days; the first week's share is of the latest
-- question: views, for reels at least 30 days old. Each median is of its n reels. All history counts, whatever the
-- question: period.
SELECT
  account,
  COUNT(*) AS own_reels,
  MEDIAN(views_24h) AS median_views_24h,
  COUNT(views_24h) AS median_views_24h_n,
  MEDIAN(views_7d) AS median_views_7d,
  COUNT(views_7d) AS median_views_7d_n,
  MEDIAN(CASE WHEN views_7d > 0 THEN CAST(views_24h AS DOUBLE) / views_7d END) AS first_day_share,
  COUNT(CASE WHEN views_7d > 0 THEN views_24h END) AS first_day_share_n,
  MEDIAN(CASE WHEN maturity = 'mature' AND views > 0 THEN CAST(views_7d AS DOUBLE) / views END) AS first_week_share,
  COUNT(CASE WHEN maturity = 'mature' AND views > 0 THEN views_7d END) AS first_week_share_n
FROM reels
WHERE is_own = TRUE
GROUP BY account
ORDER BY account ASC NULLS LAST
