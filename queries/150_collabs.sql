-- title: Collabs
-- question: How do reels made with other accounts compare with those made alone? Guest reels are owned by another
-- question: account and list this one as coauthor: shown for reference, not rated. Views are relative to the account's
-- question: usual; reels under 7 days old are not rated; low and high are the ends of a 95 % confidence interval. An
-- question: association; the coauthor may not be the cause. All history counts, whatever the period.
WITH own AS (
  SELECT
    account,
    CASE
      WHEN is_own = FALSE THEN 'guest (owned by another account)'
      WHEN is_own IS NULL THEN 'owner unknown'
      WHEN coauthor_count = 0 THEN 'solo'
      WHEN coauthor_count > 0 THEN 'with coauthors'
      ELSE 'coauthors unknown'
    END AS kind,
    CASE
      WHEN is_own = FALSE THEN 4 WHEN is_own IS NULL THEN 5 WHEN coauthor_count = 0 THEN 1
      WHEN coauthor_count > 0 THEN 2 ELSE 3
    END AS rung,
    CASE WHEN maturity IN ('settled', 'mature') THEN views END AS settled_views,
    CASE WHEN is_own = TRUE THEN equal_age_multiple END AS multiple,
    CASE WHEN is_own = TRUE THEN equal_age_rank END AS place,
    equal_age_n AS n_all,
    CASE WHEN maturity IN ('settled', 'mature') THEN engagement_rate END AS rate
  FROM reels
),
grouped AS (
  SELECT
    account, rung, kind,
    COUNT(*) AS reels,
    MEDIAN(multiple) AS median_multiple,
    COUNT(multiple) AS median_multiple_n,
    SUM(place) AS rank_sum,
    MAX(n_all) AS n_all,
    MEDIAN(settled_views) AS median_views,
    COUNT(settled_views) AS median_views_n,
    MEDIAN(rate) AS median_engagement_rate,
    COUNT(rate) AS median_engagement_rate_n
  FROM own
  GROUP BY account, rung, kind
),
-- The ends of a 95 % interval of a median are at places n / 2 - 0.98 sqrt(n) and 1 + n / 2 + 0.98 sqrt(n).
placed AS (
  SELECT
    account, rung, multiple,
    ROW_NUMBER() OVER (PARTITION BY account, rung ORDER BY multiple ASC NULLS LAST) AS place_in_group,
    COUNT(*) OVER (PARTITION BY account, rung) AS n_group
  FROM own
  WHERE multiple IS NOT NULL
),
ends AS (
  SELECT
    account, rung, multiple, place_in_group,
    n_group / 2.0 - 0.98 * SQRT(CAST(n_group AS DOUBLE)) AS low_place,
    1 + n_group / 2.0 + 0.98 * SQRT(CAST(n_group AS DOUBLE)) AS high_place
  FROM placed
),
bounds AS (
  SELECT
    account, rung,
    MAX(CASE WHEN place_in_group <= low_place THEN multiple END) AS median_multiple_low,
    MIN(CASE WHEN place_in_group >= high_place THEN multiple END) AS median_multiple_high
  FROM ends
  GROUP BY account, rung
),
scored AS (
  SELECT
    account, rung,
    (rank_sum - median_multiple_n * (n_all + 1) / 2.0)
    / SQRT(CAST(median_multiple_n AS DOUBLE) * (n_all - median_multiple_n) * (n_all + 1) / 12.0) AS z
  FROM grouped
  WHERE rung < 3 AND median_multiple_n >= 5 AND n_all - median_multiple_n >= 5
),
-- A level of 0.02, both directions together, is shared by the groups compared.
levels AS (
  SELECT account, rung, z, SQRT(0 - 2 * LN(CAST(0.01 AS DOUBLE) / COUNT(*) OVER (PARTITION BY account))) AS t
  FROM scored
),
needed AS (
  SELECT account, rung, z, t - (2.30753 + 0.27061 * t) / (1 + 0.99229 * t + 0.04481 * t * t) AS z_needed
  FROM levels
),
-- The median of the other reels, for groups that stand out.
others AS (
  SELECT n.account, n.rung, MEDIAN(o.multiple) AS others_multiple
  FROM needed AS n
  INNER JOIN own AS o ON n.account = o.account
  WHERE n.rung <> o.rung AND ABS(n.z) >= n.z_needed
  GROUP BY n.account, n.rung
)
SELECT
  g.account,
  g.kind,
  g.reels,
  CAST(g.reels AS DOUBLE) / SUM(g.reels) OVER (PARTITION BY g.account) AS share,
  g.median_multiple,
  g.median_multiple_n,
  b.median_multiple_low,
  b.median_multiple_high,
  o.others_multiple,
  n.z,
  n.z_needed,
  g.median_views,
  g.median_views_n,
  g.median_engagement_rate,
  g.median_engagement_rate_n
FROM grouped AS g
LEFT JOIN bounds AS b ON g.account = b.account AND g.rung = b.rung
LEFT JOIN needed AS n ON g.account = n.account AND g.rung = n.rung
LEFT JOIN others AS o ON g.account = o.account AND g.rung = o.rung
ORDER BY g.account ASC NULLS LAST, g.rung ASC NULLS LAST
