-- title: Overview per account
-- question: How does each account do in the period? Medians are of reels posted in it, from 48 hours of age on; low and
-- question: high are the ends of a 95 % confidence interval. Engagement leaves out hidden and doubtful likes. Views
-- question: gained are of all reels, whenever they were posted; the change compares views gained per day, over whole
-- question: days on which the gains of nearly all reels are known, where these are at least 6 of every 7 in both
-- question: periods. Reels per week are of the 4 and 12 weeks up to the newest update. If views are missing now on
-- question: reels that had some, figures are also given with their last known views. Followers are those of the last
-- question: profile up to the end of the period, compared with the last profile before the period, or with the first one
-- question: in it; without a profile they are the number of the accounts file. A count from after it is left out.
-- chart: cards
WITH posts AS (
  SELECT
    r.account, r.reel_id, r.views, r.last_known_views,
    CASE WHEN r.maturity <> 'immature' THEN r.views END AS old_views,
    CASE WHEN r.maturity <> 'immature' THEN r.last_known_views END AS old_known_views,
    CASE WHEN r.maturity <> 'immature' THEN r.engagement_rate END AS old_rate,
    CASE WHEN r.maturity <> 'immature' THEN r.comment_rate END AS old_comment_rate,
    CASE WHEN r.maturity <> 'immature' THEN r.share_rate END AS old_share_rate,
    CASE WHEN r.maturity <> 'immature' THEN r.comments_per_like END AS old_comments_per_like,
    CASE WHEN r.maturity <> 'immature' THEN r.engagement_per_follower END AS old_per_follower
  FROM reels AS r
  CROSS JOIN period AS p
  WHERE r.is_own = TRUE AND r.has_impossible_time = FALSE AND r.posted_date >= p.first AND r.posted_date <= p.last
),
own AS (
  SELECT
    account,
    COUNT(*) AS reels_posted,
    CASE WHEN COUNT(views) > 0 THEN SUM(views) END AS total_views,
    COUNT(views) AS total_views_n,
    CASE
      WHEN COUNT(last_known_views) > COUNT(views) THEN SUM(COALESCE(views, last_known_views))
    END AS total_views_last_known,
    MEDIAN(old_views) AS median_views,
    COUNT(old_views) AS median_views_n,
    CASE
      WHEN COUNT(old_known_views) > COUNT(old_views) THEN MEDIAN(COALESCE(old_views, old_known_views))
    END AS median_views_last_known,
    MEDIAN(old_rate) AS median_engagement_rate,
    COUNT(old_rate) AS median_engagement_rate_n,
    MEDIAN(old_comment_rate) AS median_comment_rate,
    COUNT(old_comment_rate) AS median_comment_rate_n,
    MEDIAN(old_share_rate) AS median_share_rate,
    COUNT(old_share_rate) AS median_share_rate_n,
    MEDIAN(old_comments_per_like) AS median_comments_per_like,
    COUNT(old_comments_per_like) AS median_comments_per_like_n,
    MEDIAN(old_per_follower) AS median_engagement_per_follower,
    COUNT(old_per_follower) AS median_engagement_per_follower_n
  FROM posts
  GROUP BY account
),
-- Nulls come last, so that the places of the others are 1 to n. Engines disagree on where they go in a window with several
-- keys: no key is null.
keyed AS (
  SELECT
    account, reel_id, old_views, old_rate, old_per_follower,
    COALESCE(old_per_follower, 1000000000000000.0) AS follower_key,
    COALESCE(old_views, 1000000000000000.0) AS views_key,
    COALESCE(old_rate, 1000000000000000.0) AS rate_key
  FROM posts
),
placed AS (
  SELECT
    account, old_views, old_rate, old_per_follower,
    ROW_NUMBER() OVER (
      PARTITION BY account ORDER BY follower_key ASC NULLS LAST, reel_id ASC NULLS LAST
    ) AS follower_place,
    COUNT(old_per_follower) OVER (PARTITION BY account) AS follower_n,
    ROW_NUMBER() OVER (PARTITION BY account ORDER BY views_key ASC NULLS LAST, reel_id ASC NULLS LAST) AS views_place,
    ROW_NUMBER() OVER (PARTITION BY account ORDER BY rate_key ASC NULLS LAST, reel_id ASC NULLS LAST) AS rate_place,
    COUNT(old_views) OVER (PARTITION BY account) AS views_n,
    COUNT(old_rate) OVER (PARTITION BY account) AS rate_n
  FROM keyed
),
-- The ends of a 95 % interval of a median are at places n / 2 - 0.98 sqrt(n) and 1 + n / 2 + 0.98 sqrt(n).
ends AS (
  SELECT
    account, old_views, old_rate, old_per_follower, views_place, rate_place, follower_place,
    follower_n / 2.0 - 0.98 * SQRT(CAST(follower_n AS DOUBLE)) AS follower_low_place,
    1 + follower_n / 2.0 + 0.98 * SQRT(CAST(follower_n AS DOUBLE)) AS follower_high_place,
    views_n / 2.0 - 0.98 * SQRT(CAST(views_n AS DOUBLE)) AS views_low_place,
    rate_n / 2.0 - 0.98 * SQRT(CAST(rate_n AS DOUBLE)) AS rate_low_place,
    1 + views_n / 2.0 + 0.98 * SQRT(CAST(views_n AS DOUBLE)) AS views_high_place,
    1 + rate_n / 2.0 + 0.98 * SQRT(CAST(rate_n AS DOUBLE)) AS rate_high_place
  FROM placed
),
bounds AS (
  SELECT
    account,
    MAX(CASE WHEN views_place <= views_low_place THEN old_views END) AS median_views_low,
    MIN(CASE WHEN views_place >= views_high_place THEN old_views END) AS median_views_high,
    MAX(CASE WHEN follower_place <= follower_low_place THEN old_per_follower END) AS median_engagement_per_follower_low,
    MIN(CASE WHEN follower_place >= follower_high_place THEN old_per_follower END) AS median_engagement_per_follower_high,
    MAX(CASE WHEN rate_place <= rate_low_place THEN old_rate END) AS median_engagement_rate_low,
    MIN(CASE WHEN rate_place >= rate_high_place THEN old_rate END) AS median_engagement_rate_high
  FROM ends
  GROUP BY account
),
gained AS (
  SELECT
    d.account,
    COUNT(CASE WHEN d.day >= p.first AND d.views_gained_n > 0 THEN 1 END) AS known_days,
    COUNT(CASE WHEN d.day >= p.first AND d.is_whole = TRUE THEN 1 END) AS whole_days,
    COUNT(CASE WHEN d.day < p.first AND d.is_whole = TRUE THEN 1 END) AS whole_days_before,
    SUM(CASE WHEN d.day >= p.first AND d.is_whole = TRUE THEN d.views_gained ELSE 0 END) AS gained_whole,
    SUM(CASE WHEN d.day < p.first AND d.is_whole = TRUE THEN d.views_gained ELSE 0 END) AS gained_whole_before,
    SUM(CASE WHEN d.day >= p.first THEN d.views_gained END) AS views_gained,
    SUM(CASE WHEN d.day < p.first THEN d.reels_posted ELSE 0 END) AS reels_posted_before,
    MAX(p.days) AS days
  FROM days AS d
  CROSS JOIN period AS p
  WHERE d.day >= COALESCE(p.before_first, p.first) AND d.day <= p.last
  GROUP BY d.account
),
whole AS (
  SELECT
    account,
    MIN(CASE WHEN has_impossible_time = FALSE THEN posted_date END) AS first_post,
    MAX(CASE WHEN has_impossible_time = FALSE THEN posted_date END) AS last_post
  FROM reels
  WHERE is_own = TRUE
  GROUP BY account
),
-- Of the profiles of one day the last one counts.
profile_counts AS (
  SELECT
    account, fetched_date, followers,
    ROW_NUMBER() OVER (
      PARTITION BY account, fetched_date ORDER BY fetched_at DESC NULLS LAST, profile_blake3 DESC NULLS LAST
    ) AS place
  FROM profiles
  WHERE followers IS NOT NULL
),
-- A profile from before the days that the period is compared with says little about the period.
profile_days AS (
  SELECT
    c.account,
    MAX(c.fetched_date) AS last_day,
    COALESCE(
      MAX(
        CASE
          WHEN c.fetched_date >= COALESCE(p.before_first, p.first) AND c.fetched_date < p.first THEN c.fetched_date
        END
      ),
      MIN(CASE WHEN c.fetched_date >= p.first THEN c.fetched_date END)
    ) AS first_day
  FROM profile_counts AS c
  CROSS JOIN period AS p
  WHERE c.fetched_date <= p.last
  GROUP BY c.account
),
-- What the accounts table has, unless it is from after the period.
supplied AS (
  SELECT a.account, a.followers, a.followers_as_of, a.followers_source
  FROM accounts AS a
  CROSS JOIN period AS p
  WHERE COALESCE(a.followers_as_of > p.last, FALSE) = FALSE
),
-- A newer number of the accounts file stands in place of the profile's.
followed AS (
  SELECT
    d.account,
    MAX(d.last_day) AS last_day,
    MAX(CASE WHEN c.fetched_date = d.last_day THEN c.followers END) AS followers,
    MAX(CASE WHEN d.first_day < d.last_day THEN d.first_day END) AS first_day,
    MAX(CASE WHEN d.first_day < d.last_day AND c.fetched_date = d.first_day THEN c.followers END) AS followers_before
  FROM profile_days AS d
  INNER JOIN profile_counts AS c ON d.account = c.account
  LEFT JOIN supplied AS s ON d.account = s.account
  WHERE
    c.place = 1
    AND COALESCE(s.followers_source = 'accounts_file' AND s.followers_as_of > d.last_day, FALSE) = FALSE
  GROUP BY d.account
)
SELECT
  a.account,
  a.status,
  COALESCE(o.reels_posted, 0) AS reels_posted,
  -- Blank where older reels may be missing.
  CASE
    WHEN p.before_first IS NOT NULL AND (a.reels_per_week_12w IS NOT NULL OR w.first_post < p.before_first)
    THEN COALESCE(g.reels_posted_before, 0)
  END AS reels_posted_before,
  CASE WHEN g.known_days > 0 THEN g.views_gained END AS views_gained,
  COALESCE(g.known_days, 0) AS views_gained_days,
  CASE
    WHEN 7 * g.whole_days >= 6 * g.days AND 7 * g.whole_days_before >= 6 * g.days AND g.gained_whole_before > 0
    THEN
      (CAST(g.gained_whole AS DOUBLE) / g.whole_days)
      / (CAST(g.gained_whole_before AS DOUBLE) / g.whole_days_before) - 1
  END AS views_gained_change_rate,
  o.median_views,
  COALESCE(o.median_views_n, 0) AS median_views_n,
  b.median_views_low,
  b.median_views_high,
  o.median_views_last_known,
  o.total_views,
  COALESCE(o.total_views_n, 0) AS total_views_n,
  o.total_views_last_known,
  o.median_engagement_rate,
  COALESCE(o.median_engagement_rate_n, 0) AS median_engagement_rate_n,
  b.median_engagement_rate_low,
  b.median_engagement_rate_high,
  o.median_engagement_per_follower,
  COALESCE(o.median_engagement_per_follower_n, 0) AS median_engagement_per_follower_n,
  b.median_engagement_per_follower_low,
  b.median_engagement_per_follower_high,
  o.median_comment_rate,
  COALESCE(o.median_comment_rate_n, 0) AS median_comment_rate_n,
  o.median_share_rate,
  COALESCE(o.median_share_rate_n, 0) AS median_share_rate_n,
  o.median_comments_per_like,
  COALESCE(o.median_comments_per_like_n, 0) AS median_comments_per_like_n,
  a.reels_per_week_4w,
  a.reels_per_week_12w,
  w.last_post,
  COALESCE(f.followers, s.followers) AS followers,
  COALESCE(f.last_day, s.followers_as_of) AS followers_as_of,
  CASE WHEN f.last_day IS NOT NULL THEN 'profile' ELSE s.followers_source END AS followers_source,
  f.first_day AS followers_since,
  f.followers - f.followers_before AS followers_gained,
  CASE
    WHEN f.followers_before > 0 THEN CAST(f.followers AS DOUBLE) / f.followers_before - 1
  END AS followers_gained_rate,
  a.reels AS all_reels
FROM accounts AS a
CROSS JOIN period AS p
LEFT JOIN own AS o ON a.account = o.account
LEFT JOIN bounds AS b ON a.account = b.account
LEFT JOIN gained AS g ON a.account = g.account
LEFT JOIN whole AS w ON a.account = w.account
LEFT JOIN followed AS f ON a.account = f.account
LEFT JOIN supplied AS s ON a.account = s.account
ORDER BY a.account ASC NULLS LAST
