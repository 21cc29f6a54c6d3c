-- title: Against the period before
-- question: Do reels posted in the period differ from those posted in the period before? Views are compared at 7 days of
-- question: age, engagement from 48 hours on. Low and high are the ends of a 95 % confidence interval. The two periods
-- question: are compared where both have at least 5 reels; they differ where z reaches the z needed. Most views are those
-- question: of the best reel of each period, at 7 days of age.
WITH posts AS (
  SELECT
    r.account, r.reel_id, r.views_7d,
    CASE WHEN r.maturity <> 'immature' THEN r.engagement_rate END AS rate,
    CASE WHEN r.posted_date >= p.first THEN 1 ELSE 0 END AS is_now
  FROM reels AS r
  CROSS JOIN period AS p
  WHERE
    r.is_own = TRUE AND r.has_impossible_time = FALSE AND r.posted_date >= COALESCE(p.before_first, p.first)
    AND r.posted_date <= p.last
),
-- Both figures of a reel, one under the other: 1 is views, 2 engagement.
measured AS (
  SELECT account, reel_id, is_now, 1 AS figure, CAST(views_7d AS DOUBLE) AS seen
  FROM posts
  WHERE views_7d IS NOT NULL
  UNION ALL
  SELECT account, reel_id, is_now, 2 AS figure, rate AS seen
  FROM posts
  WHERE rate IS NOT NULL
),
placed AS (
  SELECT
    account, is_now, figure, seen,
    ROW_NUMBER() OVER (
      PARTITION BY account, figure, is_now ORDER BY seen ASC NULLS LAST, reel_id ASC NULLS LAST
    ) AS place,
    COUNT(*) OVER (PARTITION BY account, figure, is_now) AS n,
    ROW_NUMBER() OVER (
      PARTITION BY account, figure ORDER BY seen ASC NULLS LAST, reel_id ASC NULLS LAST
    ) AS place_in_both,
    COUNT(*) OVER (PARTITION BY account, figure) AS n_both
  FROM measured
),
ranked AS (
  SELECT
    account, is_now, figure, seen, place, n_both,
    -- Equal values share the mean of their places.
    AVG(place_in_both) OVER (PARTITION BY account, figure, seen) AS rank_place,
    -- The ends of a 95 % interval of a median are at these places.
    n / 2.0 - 0.98 * SQRT(CAST(n AS DOUBLE)) AS low_place,
    1 + n / 2.0 + 0.98 * SQRT(CAST(n AS DOUBLE)) AS high_place
  FROM placed
),
summed AS (
  SELECT
    account, is_now, figure,
    COUNT(*) AS n,
    MEDIAN(seen) AS middle,
    MAX(seen) AS most,
    MAX(CASE WHEN place <= low_place THEN seen END) AS low,
    MIN(CASE WHEN place >= high_place THEN seen END) AS high,
    SUM(rank_place) AS rank_sum,
    MAX(n_both) AS n_both
  FROM ranked
  GROUP BY account, is_now, figure
),
views_now AS (
  SELECT account, n, middle, most, low, high, rank_sum, n_both FROM summed WHERE figure = 1 AND is_now = 1
),
views_before AS (SELECT account, n, middle, most FROM summed WHERE figure = 1 AND is_now = 0),
rate_now AS (SELECT account, n, middle, low, high, rank_sum, n_both FROM summed WHERE figure = 2 AND is_now = 1),
rate_before AS (SELECT account, n, middle FROM summed WHERE figure = 2 AND is_now = 0),
views_z AS (
  SELECT
    v.account,
    (v.rank_sum - v.n * (v.n_both + 1) / 2.0) / SQRT(CAST(v.n AS DOUBLE) * b.n * (v.n_both + 1) / 12.0) AS z
  FROM views_now AS v
  INNER JOIN views_before AS b ON v.account = b.account
  WHERE v.n >= 5 AND b.n >= 5
),
rate_z AS (
  SELECT
    v.account,
    (v.rank_sum - v.n * (v.n_both + 1) / 2.0) / SQRT(CAST(v.n AS DOUBLE) * b.n * (v.n_both + 1) / 12.0) AS z
  FROM rate_now AS v
  INNER JOIN rate_before AS b ON v.account = b.account
  WHERE v.n >= 5 AND b.n >= 5
),
-- Each is one comparison, at a level of 0.02, both directions together.
needed AS (SELECT days, SQRT(0 - 2 * LN(0.01)) AS t FROM period)
SELECT
  a.account,
  v.middle AS median_views_7d,
  COALESCE(v.n, 0) AS median_views_7d_n,
  v.low AS median_views_7d_low,
  v.high AS median_views_7d_high,
  vb.middle AS median_views_7d_before,
  COALESCE(vb.n, 0) AS median_views_7d_before_n,
  vz.z AS views_7d_z,
  r.middle AS median_engagement_rate,
  COALESCE(r.n, 0) AS median_engagement_rate_n,
  r.low AS median_engagement_rate_low,
  r.high AS median_engagement_rate_high,
  rb.middle AS median_engagement_rate_before,
  COALESCE(rb.n, 0) AS median_engagement_rate_before_n,
  rz.z AS engagement_rate_z,
  CASE
    WHEN vz.z IS NOT NULL OR rz.z IS NOT NULL
    THEN n.t - (2.30753 + 0.27061 * n.t) / (1 + 0.99229 * n.t + 0.04481 * n.t * n.t)
  END AS z_needed,
  v.most AS most_views_7d,
  vb.most AS most_views_7d_before
FROM accounts AS a
CROSS JOIN needed AS n
LEFT JOIN views_now AS v ON a.account = v.account
LEFT JOIN views_before AS vb ON a.account = vb.account
LEFT JOIN views_z AS vz ON a.account = vz.account
LEFT JOIN rate_now AS r ON a.account = r.account
LEFT JOIN rate_before AS rb ON a.account = rb.account
LEFT JOIN rate_z AS rz ON a.account = rz.account
ORDER BY a.account ASC NULLS LAST
