-- title: Since the previous update
-- question: What is new since the previous update, whatever the period? New reels were posted since; “first seen” are
-- question: older reels not seen before. Breakouts: reels that became one since the previous update. Views gained: by
-- question: the n reels updated now and before, each since it last had a view count. No longer listed: missing from the
-- question: last two full updates. First update: nothing to compare yet.
WITH own AS (
  SELECT
    r.account, r.first_observed_at, r.observed_at, r.posted_at, r.is_listed, r.caption_changed_at, r.views_gained,
    r.is_new_breakout, a.crawl_started_at AS started_at, a.previous_observed_at AS previous_at
  FROM reels AS r
  INNER JOIN accounts AS a ON r.account = a.account
  WHERE r.is_own = TRUE
),
found AS (
  SELECT
    account,
    COUNT(CASE WHEN observed_at >= started_at THEN 1 END) AS reels_read,
    COUNT(CASE WHEN first_observed_at >= started_at AND posted_at >= previous_at THEN 1 END) AS new_reels,
    COUNT(CASE WHEN first_observed_at >= started_at AND posted_at < previous_at THEN 1 END) AS found_reels,
    COUNT(CASE WHEN observed_at >= started_at AND is_new_breakout = TRUE THEN 1 END) AS breakouts,
    COUNT(CASE WHEN caption_changed_at >= started_at THEN 1 END) AS captions_changed,
    SUM(CASE WHEN observed_at >= started_at THEN views_gained END) AS views_gained,
    COUNT(CASE WHEN observed_at >= started_at THEN views_gained END) AS views_gained_n,
    COUNT(CASE WHEN is_listed = FALSE THEN 1 END) AS no_longer_listed
  FROM own
  GROUP BY account
)
SELECT
  a.account,
  a.status,
  a.crawl_started_at,
  a.previous_observed_at AS previous_observation,
  COALESCE(f.reels_read, 0) AS reels_read,
  CASE WHEN a.previous_observed_at IS NOT NULL THEN f.new_reels END AS new_reels,
  CASE WHEN a.previous_observed_at IS NOT NULL THEN f.found_reels END AS found_reels,
  CASE WHEN a.previous_observed_at IS NOT NULL THEN f.breakouts END AS breakouts,
  CASE WHEN a.previous_observed_at IS NOT NULL THEN f.captions_changed END AS captions_changed,
  -- The sum of no rows is 0 in one engine and null in another.
  CASE WHEN f.views_gained_n > 0 THEN f.views_gained END AS views_gained,
  COALESCE(f.views_gained_n, 0) AS views_gained_n,
  CASE WHEN a.previous_observed_at IS NOT NULL THEN f.no_longer_listed END AS no_longer_listed
FROM accounts AS a
LEFT JOIN found AS f ON a.account = f.account
ORDER BY a.account ASC NULLS LAST
