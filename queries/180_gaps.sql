-- title: Gaps
-- question: How do reels do by the time since the account's previous reel? Views are relative to the account's usual;
-- question: reels under 7 days old are not rated. The oldest reel has no known gap. An association; the gap itself may
-- question: not be the cause. All history counts, whatever the period.
-- chart: bar x=gap y=median_multiple by=account
WITH own AS (
  SELECT
    account,
    CASE
      WHEN hours_since_previous < 24 THEN 'under 1 day'
      WHEN hours_since_previous < 72 THEN '1 to 3 days'
      WHEN hours_since_previous < 168 THEN '3 to 7 days'
      WHEN hours_since_previous <= 1440 THEN '7 to 60 days'
      WHEN hours_since_previous > 1440 THEN 'over 60 days'
      ELSE 'unknown'
    END AS gap,
    CASE
      WHEN hours_since_previous < 24 THEN 1 WHEN hours_since_previous < 72 THEN 2 WHEN hours_since_previous < 168 THEN 3
      WHEN hours_since_previous <= 1440 THEN 4 WHEN hours_since_previous > 1440 THEN 5 ELSE 6
    END AS rung,
    equal_age_multiple AS multiple,
    CASE WHEN maturity IN ('settled', 'mature') THEN engagement_rate END AS rate
  FROM reels
  WHERE is_own = TRUE AND has_impossible_time = FALSE
),
grouped AS (
  SELECT
    account, rung, gap,
    COUNT(*) AS reels,
    MEDIAN(multiple) AS median_multiple,
    COUNT(multiple) AS median_multiple_n,
    MEDIAN(rate) AS median_engagement_rate,
    COUNT(rate) AS median_engagement_rate_n
  FROM own
  GROUP BY account, rung, gap
)
SELECT
  account,
  gap,
  reels,
  CAST(reels AS DOUBLE) / SUM(reels) OVER (PARTITION BY account) AS share,
  median_multiple,
  median_multiple_n,
  median_engagement_rate,
  median_engagement_rate_n
FROM grouped
ORDER BY account ASC NULLS LAST, rung ASC NULLS LAST
