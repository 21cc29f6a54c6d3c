-- title: Monthly trend
-- question: How do reels do by the month they were posted in? Medians leave out reels under 48 hours old (n = reels
-- question: left). The latest months have had less time to gain views; views at 7 days, where known, compare months
-- question: at equal age.
-- chart: line x=posted_month y=median_views by=account
SELECT
  account,
  posted_month,
  COUNT(*) AS reels,
  COUNT(CASE WHEN maturity = 'immature' THEN 1 END) AS immature_reels,
  COUNT(CASE WHEN maturity <> 'immature' THEN views END) AS n,
  MEDIAN(CASE WHEN maturity <> 'immature' THEN views END) AS median_views,
  MEDIAN(views_7d) AS median_views_7d,
  COUNT(views_7d) AS median_views_7d_n,
  MEDIAN(CASE WHEN maturity <> 'immature' THEN engagement_rate END) AS median_engagement_rate,
  COUNT(CASE WHEN maturity <> 'immature' THEN engagement_rate END) AS median_engagement_rate_n
FROM reels
WHERE is_own = TRUE AND has_impossible_time = FALSE
GROUP BY account, posted_month
ORDER BY account ASC NULLS LAST, posted_month ASC NULLS LAST
