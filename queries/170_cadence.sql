-- title: Cadence
-- question: How often and how evenly does each account post? Reels per week are of the 4 and 12 weeks up to the newest
-- question: update, as are the days since the last post; all else rests on all history. The usual reels per week and
-- question: the median gap leave out breaks of over 60 days, which are counted in their own column; n is the number of
-- question: gaps left, and a usual number of reels per week needs 5. Active weeks have at least one reel. An account is
-- question: silent if it has not posted for 14 days or more, for longer than in any break before, and the silence is
-- question: longer than chance would produce once in 100 times at its usual pace (60 days with under 5 gaps).
WITH own AS (
  SELECT
    account, posted_date, posted_week, reels_same_day, hours_since_previous,
    CASE WHEN hours_since_previous <= 1440 THEN hours_since_previous END AS gap_hours
  FROM reels
  WHERE is_own = TRUE AND has_impossible_time = FALSE
),
summed AS (
  SELECT
    account,
    COUNT(*) AS own_reels,
    MIN(posted_date) AS first_post,
    MAX(posted_date) AS last_post,
    COUNT(DISTINCT posted_week) AS active_weeks,
    AVG(gap_hours) AS mean_gap_hours,
    MEDIAN(gap_hours) AS median_gap_hours,
    COUNT(gap_hours) AS gaps,
    MAX(hours_since_previous) / 24 AS longest_gap_days,
    COUNT(hours_since_previous) - COUNT(gap_hours) AS breaks,
    CAST(COUNT(CASE WHEN reels_same_day > 1 THEN 1 END) AS DOUBLE) / COUNT(*) AS same_day_share
  FROM own
  GROUP BY account
)
SELECT
  s.account,
  s.own_reels,
  s.first_post,
  s.last_post,
  a.days_since_last_post,
  CASE
    WHEN a.days_since_last_post IS NULL THEN NULL
    -- The time to the next reel at a steady pace is exponential: 4.605 mean gaps pass with a chance of 1 in 100.
    -- Who posts in batches is not silent between them.
    WHEN a.days_since_last_post <= COALESCE(s.longest_gap_days, 0) THEN FALSE
    WHEN s.gaps >= 5 THEN a.days_since_last_post >= 14 AND 24 * a.days_since_last_post >= 4.605 * s.mean_gap_hours
    ELSE a.days_since_last_post >= 60
  END AS is_silent,
  a.reels_per_week_4w,
  a.reels_per_week_12w,
  s.active_weeks,
  CASE WHEN s.gaps >= 5 AND s.mean_gap_hours > 0 THEN 168.0 / s.mean_gap_hours END AS reels_per_week,
  s.gaps AS reels_per_week_n,
  s.median_gap_hours,
  s.gaps AS median_gap_hours_n,
  s.longest_gap_days,
  s.breaks,
  s.same_day_share
FROM summed AS s
INNER JOIN accounts AS a ON s.account = a.account
ORDER BY s.account ASC NULLS LAST
