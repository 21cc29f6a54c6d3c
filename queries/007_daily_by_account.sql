-- title: Views by day and account
-- question: What did each account post and gain on each day? Views gained are of all reels, whenever they were posted.
-- question: A day is whole where the gains of nearly all reels are known. Only with up to 12 accounts; days without
-- question: reels and gains are left out.
WITH shown AS (SELECT COUNT(*) AS accounts FROM accounts)
SELECT
  d.account,
  d.day,
  d.reels_posted,
  CASE WHEN d.views_gained_n > 0 THEN d.views_gained END AS views_gained,
  d.is_whole
FROM days AS d
CROSS JOIN period AS p
CROSS JOIN shown AS s
WHERE d.day >= p.chart_first AND d.day <= p.last AND s.accounts <= 12
ORDER BY d.account ASC NULLS LAST, d.day ASC NULLS LAST
