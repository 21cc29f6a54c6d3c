-- title: Collabs
-- question: How do reels made with other accounts compare with those made alone? Guest reels are owned by another
-- question: account and list this one as coauthor: shown for reference, not rated. Views are relative to the
-- question: account's usual; medians leave out reels under 48 hours old. An association; the coauthor may not be the
-- question: cause.
WITH kinds AS (
  SELECT
    account,
    CASE
      WHEN is_own = FALSE THEN 'guest (owned by another account)'
      WHEN is_own IS NULL THEN 'owner unknown'
      WHEN coauthor_count = 0 THEN 'solo'
      WHEN coauthor_count > 0 THEN 'with coauthors'
      ELSE 'coauthors unknown'
    END AS kind,
    CASE
      WHEN is_own = FALSE THEN 4 WHEN is_own IS NULL THEN 5 WHEN coauthor_count = 0 THEN 1
      WHEN coauthor_count > 0 THEN 2 ELSE 3
    END AS rung,
    CASE WHEN maturity <> 'immature' THEN views END AS old_views,
    CASE WHEN maturity <> 'immature' AND is_own = TRUE THEN outlier_multiple END AS multiple,
    CASE WHEN maturity <> 'immature' THEN engagement_rate END AS rate
  FROM reels
),
grouped AS (
  SELECT
    account, rung, kind,
    COUNT(*) AS reels,
    MEDIAN(multiple) AS median_multiple,
    COUNT(multiple) AS median_multiple_n,
    MEDIAN(old_views) AS median_views,
    COUNT(old_views) AS median_views_n,
    MEDIAN(rate) AS median_engagement_rate,
    COUNT(rate) AS median_engagement_rate_n
  FROM kinds
  GROUP BY account, rung, kind
)
SELECT
  account,
  kind,
  reels,
  CAST(reels AS DOUBLE) / SUM(reels) OVER (PARTITION BY account) AS share,
  median_multiple,
  median_multiple_n,
  median_views,
  median_views_n,
  median_engagement_rate,
  median_engagement_rate_n
FROM grouped
ORDER BY account ASC NULLS LAST, rung ASC NULLS LAST
