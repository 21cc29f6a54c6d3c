-- title: Views by day
-- question: What was posted and gained on each day, over all accounts together? Views gained are of all reels, whenever
-- question: they were posted, and of the accounts whose day is whole: the gains of nearly all their reels are known.
-- question: Days on which no account has reels or gains are left out.
WITH counted AS (
  SELECT
    d.day,
    COUNT(*) AS accounts,
    COUNT(CASE WHEN d.is_whole = TRUE THEN 1 END) AS accounts_whole,
    SUM(d.reels_posted) AS reels_posted,
    COUNT(CASE WHEN d.is_whole = TRUE THEN d.views_gained END) AS gains,
    SUM(CASE WHEN d.is_whole = TRUE THEN d.views_gained ELSE 0 END) AS gained
  FROM days AS d
  CROSS JOIN period AS p
  WHERE d.day >= p.chart_first AND d.day <= p.last
  GROUP BY d.day
)
SELECT day, accounts, accounts_whole, reels_posted, CASE WHEN gains > 0 THEN gained END AS views_gained
FROM counted
ORDER BY day ASC NULLS LAST
