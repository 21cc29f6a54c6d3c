-- title: At a glance
-- question: What was posted and gained in the period? A collab counts once, for the account that owns it. Views gained
-- question: are of all reels, whenever they were posted; the change compares views gained per day, over whole days on
-- question: which the gains of nearly all reels are known, of accounts with at least 6 such days in every 7 of both
-- question: periods. Total views are the current views of the reels posted in the period; if they are missing now on
-- question: reels that had some, the total is also given with their last known views.
-- chart: figures
WITH once AS (
  -- Two accounts may have been crawled at different times: the higher count is used.
  SELECT r.reel_id, MAX(r.views) AS most_views, MAX(r.last_known_views) AS known_views
  FROM reels AS r
  CROSS JOIN period AS p
  WHERE r.is_own = TRUE AND r.has_impossible_time = FALSE AND r.posted_date >= p.first AND r.posted_date <= p.last
  GROUP BY r.reel_id
),
of_reels AS (
  SELECT
    COUNT(*) AS reels_posted,
    CASE WHEN COUNT(most_views) > 0 THEN SUM(most_views) END AS total_views,
    COUNT(most_views) AS reels_with_views,
    CASE
      WHEN COUNT(known_views) > COUNT(most_views) THEN SUM(COALESCE(most_views, known_views))
    END AS total_views_last_known
  FROM once
),
-- Whether the reels before the period are known of each account.
whole_histories AS (
  SELECT
    a.account,
    MAX(CASE WHEN a.reels_per_week_12w IS NOT NULL OR r.posted_date < p.before_first THEN 1 ELSE 0 END) AS is_whole,
    COUNT(DISTINCT CASE WHEN r.posted_date >= p.before_first AND r.posted_date <= p.before_last THEN r.reel_id END) AS posted
  FROM accounts AS a
  CROSS JOIN period AS p
  INNER JOIN reels AS r ON a.account = r.account
  WHERE r.is_own = TRUE AND r.has_impossible_time = FALSE
  GROUP BY a.account
),
before AS (
  SELECT
    CASE WHEN COUNT(CASE WHEN is_whole = 0 THEN 1 END) = 0 THEN COALESCE(SUM(posted), 0) END AS reels_posted_before
  FROM whole_histories
),
of_days AS (
  SELECT
    d.account,
    COUNT(CASE WHEN d.day >= p.first AND d.views_gained_n > 0 THEN 1 END) AS known_days,
    COUNT(CASE WHEN d.day >= p.first AND d.is_whole = TRUE THEN 1 END) AS whole_days,
    COUNT(CASE WHEN d.day < p.first AND d.is_whole = TRUE THEN 1 END) AS whole_days_before,
    SUM(CASE WHEN d.day >= p.first AND d.is_whole = TRUE THEN d.views_gained ELSE 0 END) AS gained_whole,
    SUM(CASE WHEN d.day < p.first AND d.is_whole = TRUE THEN d.views_gained ELSE 0 END) AS gained_whole_before,
    SUM(CASE WHEN d.day >= p.first THEN d.views_gained END) AS gained,
    MAX(p.days) AS days
  FROM days AS d
  CROSS JOIN period AS p
  WHERE d.day >= COALESCE(p.before_first, p.first) AND d.day <= p.last
  GROUP BY d.account
),
paced AS (
  SELECT
    known_days, gained,
    CASE
      WHEN 7 * whole_days >= 6 * days AND 7 * whole_days_before >= 6 * days
      THEN CAST(gained_whole AS DOUBLE) / whole_days
    END AS pace,
    CASE
      WHEN 7 * whole_days >= 6 * days AND 7 * whole_days_before >= 6 * days
      THEN CAST(gained_whole_before AS DOUBLE) / whole_days_before
    END AS pace_before
  FROM of_days
),
of_gains AS (
  SELECT
    CASE WHEN SUM(known_days) > 0 THEN SUM(CASE WHEN known_days > 0 THEN gained END) END AS views_gained,
    COUNT(pace) AS accounts_compared,
    SUM(pace) AS compared,
    SUM(pace_before) AS compared_before
  FROM paced
),
of_accounts AS (SELECT COUNT(*) AS accounts, SUM(reels) AS all_reels FROM accounts)
SELECT
  a.accounts,
  r.reels_posted,
  CASE WHEN p.before_first IS NOT NULL THEN b.reels_posted_before END AS reels_posted_before,
  g.views_gained,
  CASE
    WHEN g.accounts_compared > 0 AND g.compared_before > 0
    THEN g.compared / g.compared_before - 1
  END AS views_gained_change_rate,
  CASE WHEN g.accounts_compared > 0 THEN g.accounts_compared END AS accounts_compared,
  r.total_views,
  r.reels_with_views,
  r.total_views_last_known
FROM of_accounts AS a
CROSS JOIN of_reels AS r
CROSS JOIN before AS b
CROSS JOIN of_gains AS g
CROSS JOIN period AS p
ORDER BY a.accounts ASC NULLS LAST
