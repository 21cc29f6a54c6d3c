-- title: Overview per account
-- question: How does each account do? Figures are of reels the account owns (own posts). Medians leave out reels
-- question: under 48 hours old, engagement leaves out hidden and doubtful likes, and reels per week leaves out breaks
-- question: of over 60 days. If views are missing now on reels that had some, figures are also given with their last
-- question: known views.
-- chart: cards
WITH posts AS (
  SELECT
    account, views, last_known_views,
    CASE WHEN maturity <> 'immature' THEN views END AS old_views,
    CASE WHEN maturity <> 'immature' THEN last_known_views END AS old_known_views,
    CASE WHEN maturity <> 'immature' THEN engagement_rate END AS old_rate,
    CASE WHEN hours_since_previous <= 1440 THEN hours_since_previous END AS gap_hours,
    CASE WHEN has_impossible_time = FALSE THEN posted_date END AS posted_date
  FROM reels
  WHERE is_own = TRUE
),
own AS (
  SELECT
    account,
    COUNT(*) AS own_reels,
    CASE WHEN COUNT(views) > 0 THEN SUM(views) END AS total_views,
    COUNT(views) AS total_views_n,
    CASE
      WHEN COUNT(last_known_views) > COUNT(views) THEN SUM(COALESCE(views, last_known_views))
    END AS total_views_last_known,
    MEDIAN(old_views) AS median_views,
    COUNT(old_views) AS median_views_n,
    CASE
      WHEN COUNT(old_known_views) > COUNT(old_views) THEN MEDIAN(COALESCE(old_views, old_known_views))
    END AS median_views_last_known,
    MEDIAN(old_rate) AS median_engagement_rate,
    COUNT(old_rate) AS median_engagement_rate_n,
    -- The mean gap is the time span divided by the number of gaps. An old pinned reel, fetched without the reels that
    -- followed it, would make one huge gap.
    AVG(gap_hours) AS mean_gap_hours,
    COUNT(gap_hours) AS reels_per_week_n,
    MAX(posted_date) AS last_post
  FROM posts
  GROUP BY account
)
SELECT
  a.account,
  a.status,
  a.reels,
  COALESCE(o.own_reels, 0) AS own_reels,
  o.median_views,
  COALESCE(o.median_views_n, 0) AS median_views_n,
  o.median_views_last_known,
  o.total_views,
  COALESCE(o.total_views_n, 0) AS total_views_n,
  o.total_views_last_known,
  o.median_engagement_rate,
  COALESCE(o.median_engagement_rate_n, 0) AS median_engagement_rate_n,
  CASE WHEN o.mean_gap_hours > 0 THEN 168.0 / o.mean_gap_hours END AS reels_per_week,
  COALESCE(o.reels_per_week_n, 0) AS reels_per_week_n,
  o.last_post,
  a.followers
FROM accounts AS a
LEFT JOIN own AS o ON a.account = o.account
ORDER BY a.account ASC NULLS LAST
