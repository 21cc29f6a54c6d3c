-- title: Outliers
-- question: Which own reels went furthest above or below the account's usual? Usual is the median of up to 20
-- question: earlier own reels (at least 5); breakout is 5 times that, above 1.5 times, below under half. Only reels
-- question: a week old or more; up to five each way.
WITH judged AS (
  SELECT
    account, reel_id, performance, outlier_multiple, views, baseline_views, baseline_n, posted_date, hook, url,
    CASE WHEN performance = 'below' THEN 'down' ELSE 'up' END AS direction,
    -- Ascending is furthest first in both directions.
    CASE WHEN performance = 'below' THEN outlier_multiple ELSE -1.0 * outlier_multiple END AS nearness
  FROM reels
  WHERE is_own = TRUE AND maturity <> 'immature' AND performance IN ('breakout', 'above', 'below')
),
ranked AS (
  SELECT
    account, reel_id, performance, outlier_multiple, views, baseline_views, baseline_n, posted_date, hook, url,
    direction,
    ROW_NUMBER() OVER (
      PARTITION BY account, direction ORDER BY nearness ASC NULLS LAST, reel_id ASC NULLS LAST
    ) AS place
  FROM judged
)
SELECT account, performance, outlier_multiple, views, baseline_views, baseline_n, posted_date, hook, url
FROM ranked
WHERE place <= 5
ORDER BY account ASC NULLS LAST, direction DESC NULLS LAST, place ASC NULLS LAST
