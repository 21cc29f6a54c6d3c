-- title: At a glance
-- question: Everything collected. A collab listed by two accounts counts once. If views are missing now on reels that
-- question: had some, the total is also given with their last known views.
-- chart: figures
WITH once AS (
  -- Two accounts may have been crawled at different times: the higher count is used.
  SELECT
    reel_id,
    MAX(views) AS most_views,
    MAX(last_known_views) AS known_views,
    MIN(CASE WHEN has_impossible_time = FALSE THEN posted_date END) AS day
  FROM reels
  GROUP BY reel_id
),
of_reels AS (
  SELECT
    COUNT(*) AS reels,
    CASE WHEN COUNT(most_views) > 0 THEN SUM(most_views) END AS total_views,
    COUNT(most_views) AS reels_with_views,
    CASE
      WHEN COUNT(known_views) > COUNT(most_views) THEN SUM(COALESCE(most_views, known_views))
    END AS total_views_last_known,
    MIN(day) AS first_post,
    MAX(day) AS last_post
  FROM once
),
of_accounts AS (SELECT COUNT(*) AS accounts FROM accounts)
SELECT
  a.accounts, r.reels, r.total_views, r.reels_with_views, r.total_views_last_known, r.first_post, r.last_post
FROM of_accounts AS a
CROSS JOIN of_reels AS r
ORDER BY a.accounts ASC NULLS LAST
