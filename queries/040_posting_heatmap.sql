-- title: Posting heatmap
-- question: When does each account post its own reels, and how do they do? Weekday and hour of the account's own
-- question: clock. The shade is the number of reels; the small figure is the median views of the n that are at least
-- question: 48 hours old.
-- chart: heatmap x=posted_hour y=posted_weekday value=reels label=median_views
SELECT
  account,
  posted_weekday,
  posted_hour,
  COUNT(*) AS reels,
  COUNT(CASE WHEN maturity <> 'immature' THEN views END) AS n,
  MEDIAN(CASE WHEN maturity <> 'immature' THEN views END) AS median_views
FROM reels
WHERE is_own = TRUE
GROUP BY account, posted_weekday, posted_hour
ORDER BY account ASC NULLS LAST, posted_weekday ASC NULLS LAST, posted_hour ASC NULLS LAST
