-- title: What changed
-- question: Which own reels are behind the figures above? Up to ten of each kind and account, of so many in all: the
-- question: newest of the new and of those first seen now, the furthest breakouts, the biggest gains since each reel's
-- question: reading before (of at least 1 % of its views), changed captions, and the most viewed of those no longer
-- question: listed (which says nothing of why). Fresh reels stand here and are not judged. Accounts read for the first
-- question: time are not here: all of theirs is new.
WITH kinds AS (
  SELECT 1 AS kind, 'new' AS change
  UNION ALL SELECT 2 AS kind, 'first seen now' AS change
  UNION ALL SELECT 3 AS kind, 'breakout' AS change
  UNION ALL SELECT 4 AS kind, 'gain' AS change
  UNION ALL SELECT 5 AS kind, 'caption changed' AS change
  UNION ALL SELECT 6 AS kind, 'no longer listed' AS change
),
own AS (
  SELECT
    r.account, r.reel_id, r.views, r.views_gained, r.views_per_hour_recent, r.outlier_multiple, r.maturity,
    r.posted_date, r.last_listed_at, r.hook, r.url, r.posted_at, r.age_hours, r.first_observed_at,
    r.previous_observed_at, r.observed_at, r.is_listed, r.caption_changed_at, r.performance, r.baseline_views,
    a.walk_started_at,
    MAX(CASE WHEN r.observed_at < a.walk_started_at THEN r.observed_at ELSE r.previous_observed_at END)
      OVER (PARTITION BY r.account) AS previous_reading
  FROM reels AS r
  INNER JOIN accounts AS a ON r.account = a.account
  WHERE r.is_own = TRUE
),
changed AS (
  SELECT
    o.account, o.reel_id, k.kind, k.change, o.views, o.views_gained, o.views_per_hour_recent, o.outlier_multiple,
    o.maturity, o.posted_date, o.last_listed_at, o.hook, o.url,
    -- The lowest comes first: hours for the newest, counts below zero for the largest. It is never null: engines do not
    -- agree on where nulls go in a window with several keys, whatever the query says.
    CASE k.kind
      WHEN 3 THEN COALESCE(0 - o.outlier_multiple, 1)
      WHEN 4 THEN 0 - CAST(o.views_gained AS DOUBLE)
      WHEN 6 THEN COALESCE(0 - CAST(o.views AS DOUBLE), 1)
      ELSE o.age_hours
    END AS nearness
  FROM own AS o
  CROSS JOIN kinds AS k
  WHERE o.previous_reading IS NOT NULL AND CASE k.kind
    WHEN 1 THEN o.first_observed_at >= o.walk_started_at AND o.posted_at >= o.previous_reading
    WHEN 2 THEN o.first_observed_at >= o.walk_started_at AND o.posted_at < o.previous_reading
    -- At the reading before it was not there, under the bar, or under 7 days old and so not judged. The hours between
    -- the two readings are the gain over its pace.
    WHEN 3 THEN o.performance = 'breakout' AND o.observed_at >= o.walk_started_at AND (
      o.previous_observed_at IS NULL
      OR o.views - o.views_gained < 5 * o.baseline_views
      OR CASE WHEN o.views_per_hour_recent > 0 THEN o.age_hours - o.views_gained / o.views_per_hour_recent END < 168
    )
    WHEN 4 THEN o.observed_at >= o.walk_started_at AND o.views_gained > 0 AND 100 * o.views_gained >= o.views
    WHEN 5 THEN o.caption_changed_at >= o.walk_started_at
    ELSE o.is_listed = FALSE
  END = TRUE
),
ranked AS (
  SELECT
    account, reel_id, kind, change, views, views_gained, views_per_hour_recent, outlier_multiple, maturity, posted_date,
    last_listed_at, hook, url,
    ROW_NUMBER() OVER (PARTITION BY account, kind ORDER BY nearness ASC NULLS LAST, reel_id ASC NULLS LAST) AS place,
    COUNT(*) OVER (PARTITION BY account, kind) AS in_all
  FROM changed
)
SELECT
  account, change, place, in_all, views, views_gained, views_per_hour_recent, outlier_multiple, maturity, posted_date,
  last_listed_at, hook, url
FROM ranked
WHERE place <= 10
ORDER BY account ASC NULLS LAST, kind ASC NULLS LAST, place ASC NULLS LAST
