-- title: Posting heatmap
-- question: When does each account post, by weekday and hour in its own time zone, and how many views do those reels
-- question: usually get? The median is of the n reels at least 48 hours old. All history counts, whatever the period.
-- chart: heatmap x=posted_hour y=posted_weekday value=reels label=median_views
SELECT
  account,
  posted_weekday,
  posted_hour,
  COUNT(*) AS reels,
  COUNT(CASE WHEN maturity <> 'immature' THEN views END) AS n,
  MEDIAN(CASE WHEN maturity <> 'immature' THEN views END) AS median_views
FROM reels
WHERE is_own = TRUE AND has_impossible_time = FALSE
GROUP BY account, posted_weekday, posted_hour
ORDER BY account ASC NULLS LAST, posted_weekday ASC NULLS LAST, posted_hour ASC NULLS LAST
