-- title: League table
-- question: How do the accounts compare? On the newest 20 reels of each with views and at least 7 days old (n),
-- question: whatever the period, so that long and short histories compare fairly. An account is above or below its
-- question: group, the accounts with the same label, only if the 95 % interval of its median excludes the group's
-- question: median; otherwise it is within. Momentum is the median of latest views relative to what was usual before
-- question: each reel; above 1.5× is the share of rated reels with at least 1.5 times their usual views. The group and
-- question: the follower band need 3 accounts with 3 reels each.
-- chart: horizontal_bar x=median_views y=account
WITH recent AS (
  SELECT
    account, reel_id, views, engagement_rate, views_per_follower, engagement_per_follower, comment_rate, share_rate,
    comments_per_like, outlier_multiple, performance,
    -- Engines disagree on where nulls go in a window with several keys.
    COALESCE(engagement_rate, 1000000000000000.0) AS rate_key,
    COALESCE(outlier_multiple, 1000000000000000.0) AS multiple_key,
    ROW_NUMBER() OVER (PARTITION BY account ORDER BY posted_at DESC NULLS LAST, reel_id DESC NULLS LAST) AS place
  FROM reels
  WHERE is_own = TRUE AND maturity IN ('settled', 'mature') AND views IS NOT NULL
),
newest AS (
  SELECT
    account, views, engagement_rate, views_per_follower, engagement_per_follower, comment_rate, share_rate,
    comments_per_like, outlier_multiple, performance,
    ROW_NUMBER() OVER (PARTITION BY account ORDER BY views ASC NULLS LAST, reel_id ASC NULLS LAST) AS views_place,
    ROW_NUMBER() OVER (PARTITION BY account ORDER BY rate_key ASC NULLS LAST, reel_id ASC NULLS LAST) AS rate_place,
    ROW_NUMBER() OVER (
      PARTITION BY account ORDER BY multiple_key ASC NULLS LAST, reel_id ASC NULLS LAST
    ) AS multiple_place,
    COUNT(views) OVER (PARTITION BY account) AS views_n,
    COUNT(engagement_rate) OVER (PARTITION BY account) AS rate_n,
    COUNT(outlier_multiple) OVER (PARTITION BY account) AS multiple_n
  FROM recent
  WHERE place <= 20
),
-- The ends of a 95 % interval of a median are at places n / 2 - 0.98 sqrt(n) and 1 + n / 2 + 0.98 sqrt(n).
ends AS (
  SELECT
    account, views, engagement_rate, views_per_follower, engagement_per_follower, comment_rate, share_rate,
    comments_per_like, outlier_multiple, performance, views_place, rate_place, multiple_place,
    views_n / 2.0 - 0.98 * SQRT(CAST(views_n AS DOUBLE)) AS views_low_place,
    rate_n / 2.0 - 0.98 * SQRT(CAST(rate_n AS DOUBLE)) AS rate_low_place,
    multiple_n / 2.0 - 0.98 * SQRT(CAST(multiple_n AS DOUBLE)) AS multiple_low_place,
    1 + views_n / 2.0 + 0.98 * SQRT(CAST(views_n AS DOUBLE)) AS views_high_place,
    1 + rate_n / 2.0 + 0.98 * SQRT(CAST(rate_n AS DOUBLE)) AS rate_high_place,
    1 + multiple_n / 2.0 + 0.98 * SQRT(CAST(multiple_n AS DOUBLE)) AS multiple_high_place
  FROM newest
),
summed AS (
  SELECT
    account,
    COUNT(*) AS n,
    MEDIAN(views) AS median_views,
    -- Accounts with fewer reels come last.
    CASE WHEN COUNT(*) >= 3 THEN MEDIAN(views) END AS views_key,
    MAX(CASE WHEN views_place <= views_low_place THEN views END) AS views_low,
    MIN(CASE WHEN views_place >= views_high_place THEN views END) AS views_high,
    MEDIAN(engagement_rate) AS median_engagement_rate,
    COUNT(engagement_rate) AS median_engagement_rate_n,
    MAX(CASE WHEN rate_place <= rate_low_place THEN engagement_rate END) AS rate_low,
    MIN(CASE WHEN rate_place >= rate_high_place THEN engagement_rate END) AS rate_high,
    MEDIAN(outlier_multiple) AS momentum_multiple,
    COUNT(outlier_multiple) AS momentum_multiple_n,
    MAX(CASE WHEN multiple_place <= multiple_low_place THEN outlier_multiple END) AS multiple_low,
    MIN(CASE WHEN multiple_place >= multiple_high_place THEN outlier_multiple END) AS multiple_high,
    COUNT(CASE WHEN performance IN ('above', 'breakout') THEN 1 END) AS above,
    COUNT(performance) AS above_share_n,
    MEDIAN(views_per_follower) AS median_views_per_follower,
    COUNT(views_per_follower) AS median_views_per_follower_n,
    MEDIAN(engagement_per_follower) AS median_engagement_per_follower,
    COUNT(engagement_per_follower) AS median_engagement_per_follower_n,
    MEDIAN(comment_rate) AS median_comment_rate,
    COUNT(comment_rate) AS median_comment_rate_n,
    MEDIAN(share_rate) AS median_share_rate,
    COUNT(share_rate) AS median_share_rate_n,
    MEDIAN(comments_per_like) AS median_comments_per_like,
    COUNT(comments_per_like) AS median_comments_per_like_n
  FROM ends
  GROUP BY account
),
named AS (
  SELECT
    account, account_label, COALESCE(account_label, '') AS label,
    CASE
      WHEN followers < 10000 THEN 'under 10,000' WHEN followers < 100000 THEN '10,000 to 100,000'
      WHEN followers < 1000000 THEN '100,000 to 1 million' WHEN followers >= 1000000 THEN 'over 1 million'
    END AS follower_band
  FROM accounts
),
by_label AS (
  SELECT
    a.label,
    CASE WHEN COUNT(*) >= 3 THEN MEDIAN(s.median_views) END AS group_median_views,
    CASE
      WHEN COUNT(CASE WHEN s.median_engagement_rate_n >= 3 THEN 1 END) >= 3
      THEN MEDIAN(CASE WHEN s.median_engagement_rate_n >= 3 THEN s.median_engagement_rate END)
    END AS group_median_engagement_rate,
    CASE
      WHEN COUNT(CASE WHEN s.momentum_multiple_n >= 3 THEN 1 END) >= 3
      THEN MEDIAN(CASE WHEN s.momentum_multiple_n >= 3 THEN s.momentum_multiple END)
    END AS group_momentum_multiple
  FROM named AS a
  INNER JOIN summed AS s ON a.account = s.account
  WHERE s.n >= 3
  GROUP BY a.label
),
by_band AS (
  SELECT a.follower_band, CASE WHEN COUNT(*) >= 3 THEN MEDIAN(s.median_views) END AS band_median_views
  FROM named AS a
  INNER JOIN summed AS s ON a.account = s.account
  WHERE s.n >= 3 AND a.follower_band IS NOT NULL
  GROUP BY a.follower_band
)
SELECT
  a.account,
  a.account_label,
  COALESCE(s.n, 0) AS n,
  s.median_views,
  s.views_low AS median_views_low,
  s.views_high AS median_views_high,
  g.group_median_views,
  CASE
    WHEN s.views_low > g.group_median_views THEN 'above' WHEN s.views_high < g.group_median_views THEN 'below'
    WHEN s.views_low <= s.views_high AND g.group_median_views IS NOT NULL THEN 'within'
  END AS views_standing,
  s.median_engagement_rate,
  COALESCE(s.median_engagement_rate_n, 0) AS median_engagement_rate_n,
  s.rate_low AS median_engagement_rate_low,
  s.rate_high AS median_engagement_rate_high,
  CASE
    WHEN s.rate_low > g.group_median_engagement_rate THEN 'above'
    WHEN s.rate_high < g.group_median_engagement_rate THEN 'below'
    WHEN s.rate_low <= s.rate_high AND g.group_median_engagement_rate IS NOT NULL THEN 'within'
  END AS engagement_standing,
  s.momentum_multiple,
  COALESCE(s.momentum_multiple_n, 0) AS momentum_multiple_n,
  CASE
    WHEN s.multiple_low > g.group_momentum_multiple THEN 'above'
    WHEN s.multiple_high < g.group_momentum_multiple THEN 'below'
    WHEN s.multiple_low <= s.multiple_high AND g.group_momentum_multiple IS NOT NULL THEN 'within'
  END AS momentum_standing,
  CASE WHEN s.above_share_n > 0 THEN CAST(s.above AS DOUBLE) / s.above_share_n END AS above_share,
  COALESCE(s.above_share_n, 0) AS above_share_n,
  a.follower_band,
  b.band_median_views,
  s.median_views_per_follower,
  COALESCE(s.median_views_per_follower_n, 0) AS median_views_per_follower_n,
  s.median_engagement_per_follower,
  COALESCE(s.median_engagement_per_follower_n, 0) AS median_engagement_per_follower_n,
  s.median_comment_rate,
  COALESCE(s.median_comment_rate_n, 0) AS median_comment_rate_n,
  s.median_share_rate,
  COALESCE(s.median_share_rate_n, 0) AS median_share_rate_n,
  s.median_comments_per_like,
  COALESCE(s.median_comments_per_like_n, 0) AS median_comments_per_like_n
FROM named AS a
LEFT JOIN summed AS s ON a.account = s.account
LEFT JOIN by_label AS g ON a.label = g.label
LEFT JOIN by_band AS b ON a.follower_band = b.follower_band
ORDER BY s.views_key DESC NULLS LAST, a.account ASC NULLS LAST
