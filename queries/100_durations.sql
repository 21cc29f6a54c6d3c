-- title: Durations
-- question: How long are the reels, and how do reels of each length do? Views are relative to the account's usual;
-- question: medians leave out reels under 48 hours old. An association; the length itself may not be the cause.
-- chart: bar x=duration_bucket y=median_multiple by=account
WITH own AS (
  SELECT
    account,
    COALESCE(duration_bucket, 'unknown') AS duration_bucket,
    CASE duration_bucket
      WHEN '<=15' THEN 1 WHEN '15-30' THEN 2 WHEN '30-60' THEN 3 WHEN '60-90' THEN 4 WHEN '90-180' THEN 5
      WHEN '>180' THEN 6 ELSE 7
    END AS rung,
    CASE WHEN maturity <> 'immature' THEN outlier_multiple END AS multiple,
    CASE WHEN maturity <> 'immature' THEN engagement_rate END AS rate
  FROM reels
  WHERE is_own = TRUE
),
grouped AS (
  SELECT
    account, rung, duration_bucket,
    COUNT(*) AS reels,
    MEDIAN(multiple) AS median_multiple,
    COUNT(multiple) AS median_multiple_n,
    MEDIAN(rate) AS median_engagement_rate,
    COUNT(rate) AS median_engagement_rate_n
  FROM own
  GROUP BY account, rung, duration_bucket
)
SELECT
  account,
  duration_bucket,
  reels,
  CAST(reels AS DOUBLE) / SUM(reels) OVER (PARTITION BY account) AS share,
  median_multiple,
  median_multiple_n,
  median_engagement_rate,
  median_engagement_rate_n
FROM grouped
ORDER BY account ASC NULLS LAST, rung ASC NULLS LAST
