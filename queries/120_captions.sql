-- title: Caption habits
-- question: How are the captions of own reels written, and how do those reels do? The hook is the first line as the
-- question: app shows it, up to 125 characters; a call to action asks to comment, follow, save and the like.
-- question: Instagram took up to 30 hashtags, and takes 5 since December 2025. Unknown is a reel whose answer had no
-- question: caption. The median multiple is views against the account's own baseline; medians leave out reels under
-- question: 48 hours old. A habit goes with views; it need not bring them.
WITH habits AS (
  SELECT 1 AS rung, 'hook' AS habit
  UNION ALL SELECT 2 AS rung, 'question' AS habit
  UNION ALL SELECT 3 AS rung, 'call to action' AS habit
  UNION ALL SELECT 4 AS rung, 'emoji' AS habit
  UNION ALL SELECT 5 AS rung, 'hashtags' AS habit
),
-- Of each habit the choice by its number in the order of the table; 9 is unknown.
chosen AS (
  SELECT
    r.account, h.rung, h.habit,
    CASE h.rung
      WHEN 1 THEN CASE
        WHEN LENGTH(r.hook) <= 40 THEN 1 WHEN LENGTH(r.hook) <= 80 THEN 2 WHEN LENGTH(r.hook) > 80 THEN 3
        WHEN r.caption IS NOT NULL THEN 0 ELSE 9
      END
      WHEN 2 THEN CASE WHEN r.has_question = TRUE THEN 1 WHEN r.has_question = FALSE THEN 2 ELSE 9 END
      WHEN 3 THEN CASE WHEN r.has_call_to_action = TRUE THEN 1 WHEN r.has_call_to_action = FALSE THEN 2 ELSE 9 END
      WHEN 4 THEN CASE
        WHEN r.emoji_count = 0 THEN 0 WHEN r.emoji_count <= 3 THEN 1 WHEN r.emoji_count > 3 THEN 2 ELSE 9
      END
      ELSE CASE
        WHEN r.hashtag_count = 0 THEN 0 WHEN r.hashtag_count <= 2 THEN 1 WHEN r.hashtag_count <= 5 THEN 2
        WHEN r.hashtag_count > 5 THEN 3 ELSE 9
      END
    END AS choice_rung,
    CASE WHEN r.maturity <> 'immature' THEN r.outlier_multiple END AS judged_multiple,
    CASE WHEN r.maturity <> 'immature' THEN r.engagement_rate END AS judged_rate
  FROM reels AS r
  CROSS JOIN habits AS h
  WHERE r.is_own = TRUE
),
grouped AS (
  SELECT
    account, rung, habit, choice_rung,
    COUNT(*) AS reels,
    MEDIAN(judged_multiple) AS median_multiple,
    COUNT(judged_multiple) AS median_multiple_n,
    MEDIAN(judged_rate) AS median_engagement_rate,
    COUNT(judged_rate) AS median_engagement_rate_n
  FROM chosen
  GROUP BY account, rung, habit, choice_rung
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
