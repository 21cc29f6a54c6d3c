-- title: At a glance
-- question: How much was read? A reel that stands under two accounts is counted once; all reels are in, other
-- question: people's and fresh ones too.
-- chart: figures
WITH once AS (
  -- Two accounts may have read one reel at different times: the higher count stands for it.
  SELECT reel_id, MAX(views) AS most_views, MIN(posted_date) AS day
  FROM reels
  GROUP BY reel_id
),
of_reels AS (
  SELECT
    COUNT(*) AS reels,
    CASE WHEN COUNT(most_views) > 0 THEN SUM(most_views) END AS total_views,
    MIN(day) AS first_post,
    MAX(day) AS last_post
  FROM once
),
of_accounts AS (SELECT COUNT(*) AS accounts FROM accounts)
SELECT a.accounts, r.reels, r.total_views, r.first_post, r.last_post
FROM of_accounts AS a
CROSS JOIN of_reels AS r
ORDER BY a.accounts ASC NULLS LAST
