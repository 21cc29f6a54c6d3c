-- title: What changed
-- question: Which reels are behind the figures since the previous update, whatever the period? Up to ten per kind and
-- question: account: the newest of the new reels and of those first seen, the biggest breakouts, the biggest gains
-- question: since each reel last had a view count (at least 1 % of its views), changed captions, and the most viewed of
-- question: the reels no longer listed (the data does not say why). Reels under 7 days old are listed but not rated.
-- question: Accounts in their first update are left out: all of their reels are new.
WITH own AS (
  SELECT
    r.account, r.reel_key, r.reel_id, r.views, r.views_gained, r.outlier_multiple, r.posted_at, r.first_observed_at,
    r.observed_at, r.is_listed, r.caption_changed_at, r.is_new_breakout, a.crawl_started_at AS started_at,
    a.previous_observed_at AS previous_at,
    -- Reels of unknown age come last.
    COALESCE(r.age_hours, 1000000000000000.0) AS age
  FROM reels AS r
  INNER JOIN accounts AS a ON r.account = a.account
  WHERE r.is_own = TRUE AND a.previous_observed_at IS NOT NULL
),
-- Ascending nearness comes first: the age for the newest, negated counts for the largest. It is never null: engines
-- disagree on where nulls go in a window with several keys, whatever the query says.
changed AS (
  SELECT account, reel_key, reel_id, 1 AS kind, 'new' AS change, age AS nearness
  FROM own
  WHERE first_observed_at >= started_at AND posted_at >= previous_at
  UNION ALL
  SELECT account, reel_key, reel_id, 2 AS kind, 'first seen now' AS change, age AS nearness
  FROM own
  WHERE first_observed_at >= started_at AND posted_at < previous_at
  UNION ALL
  SELECT
    account, reel_key, reel_id, 3 AS kind, 'breakout' AS change, COALESCE(0 - outlier_multiple, 1) AS nearness
  FROM own
  WHERE observed_at >= started_at AND is_new_breakout = TRUE
  UNION ALL
  SELECT account, reel_key, reel_id, 4 AS kind, 'gain' AS change, 0 - CAST(views_gained AS DOUBLE) AS nearness
  FROM own
  WHERE observed_at >= started_at AND views_gained > 0 AND 100 * views_gained >= views
  UNION ALL
  SELECT account, reel_key, reel_id, 5 AS kind, 'caption changed' AS change, age AS nearness
  FROM own
  WHERE caption_changed_at >= started_at
  UNION ALL
  SELECT
    account, reel_key, reel_id, 6 AS kind, 'no longer listed' AS change,
    COALESCE(0 - CAST(views AS DOUBLE), 1) AS nearness
  FROM own
  WHERE is_listed = FALSE
),
ranked AS (
  SELECT
    account, reel_key, kind, change,
    ROW_NUMBER() OVER (PARTITION BY account, kind ORDER BY nearness ASC NULLS LAST, reel_id ASC NULLS LAST) AS place,
    COUNT(*) OVER (PARTITION BY account, kind) AS in_all
  FROM changed
)
SELECT
  r.account, k.change, k.place, k.in_all, r.views, r.views_gained, r.views_per_hour_recent,
  CASE WHEN r.maturity IN ('settled', 'mature') THEN r.outlier_multiple END AS outlier_multiple,
  r.maturity, r.posted_date, r.last_listed_at, r.hook, r.url
FROM ranked AS k
INNER JOIN reels AS r ON k.reel_key = r.reel_key
WHERE k.place <= 10
ORDER BY r.account ASC NULLS LAST, k.kind ASC NULLS LAST, k.place ASC NULLS LAST
