-- title: League table
-- question: How do the accounts compare? On the newest 20 reels of each with views and at least 7 days old (n), so
-- question: that long and short histories compare fairly. Momentum is the median of views relative to what was usual
-- question: before each reel. Above 1.5× is the share of rated reels with at least 1.5 times their usual views.
-- question: Values based on fewer than 3 reels are not ranked; equal values share a rank.
-- chart: horizontal_bar x=median_views y=account
WITH placed AS (
  SELECT
    account, views, engagement_rate, views_per_follower, outlier_multiple, performance,
    ROW_NUMBER() OVER (PARTITION BY account ORDER BY posted_at DESC NULLS LAST, reel_id DESC NULLS LAST) AS place
  FROM reels
  WHERE is_own = TRUE AND maturity IN ('settled', 'mature') AND views IS NOT NULL
),
newest AS (
  SELECT
    account,
    COUNT(*) AS n,
    MEDIAN(views) AS median_views,
    MEDIAN(engagement_rate) AS median_engagement_rate,
    COUNT(engagement_rate) AS median_engagement_rate_n,
    MEDIAN(outlier_multiple) AS momentum_multiple,
    COUNT(outlier_multiple) AS momentum_multiple_n,
    COUNT(CASE WHEN performance IN ('above', 'breakout') THEN 1 END) AS above,
    COUNT(performance) AS above_share_n,
    MEDIAN(views_per_follower) AS median_views_per_follower,
    COUNT(views_per_follower) AS median_views_per_follower_n
  FROM placed
  WHERE place <= 20
  GROUP BY account
),
fit AS (
  SELECT
    account,
    CASE WHEN n >= 3 THEN median_views END AS views_key,
    CASE WHEN median_engagement_rate_n >= 3 THEN median_engagement_rate END AS engagement_key,
    CASE WHEN momentum_multiple_n >= 3 THEN momentum_multiple END AS momentum_key
  FROM newest
),
ranked AS (
  SELECT
    account, views_key, engagement_key, momentum_key,
    RANK() OVER (ORDER BY COALESCE(views_key, -1.0) DESC NULLS LAST) AS views_rank,
    RANK() OVER (ORDER BY COALESCE(engagement_key, -1.0) DESC NULLS LAST) AS engagement_rank,
    RANK() OVER (ORDER BY COALESCE(momentum_key, -1.0) DESC NULLS LAST) AS momentum_rank
  FROM fit
)
SELECT
  a.account,
  a.account_label,
  COALESCE(w.n, 0) AS n,
  CASE WHEN r.views_key IS NOT NULL THEN r.views_rank END AS views_rank,
  w.median_views,
  CASE WHEN r.engagement_key IS NOT NULL THEN r.engagement_rank END AS engagement_rank,
  w.median_engagement_rate,
  COALESCE(w.median_engagement_rate_n, 0) AS median_engagement_rate_n,
  CASE WHEN r.momentum_key IS NOT NULL THEN r.momentum_rank END AS momentum_rank,
  w.momentum_multiple,
  COALESCE(w.momentum_multiple_n, 0) AS momentum_multiple_n,
  CASE WHEN w.above_share_n > 0 THEN CAST(w.above AS DOUBLE) / w.above_share_n END AS above_share,
  COALESCE(w.above_share_n, 0) AS above_share_n,
  w.median_views_per_follower,
  COALESCE(w.median_views_per_follower_n, 0) AS median_views_per_follower_n
FROM accounts AS a
LEFT JOIN newest AS w ON a.account = w.account
LEFT JOIN ranked AS r ON a.account = r.account
ORDER BY views_rank ASC NULLS LAST, a.account ASC NULLS LAST
