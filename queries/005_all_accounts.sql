-- title: At a glance
-- question: What was posted and gained in the period? A collab listed by two accounts counts once. Views gained are of
-- question: all reels, whenever they were posted; their change is that of the views gained per day by the accounts
-- question: whose gains are known for six days of seven in both periods. Total views are those that the reels of the
-- question: period have by now; if they are missing now on reels that had some, the total is also given with their last
-- question: known views.
-- chart: figures
WITH once AS (
  -- Two accounts may have been crawled at different times: the higher count is used.
  SELECT r.reel_id, MAX(r.views) AS most_views, MAX(r.last_known_views) AS known_views
  FROM reels AS r
  CROSS JOIN period AS p
  WHERE r.has_impossible_time = FALSE AND r.posted_date >= p.first AND r.posted_date <= p.last
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
before AS (
  SELECT COUNT(DISTINCT r.reel_id) AS reels_posted_before
  FROM reels AS r
  CROSS JOIN period AS p
  WHERE r.has_impossible_time = FALSE AND r.posted_date >= p.before_first AND r.posted_date <= p.before_last
),
of_days AS (
  SELECT
    d.account,
    COUNT(CASE WHEN d.day >= p.first AND d.views_gained_n > 0 THEN 1 END) AS known_days,
    COUNT(CASE WHEN d.day < p.first AND d.views_gained_n > 0 THEN 1 END) AS known_days_before,
    SUM(
      CASE
        WHEN d.day >= p.first THEN d.views_gained_under_48h + d.views_gained_under_30d + d.views_gained_older
      END
    ) AS gained,
    SUM(
      CASE
        WHEN d.day < p.first THEN d.views_gained_under_48h + d.views_gained_under_30d + d.views_gained_older
      END
    ) AS gained_before,
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
      WHEN 7 * known_days >= 6 * days AND 7 * known_days_before >= 6 * days THEN CAST(gained AS DOUBLE) / known_days
    END AS pace,
    CASE
      WHEN 7 * known_days >= 6 * days AND 7 * known_days_before >= 6 * days
      THEN CAST(gained_before AS DOUBLE) / known_days_before
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
