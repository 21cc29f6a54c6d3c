-- title: Top reels
-- question: Which ten own reels of each account have the most views? Older reels have had more time for theirs;
-- question: immature ones (under 48 hours old) are shown but have not settled.
WITH ranked AS (
  SELECT
    account, reel_id, views, engagement_rate, outlier_multiple, posted_date, maturity, duration_s, hook, url,
    ROW_NUMBER() OVER (PARTITION BY account ORDER BY views DESC NULLS LAST, reel_id DESC NULLS LAST) AS place
  FROM reels
  WHERE is_own = TRUE AND views IS NOT NULL
)
SELECT account, place, views, outlier_multiple, engagement_rate, posted_date, maturity, duration_s, hook, url
FROM ranked
WHERE place <= 10
ORDER BY account ASC NULLS LAST, place ASC NULLS LAST
