-- title: Monthly trend
-- question: How do reels do by the month they were posted in, over all history? Medians leave out reels under 48 hours
-- question: old (n = reels left); low and high are the ends of a 95 % confidence interval. The latest months have had
-- question: less time to gain views. The last two months that are over are compared: by views at 7 days where both have
-- question: 5, else by the latest views of reels at least 30 days old. They differ where z reaches the z needed. Most views
-- question: are those of the best reel of the month.
-- chart: line x=posted_month y=median_views by=account
WITH own AS (
  SELECT account, reel_id, posted_month, maturity, views, views_7d, engagement_rate
  FROM reels
  WHERE is_own = TRUE AND has_impossible_time = FALSE
),
months AS (
  SELECT
    account,
    posted_month,
    COUNT(*) AS reels,
    COUNT(CASE WHEN maturity = 'immature' THEN 1 END) AS immature_reels,
    COUNT(CASE WHEN maturity <> 'immature' THEN views END) AS n,
    MEDIAN(CASE WHEN maturity <> 'immature' THEN views END) AS median_views,
    MEDIAN(views_7d) AS median_views_7d,
    COUNT(views_7d) AS median_views_7d_n,
    MEDIAN(CASE WHEN maturity <> 'immature' THEN engagement_rate END) AS median_engagement_rate,
    COUNT(CASE WHEN maturity <> 'immature' THEN engagement_rate END) AS median_engagement_rate_n,
    COUNT(CASE WHEN maturity = 'mature' THEN views END) AS mature_n,
    MAX(views) AS most_views
  FROM own
  GROUP BY account, posted_month
),
-- Both views of a reel, one under the other: 1 is the latest, 2 those at 7 days.
viewed AS (
  SELECT account, posted_month, 1 AS figure, views AS seen
  FROM own
  WHERE maturity <> 'immature' AND views IS NOT NULL
  UNION ALL
  SELECT account, posted_month, 2 AS figure, views_7d AS seen
  FROM own
  WHERE views_7d IS NOT NULL
),
-- The ends of a 95 % interval of a median are at places n / 2 - 0.98 sqrt(n) and 1 + n / 2 + 0.98 sqrt(n).
lined AS (
  SELECT
    account, posted_month, figure, seen,
    ROW_NUMBER() OVER (PARTITION BY account, posted_month, figure ORDER BY seen ASC NULLS LAST) AS place,
    COUNT(*) OVER (PARTITION BY account, posted_month, figure) AS n
  FROM viewed
),
ends AS (
  SELECT
    account, posted_month, figure, seen, place,
    n / 2.0 - 0.98 * SQRT(CAST(n AS DOUBLE)) AS low_place,
    1 + n / 2.0 + 0.98 * SQRT(CAST(n AS DOUBLE)) AS high_place
  FROM lined
),
bounds AS (
  SELECT
    account, posted_month,
    MAX(CASE WHEN figure = 1 AND place <= low_place THEN seen END) AS median_views_low,
    MIN(CASE WHEN figure = 1 AND place >= high_place THEN seen END) AS median_views_high,
    MAX(CASE WHEN figure = 2 AND place <= low_place THEN seen END) AS median_views_7d_low,
    MIN(CASE WHEN figure = 2 AND place >= high_place THEN seen END) AS median_views_7d_high
  FROM ends
  GROUP BY account, posted_month
),
pairs AS (
  SELECT
    a.account, a.finished_month AS later, a.finished_month_before AS earlier,
    CASE
      WHEN l.median_views_7d_n >= 5 AND e.median_views_7d_n >= 5 THEN '7 days'
      WHEN l.mature_n >= 5 AND e.mature_n >= 5 THEN 'at least 30 days'
    END AS compared_at
  FROM accounts AS a
  INNER JOIN months AS l ON a.account = l.account AND a.finished_month = l.posted_month
  INNER JOIN months AS e ON a.account = e.account AND a.finished_month_before = e.posted_month
),
compared AS (
  SELECT
    o.account, o.reel_id, o.posted_month, p.later,
    CASE
      WHEN p.compared_at = '7 days' THEN o.views_7d
      WHEN p.compared_at = 'at least 30 days' AND o.maturity = 'mature' THEN o.views
    END AS seen
  FROM own AS o
  INNER JOIN pairs AS p ON o.account = p.account
  WHERE o.posted_month = p.later OR o.posted_month = p.earlier
),
placed AS (
  SELECT
    account, posted_month, later, seen,
    ROW_NUMBER() OVER (PARTITION BY account ORDER BY seen ASC NULLS LAST, reel_id ASC NULLS LAST) AS place,
    COUNT(*) OVER (PARTITION BY account) AS n_all
  FROM compared
  WHERE seen IS NOT NULL
),
ranked AS (
  -- Equal values share the mean of their places.
  SELECT account, posted_month, later, seen, n_all, AVG(place) OVER (PARTITION BY account, seen) AS rank_place
  FROM placed
),
summed AS (
  SELECT
    account, posted_month,
    MAX(later) AS later,
    COUNT(*) AS compared_n,
    MEDIAN(seen) AS compared_views,
    SUM(rank_place) AS rank_sum,
    MAX(n_all) AS n_all
  FROM ranked
  GROUP BY account, posted_month
),
scored AS (
  SELECT
    account, posted_month, compared_n, compared_views,
    CASE
      WHEN posted_month = later
      THEN
        (rank_sum - compared_n * (n_all + 1) / 2.0)
        / SQRT(CAST(compared_n AS DOUBLE) * (n_all - compared_n) * (n_all + 1) / 12.0)
    END AS z,
    -- One pair an account is compared, at a level of 0.02, both directions together.
    SQRT(0 - 2 * LN(0.01)) AS t
  FROM summed
)
SELECT
  m.account,
  m.posted_month,
  m.reels,
  m.immature_reels,
  m.n,
  m.median_views,
  b.median_views_low,
  b.median_views_high,
  m.median_views_7d,
  m.median_views_7d_n,
  b.median_views_7d_low,
  b.median_views_7d_high,
  m.median_engagement_rate,
  m.median_engagement_rate_n,
  CASE WHEN s.compared_n > 0 THEN p.compared_at END AS compared_at,
  s.compared_views,
  s.compared_n AS compared_views_n,
  s.z,
  CASE
    WHEN s.z IS NOT NULL THEN s.t - (2.30753 + 0.27061 * s.t) / (1 + 0.99229 * s.t + 0.04481 * s.t * s.t)
  END AS z_needed,
  m.most_views
FROM months AS m
LEFT JOIN bounds AS b ON m.account = b.account AND m.posted_month = b.posted_month
LEFT JOIN scored AS s ON m.account = s.account AND m.posted_month = s.posted_month
LEFT JOIN pairs AS p ON m.account = p.account
ORDER BY m.account ASC NULLS LAST, m.posted_month ASC NULLS LAST
