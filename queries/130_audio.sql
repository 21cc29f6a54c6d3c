-- title: Audio
-- question: Do reels use original sound or licensed music, and how do they do? Unknown: not in the data. Views are
-- question: relative to the account's usual; medians leave out reels under 48 hours old. An association; the kind of
-- question: sound itself may not be the cause.
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
    CASE WHEN maturity <> 'immature' THEN outlier_multiple END AS multiple,
    CASE WHEN maturity <> 'immature' THEN engagement_rate END AS rate
  FROM reels
  WHERE is_own = TRUE
),
grouped AS (
  SELECT
    account, audio,
    COUNT(*) AS reels,
    MEDIAN(multiple) AS median_multiple,
    COUNT(multiple) AS median_multiple_n,
    MEDIAN(rate) AS median_engagement_rate,
    COUNT(rate) AS median_engagement_rate_n
  FROM own
  GROUP BY account, audio
)
SELECT
  account,
  audio,
  reels,
  CAST(reels AS DOUBLE) / SUM(reels) OVER (PARTITION BY account) AS share,
  median_multiple,
  median_multiple_n,
  median_engagement_rate,
  median_engagement_rate_n
FROM grouped
ORDER BY account ASC NULLS LAST, reels DESC NULLS LAST, audio ASC NULLS LAST
