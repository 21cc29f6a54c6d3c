-- title: Caption habits
-- question: How are the captions written, and how do those reels do? The hook is the first line as the app shows it,
-- question: up to 125 characters; a call to action asks to comment, follow, save and the like. Instagram allowed up
-- question: to 30 hashtags, and allows 5 since December 2025. Unknown: not in the data. Views are relative to the
-- question: account's usual; medians leave out reels under 48 hours old. An association; the habit itself may not be
-- question: the cause.
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
    CASE WHEN maturity <> 'immature' THEN outlier_multiple END AS multiple,
    CASE WHEN maturity <> 'immature' THEN engagement_rate END AS rate
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
    MEDIAN(rate) AS median_engagement_rate,
    COUNT(rate) AS median_engagement_rate_n
  FROM chosen
  GROUP BY account, of_hashtags
)
SELECT
  account,
  habit,
  CASE
    WHEN choice_rung = 9 THEN 'unknown'
    WHEN choice_rung = 0 THEN 'none'
    WHEN rung = 1 THEN CASE choice_rung
      WHEN 1 THEN '1 to 40 characters' WHEN 2 THEN '41 to 80 characters' ELSE '81 characters and more'
    END
    WHEN rung IN (2, 3) THEN CASE choice_rung WHEN 1 THEN 'yes' ELSE 'no' END
    WHEN rung = 4 THEN CASE choice_rung WHEN 1 THEN '1 to 3' ELSE '4 and more' END
    ELSE CASE choice_rung WHEN 1 THEN '1 to 2' WHEN 2 THEN '3 to 5' ELSE '6 and more' END
  END AS choice,
  reels,
  CAST(reels AS DOUBLE) / SUM(reels) OVER (PARTITION BY account, habit) AS share,
  median_multiple,
  median_multiple_n,
  median_engagement_rate,
  median_engagement_rate_n
FROM grouped
ORDER BY account ASC NULLS LAST, rung ASC NULLS LAST, choice_rung ASC NULLS LAST
