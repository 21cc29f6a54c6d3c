-- title: Top reels
-- question: Which ten reels of each account, posted in the period, have the most views? Older ones have had more time.
-- question: They are compared with the account's usual at 7 days where known, otherwise by the latest numbers; those
-- question: under 7 days old are listed but not rated. Reels no longer listed (missing from the last two full updates)
-- question: keep their last numbers.
WITH ranked AS (
  SELECT
    account, reel_id, views, engagement_rate, posted_date, maturity, duration_s, hook, url, is_paid_partnership,
    coauthor_count,
    CASE
      WHEN maturity IN ('settled', 'mature') THEN COALESCE(outlier_multiple_7d, outlier_multiple)
    END AS outlier_multiple,
    CASE
      WHEN maturity IN ('settled', 'mature') AND outlier_multiple_7d IS NOT NULL THEN performance_7d
      WHEN maturity IN ('settled', 'mature') AND outlier_multiple IS NOT NULL THEN performance
    END AS performance,
    age_hours / 24 AS age_days,
    CASE WHEN is_listed = FALSE THEN 'no longer listed' END AS listing,
    ROW_NUMBER() OVER (PARTITION BY account ORDER BY views DESC NULLS LAST, reel_id DESC NULLS LAST) AS place
  FROM reels
  CROSS JOIN period AS p
  WHERE
    is_own = TRUE AND views IS NOT NULL AND has_impossible_time = FALSE AND posted_date >= p.first
    AND posted_date <= p.last
)
SELECT
  account, place, views, outlier_multiple, engagement_rate, performance, age_days,
  is_paid_partnership, coauthor_count, posted_date, maturity, duration_s, listing, hook, url
FROM ranked
WHERE place <= 10
ORDER BY account ASC NULLS LAST, place ASC NULLS LAST
