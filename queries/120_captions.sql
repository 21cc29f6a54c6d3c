-- title: Caption habits
-- question: How are the captions written, and how do those reels do? The hook is the first line as the app shows it, up
-- question: to 125 characters; a call to action asks to comment, follow, save and the like. Instagram allowed up to 30
-- question: hashtags, and allows 5 since December 2025. Unknown: not in the data. Views are relative to the account's
-- question: usual; reels under 7 days old are not rated; low and high are the ends of a 95 % confidence interval. An
-- question: association; the habit itself may not be the cause. All history counts, whatever the period.
-- Each habit is encoded as its display position; 9 = unknown.
WITH chosen AS (
  SELECT
    account,
    CASE
      WHEN LENGTH(hook) <= 40 THEN 1 WHEN LENGTH(hook) <= 80 THEN 2 WHEN LENGTH(hook) > 80 THEN 3
      WHEN caption_chars IS NOT NULL THEN 0 ELSE 9
    END AS of_hook,
    CASE WHEN has_question = TRUE THEN 1 WHEN has_question = FALSE THEN 2 ELSE 9 END AS of_question,
    CASE WHEN has_call_to_action = TRUE THEN 1 WHEN has_call_to_action = FALSE THEN 2 ELSE 9 END AS of_call,
    CASE
      WHEN emoji_count = 0 THEN 0 WHEN emoji_count <= 3 THEN 1 WHEN emoji_count > 3 THEN 2 ELSE 9
    END AS of_emoji,
    CASE
      WHEN hashtag_count = 0 THEN 0 WHEN hashtag_count <= 2 THEN 1 WHEN hashtag_count <= 5 THEN 2
      WHEN hashtag_count > 5 THEN 3 ELSE 9
    END AS of_hashtags,
    equal_age_multiple AS multiple,
    equal_age_rank AS place,
    equal_age_n AS n_all,
    CASE WHEN maturity IN ('settled', 'mature') THEN engagement_rate END AS rate
  FROM reels
  WHERE is_own = TRUE
),
-- One aggregation per habit: all habits joined to each reel would make five times the rows.
grouped AS (
  SELECT
    account, 1 AS rung, 'hook' AS habit, of_hook AS choice_rung,
    COUNT(*) AS reels,
    MEDIAN(multiple) AS median_multiple,
    COUNT(multiple) AS median_multiple_n,
    SUM(place) AS rank_sum,
    MAX(n_all) AS n_all,
    MEDIAN(rate) AS median_engagement_rate,
    COUNT(rate) AS median_engagement_rate_n
  FROM chosen
  GROUP BY account, of_hook
  UNION ALL
  SELECT
    account, 2 AS rung, 'question' AS habit, of_question AS choice_rung,
    COUNT(*) AS reels,
    MEDIAN(multiple) AS median_multiple,
    COUNT(multiple) AS median_multiple_n,
    SUM(place) AS rank_sum,
    MAX(n_all) AS n_all,
    MEDIAN(rate) AS median_engagement_rate,
    COUNT(rate) AS median_engagement_rate_n
  FROM chosen
  GROUP BY account, of_question
  UNION ALL
  SELECT
    account, 3 AS rung, 'call to action' AS habit, of_call AS choice_rung,
    COUNT(*) AS reels,
    MEDIAN(multiple) AS median_multiple,
    COUNT(multiple) AS median_multiple_n,
    SUM(place) AS rank_sum,
    MAX(n_all) AS n_all,
    MEDIAN(rate) AS median_engagement_rate,
    COUNT(rate) AS median_engagement_rate_n
  FROM chosen
  GROUP BY account, of_call
  UNION ALL
  SELECT
    account, 4 AS rung, 'emoji' AS habit, of_emoji AS choice_rung,
    COUNT(*) AS reels,
    MEDIAN(multiple) AS median_multiple,
    COUNT(multiple) AS median_multiple_n,
    SUM(place) AS rank_sum,
    MAX(n_all) AS n_all,
    MEDIAN(rate) AS median_engagement_rate,
    COUNT(rate) AS median_engagement_rate_n
  FROM chosen
  GROUP BY account, of_emoji
  UNION ALL
  SELECT
    account, 5 AS rung, 'hashtags' AS habit, of_hashtags AS choice_rung,
    COUNT(*) AS reels,
    MEDIAN(multiple) AS median_multiple,
    COUNT(multiple) AS median_multiple_n,
    SUM(place) AS rank_sum,
    MAX(n_all) AS n_all,
    MEDIAN(rate) AS median_engagement_rate,
    COUNT(rate) AS median_engagement_rate_n
  FROM chosen
  GROUP BY account, of_hashtags
),
-- The choices known are numbered over all habits: 10 for captions without a hook, 11 for short hooks and so on.
numbered AS (
  SELECT
    account, rung, habit, choice_rung, 10 * rung + choice_rung AS choice_number, reels, median_multiple,
    median_multiple_n, rank_sum, n_all, median_engagement_rate, median_engagement_rate_n
  FROM grouped
),
-- A row for each rated reel and habit, for the intervals.
rated AS (
  SELECT account, 10 + of_hook AS choice_number, multiple
  FROM chosen
  WHERE multiple IS NOT NULL
  UNION ALL
  SELECT account, 20 + of_question AS choice_number, multiple
  FROM chosen
  WHERE multiple IS NOT NULL
  UNION ALL
  SELECT account, 30 + of_call AS choice_number, multiple
  FROM chosen
  WHERE multiple IS NOT NULL
  UNION ALL
  SELECT account, 40 + of_emoji AS choice_number, multiple
  FROM chosen
  WHERE multiple IS NOT NULL
  UNION ALL
  SELECT account, 50 + of_hashtags AS choice_number, multiple
  FROM chosen
  WHERE multiple IS NOT NULL
),
-- The ends of a 95 % interval of a median are at places n / 2 - 0.98 sqrt(n) and 1 + n / 2 + 0.98 sqrt(n).
placed AS (
  SELECT
    account, choice_number, multiple,
    ROW_NUMBER() OVER (PARTITION BY account, choice_number ORDER BY multiple ASC NULLS LAST) AS place_in_group,
    COUNT(*) OVER (PARTITION BY account, choice_number) AS n_group
  FROM rated
),
ends AS (
  SELECT
    account, choice_number, multiple, place_in_group,
    n_group / 2.0 - 0.98 * SQRT(CAST(n_group AS DOUBLE)) AS low_place,
    1 + n_group / 2.0 + 0.98 * SQRT(CAST(n_group AS DOUBLE)) AS high_place
  FROM placed
),
bounds AS (
  SELECT
    account, choice_number,
    MAX(CASE WHEN place_in_group <= low_place THEN multiple END) AS median_multiple_low,
    MIN(CASE WHEN place_in_group >= high_place THEN multiple END) AS median_multiple_high
  FROM ends
  GROUP BY account, choice_number
),
scored AS (
  SELECT
    account, rung, choice_number,
    (rank_sum - median_multiple_n * (n_all + 1) / 2.0)
    / SQRT(CAST(median_multiple_n AS DOUBLE) * (n_all - median_multiple_n) * (n_all + 1) / 12.0) AS z
  FROM numbered
  WHERE choice_rung < 9 AND median_multiple_n >= 5 AND n_all - median_multiple_n >= 5
),
-- A level of 0.02, both directions together, is shared by the groups compared.
levels AS (
  SELECT account, rung, choice_number, z, SQRT(0 - 2 * LN(CAST(0.01 AS DOUBLE) / COUNT(*) OVER (PARTITION BY account))) AS t
  FROM scored
),
needed AS (
  SELECT
    account, rung, choice_number, z, t - (2.30753 + 0.27061 * t) / (1 + 0.99229 * t + 0.04481 * t * t) AS z_needed
  FROM levels
),
-- The median of the other reels, for groups that stand out.
others AS (
  SELECT n.account, n.choice_number, MEDIAN(c.multiple) AS others_multiple
  FROM needed AS n
  INNER JOIN chosen AS c ON n.account = c.account
  WHERE
    ABS(n.z) >= n.z_needed
    AND n.choice_number <> 10 * n.rung + CASE n.rung
      WHEN 1 THEN c.of_hook WHEN 2 THEN c.of_question WHEN 3 THEN c.of_call WHEN 4 THEN c.of_emoji ELSE c.of_hashtags
    END
  GROUP BY n.account, n.choice_number
)
SELECT
  g.account,
  g.habit,
  CASE
    WHEN g.choice_rung = 9 THEN 'unknown'
    WHEN g.choice_rung = 0 THEN 'none'
    WHEN g.rung = 1 THEN CASE g.choice_rung
      WHEN 1 THEN '1 to 40 characters' WHEN 2 THEN '41 to 80 characters' ELSE '81 characters and more'
    END
    WHEN g.rung IN (2, 3) THEN CASE g.choice_rung WHEN 1 THEN 'yes' ELSE 'no' END
    WHEN g.rung = 4 THEN CASE g.choice_rung WHEN 1 THEN '1 to 3' ELSE '4 and more' END
    ELSE CASE g.choice_rung WHEN 1 THEN '1 to 2' WHEN 2 THEN '3 to 5' ELSE '6 and more' END
  END AS choice,
  g.reels,
  CAST(g.reels AS DOUBLE) / SUM(g.reels) OVER (PARTITION BY g.account, g.habit) AS share,
  g.median_multiple,
  g.median_multiple_n,
  b.median_multiple_low,
  b.median_multiple_high,
  o.others_multiple,
  n.z,
  n.z_needed,
  g.median_engagement_rate,
  g.median_engagement_rate_n
FROM numbered AS g
LEFT JOIN bounds AS b ON g.account = b.account AND g.choice_number = b.choice_number
LEFT JOIN needed AS n ON g.account = n.account AND g.choice_number = n.choice_number
LEFT JOIN others AS o ON g.account = o.account AND g.choice_number = o.choice_number
ORDER BY g.account ASC NULLS LAST, g.rung ASC NULLS LAST, g.choice_rung ASC NULLS LAST
