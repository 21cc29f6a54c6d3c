-- title: Concentration
-- question: How much of an account's views come from its few best reels? Of the n reels with views and at least 48
-- question: hours old, the top tenth (at least one) holds the top share; an even split would give the even share. Mean
-- question: ÷ median shows the same over all reels: far above 1×, a few reels carry the account. All history counts,
-- question: whatever the period.
-- chart: horizontal_bar x=top_share y=account
WITH placed AS (
  SELECT
    account, views,
    ROW_NUMBER() OVER (PARTITION BY account ORDER BY views DESC NULLS LAST, reel_id DESC NULLS LAST) AS place,
    COUNT(*) OVER (PARTITION BY account) AS n
  FROM reels
  WHERE is_own = TRUE AND maturity <> 'immature' AND views IS NOT NULL
),
summed AS (
  SELECT
    account,
    COUNT(*) AS n,
    -- A tenth of n, rounded up, in whole numbers.
    COUNT(CASE WHEN 10 * (place - 1) < n THEN 1 END) AS top_reels,
    SUM(CASE WHEN 10 * (place - 1) < n THEN views END) AS top_views,
    MAX(views) AS most_views,
    SUM(views) AS total_views,
    AVG(views) AS mean_views,
    MEDIAN(views) AS median_views
  FROM placed
  GROUP BY account
)
SELECT
  account,
  n,
  top_reels,
  CAST(top_reels AS DOUBLE) / n AS even_share,
  CASE WHEN total_views > 0 THEN CAST(top_views AS DOUBLE) / total_views END AS top_share,
  CASE WHEN total_views > 0 THEN CAST(most_views AS DOUBLE) / total_views END AS top_reel_share,
  CASE WHEN median_views > 0 THEN mean_views / median_views END AS mean_to_median_multiple
FROM summed
ORDER BY account ASC NULLS LAST
