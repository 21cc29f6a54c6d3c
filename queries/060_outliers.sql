-- title: Outliers
-- question: Which reels of the period did far better or worse than usual? Compared at 7 days where known, otherwise with the latest
-- question: numbers; usual is the median of up to 20 earlier reels (at least 5). Breakout: 5 times the usual or more,
-- question: of at least 8 reels, and far outside their spread (robust z of 3); above: 1.5 times or more, below: under
-- question: half, and outside the spread (robust z of 1). Only reels at least a week old, up to five in each direction.
-- question: Reels no longer listed are marked and keep their last numbers.
WITH rated AS (
  SELECT
    account, reel_id, posted_date, hook, url,
    CASE WHEN is_listed = FALSE THEN 'no longer listed' END AS listing,
    CASE WHEN outlier_multiple_7d IS NOT NULL THEN '7 days' ELSE 'latest numbers' END AS compared,
    CASE WHEN outlier_multiple_7d IS NOT NULL THEN performance_7d ELSE performance END AS performance,
    CASE WHEN outlier_multiple_7d IS NOT NULL THEN outlier_multiple_7d ELSE outlier_multiple END AS rated_multiple,
    CASE WHEN outlier_multiple_7d IS NOT NULL THEN views_7d ELSE views END AS compared_views,
    CASE WHEN outlier_multiple_7d IS NOT NULL THEN baseline_views_7d ELSE baseline_views END AS baseline_views,
    CASE WHEN outlier_multiple_7d IS NOT NULL THEN baseline_n_7d ELSE baseline_n END AS baseline_n
  FROM reels
  CROSS JOIN period AS p
  WHERE is_own = TRUE AND maturity IN ('settled', 'mature') AND posted_date >= p.first AND posted_date <= p.last
),
named AS (
  SELECT
    account, reel_id, performance, rated_multiple, compared, compared_views, baseline_views, baseline_n, posted_date, listing,
    hook, url,
    CASE WHEN performance = 'below' THEN 'down' ELSE 'up' END AS direction,
    -- In ascending order the furthest come first, in both directions.
    CASE WHEN performance = 'below' THEN rated_multiple ELSE 0 - rated_multiple END AS nearness
  FROM rated
  WHERE performance IN ('breakout', 'above', 'below')
),
ranked AS (
  SELECT
    account, performance, rated_multiple, compared, compared_views, baseline_views, baseline_n, posted_date, listing, hook, url,
    direction,
    ROW_NUMBER() OVER (
      PARTITION BY account, direction ORDER BY nearness ASC NULLS LAST, reel_id ASC NULLS LAST
    ) AS place
  FROM named
)
SELECT
  account, performance, rated_multiple, compared, compared_views, baseline_views, baseline_n, posted_date, listing, hook, url
FROM ranked
WHERE place <= 5
ORDER BY account ASC NULLS LAST, direction DESC NULLS LAST, place ASC NULLS LAST
