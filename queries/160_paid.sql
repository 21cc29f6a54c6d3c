-- title: Paid and organic
-- question: How do paid partnerships compare with organic reels? Paid partnerships carry Instagram's own label; some
-- question: reels only disclose an ad in the caption, with #ad or the like; unknown: no label in the data and no
-- question: disclosure. Views are relative to the account's usual; medians leave out reels under 48 hours old.
-- question: Boosting (ad spend) is not visible in public data.
WITH own AS (
  SELECT
    account,
    CASE
      WHEN is_paid_partnership = TRUE THEN 'paid partnership'
      WHEN discloses_ad = TRUE THEN 'disclosed in caption only'
      WHEN is_paid_partnership = FALSE THEN 'organic'
      ELSE 'unknown'
    END AS kind,
    CASE
      WHEN is_paid_partnership = TRUE THEN 1 WHEN discloses_ad = TRUE THEN 2 WHEN is_paid_partnership = FALSE THEN 3
      ELSE 4
    END AS rung,
    CASE WHEN maturity <> 'immature' THEN outlier_multiple END AS multiple,
    CASE WHEN maturity <> 'immature' THEN engagement_rate END AS rate
  FROM reels
  WHERE is_own = TRUE
),
grouped AS (
  SELECT
    account, rung, kind,
    COUNT(*) AS reels,
    MEDIAN(multiple) AS median_multiple,
    COUNT(multiple) AS median_multiple_n,
    MEDIAN(rate) AS median_engagement_rate,
    COUNT(rate) AS median_engagement_rate_n
  FROM own
  GROUP BY account, rung, kind
)
SELECT
  account,
  kind,
  reels,
  CAST(reels AS DOUBLE) / SUM(reels) OVER (PARTITION BY account) AS share,
  median_multiple,
  median_multiple_n,
  median_engagement_rate,
  median_engagement_rate_n
FROM grouped
ORDER BY account ASC NULLS LAST, rung ASC NULLS LAST
