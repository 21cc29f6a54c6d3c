-- title: Outliers
-- question: Which reels did far better or worse than usual? Compared at 7 days where known, otherwise with the latest
-- question: numbers; usual is the median of up to 20 earlier reels (at least 5). Breakout: 5 times the usual or more;
-- question: above: 1.5 times or more; below: under half. Only reels at least a week old, up to five in each
-- question: direction. Reels no longer listed are marked and keep their last numbers.
WITH counted AS (
  SELECT
    account, reel_id, views, views_7d, baseline_views, baseline_views_7d, baseline_n, outlier_multiple,
    outlier_multiple_7d, performance, posted_date, maturity, is_listed, hook, url,
    -- The 7-day baseline is of the reels with views at 7 days that were posted before, up to 20.
    ROW_NUMBER() OVER (
      PARTITION BY account, views_7d IS NULL ORDER BY posted_at ASC NULLS LAST, reel_id ASC NULLS LAST
    ) - 1 AS earlier
  FROM reels
  WHERE is_own = TRUE
),
rated AS (
  SELECT
    account, reel_id, posted_date, hook, url,
    CASE WHEN is_listed = FALSE THEN 'no longer listed' END AS listing,
    CASE WHEN outlier_multiple_7d IS NOT NULL THEN '7 days' ELSE 'latest numbers' END AS compared,
    CASE WHEN outlier_multiple_7d IS NOT NULL THEN outlier_multiple_7d ELSE outlier_multiple END AS rated_multiple,
    CASE WHEN outlier_multiple_7d IS NOT NULL THEN views_7d ELSE views END AS views,
    CASE WHEN outlier_multiple_7d IS NOT NULL THEN baseline_views_7d ELSE baseline_views END AS baseline_views,
    CASE
      WHEN outlier_multiple_7d IS NULL THEN baseline_n
      WHEN earlier > 20 THEN 20
      ELSE earlier
    END AS baseline_n
  FROM counted
  WHERE maturity IN ('settled', 'mature') AND (outlier_multiple_7d IS NOT NULL OR performance IS NOT NULL)
),
named AS (
  SELECT
    account, reel_id, rated_multiple, compared, views, baseline_views, baseline_n, posted_date, listing, hook, url,
    CASE
      WHEN rated_multiple >= 5 THEN 'breakout'
      WHEN rated_multiple >= 1.5 THEN 'above'
      ELSE 'below'
    END AS performance,
    CASE WHEN rated_multiple < 0.5 THEN 'down' ELSE 'up' END AS direction,
    -- In ascending order the furthest come first, in both directions.
    CASE WHEN rated_multiple < 0.5 THEN rated_multiple ELSE 0 - rated_multiple END AS nearness
  FROM rated
  WHERE rated_multiple >= 1.5 OR rated_multiple < 0.5
),
ranked AS (
  SELECT
    account, performance, rated_multiple, compared, views, baseline_views, baseline_n, posted_date, listing, hook, url,
    direction,
    ROW_NUMBER() OVER (
      PARTITION BY account, direction ORDER BY nearness ASC NULLS LAST, reel_id ASC NULLS LAST
    ) AS place
  FROM named
)
SELECT
  account, performance, rated_multiple, compared, views, baseline_views, baseline_n, posted_date, listing, hook, url
FROM ranked
WHERE place <= 5
ORDER BY account ASC NULLS LAST, direction DESC NULLS LAST, place ASC NULLS LAST
