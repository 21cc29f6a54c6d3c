-- title: Audio
-- question: Do reels use original sound or licensed music, and how do they do? Unknown: not in the data. Views are
-- question: relative to the account's usual; reels under 7 days old are not rated; low and high are the ends of a 95 %
-- question: confidence interval. An association; the kind of sound itself may not be the cause. All history counts,
-- question: whatever the period.
-- chart: bar x=audio y=median_multiple by=account
WITH own AS (
  SELECT
    account,
    CASE
      WHEN audio_type = 'original_sounds' THEN 'original'
      WHEN audio_type = 'licensed_music' THEN 'licensed'
      WHEN audio_type IS NOT NULL THEN audio_type
      WHEN has_audio = FALSE THEN 'silent'
      ELSE 'unknown'
    END AS audio,
    equal_age_multiple AS multiple,
    equal_age_rank AS place,
    equal_age_n AS n_all,
    CASE WHEN maturity IN ('settled', 'mature') THEN engagement_rate END AS rate
  FROM reels
  WHERE is_own = TRUE
),
grouped AS (
  SELECT
    account, audio,
    COUNT(*) AS reels,
    MEDIAN(multiple) AS median_multiple,
    COUNT(multiple) AS median_multiple_n,
    SUM(place) AS rank_sum,
    MAX(n_all) AS n_all,
    MEDIAN(rate) AS median_engagement_rate,
    COUNT(rate) AS median_engagement_rate_n
  FROM own
  GROUP BY account, audio
),
-- The ends of a 95 % interval of a median are at places n / 2 - 0.98 sqrt(n) and 1 + n / 2 + 0.98 sqrt(n).
placed AS (
  SELECT
    account, audio, multiple,
    ROW_NUMBER() OVER (PARTITION BY account, audio ORDER BY multiple ASC NULLS LAST) AS place_in_group,
    COUNT(*) OVER (PARTITION BY account, audio) AS n_group
  FROM own
  WHERE multiple IS NOT NULL
),
ends AS (
  SELECT
    account, audio, multiple, place_in_group,
    n_group / 2.0 - 0.98 * SQRT(CAST(n_group AS DOUBLE)) AS low_place,
    1 + n_group / 2.0 + 0.98 * SQRT(CAST(n_group AS DOUBLE)) AS high_place
  FROM placed
),
bounds AS (
  SELECT
    account, audio,
    MAX(CASE WHEN place_in_group <= low_place THEN multiple END) AS median_multiple_low,
    MIN(CASE WHEN place_in_group >= high_place THEN multiple END) AS median_multiple_high
  FROM ends
  GROUP BY account, audio
),
scored AS (
  SELECT
    account, audio,
    (rank_sum - median_multiple_n * (n_all + 1) / 2.0)
    / SQRT(CAST(median_multiple_n AS DOUBLE) * (n_all - median_multiple_n) * (n_all + 1) / 12.0) AS z
  FROM grouped
  WHERE audio <> 'unknown' AND median_multiple_n >= 5 AND n_all - median_multiple_n >= 5
),
-- A level of 0.02, both directions together, is shared by the groups compared.
levels AS (
  SELECT account, audio, z, SQRT(0 - 2 * LN(CAST(0.01 AS DOUBLE) / COUNT(*) OVER (PARTITION BY account))) AS t
  FROM scored
),
needed AS (
  SELECT account, audio, z, t - (2.30753 + 0.27061 * t) / (1 + 0.99229 * t + 0.04481 * t * t) AS z_needed
  FROM levels
),
-- The median of the other reels, for groups that stand out.
others AS (
  SELECT n.account, n.audio, MEDIAN(o.multiple) AS others_multiple
  FROM needed AS n
  INNER JOIN own AS o ON n.account = o.account
  WHERE n.audio <> o.audio AND ABS(n.z) >= n.z_needed
  GROUP BY n.account, n.audio
)
SELECT
  g.account,
  g.audio,
  g.reels,
  CAST(g.reels AS DOUBLE) / SUM(g.reels) OVER (PARTITION BY g.account) AS share,
  g.median_multiple,
  g.median_multiple_n,
  b.median_multiple_low,
  b.median_multiple_high,
  o.others_multiple,
  n.z,
  n.z_needed,
  g.median_engagement_rate,
  g.median_engagement_rate_n
FROM grouped AS g
LEFT JOIN bounds AS b ON g.account = b.account AND g.audio = b.audio
LEFT JOIN needed AS n ON g.account = n.account AND g.audio = n.audio
LEFT JOIN others AS o ON g.account = o.account AND g.audio = o.audio
ORDER BY g.account ASC NULLS LAST, g.reels DESC NULLS LAST, g.audio ASC NULLS LAST
