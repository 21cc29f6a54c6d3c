-- title: Top reels
-- question: Which ten reels of each account have the most views? Older reels have had more time; those under 2 days
-- question: old are listed but still gaining. Reels no longer listed (missing from the last two full updates) keep
-- question: their last numbers.
WITH ranked AS (
  SELECT
    account, reel_id, views, engagement_rate, outlier_multiple, posted_date, maturity, duration_s, hook, url,
    CASE WHEN is_listed = FALSE THEN 'no longer listed' END AS listing,
    ROW_NUMBER() OVER (PARTITION BY account ORDER BY views DESC NULLS LAST, reel_id DESC NULLS LAST) AS place
  FROM reels
  WHERE is_own = TRUE AND views IS NOT NULL
)
SELECT account, place, views, outlier_multiple, engagement_rate, posted_date, maturity, duration_s, listing, hook, url
FROM ranked
WHERE place <= 10
ORDER BY account ASC NULLS LAST, place ASC NULLS LAST
