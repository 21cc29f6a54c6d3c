-- title: Most used sounds
-- question: Which ten sounds does each account use most (on n reels, at least 2), and how do those reels do? Reels
-- question: whose sound is unknown are only in the table above. Views are relative to the account's usual, without
-- question: reels under 7 days old. An association; the sound itself may not be the cause. All history counts, whatever
-- question: the period.
WITH own AS (
  SELECT
    account, audio_id, audio_title, audio_artist, audio_type,
    CASE WHEN has_impossible_time = FALSE THEN posted_date END AS posted_date,
    equal_age_multiple AS multiple
  FROM reels
  WHERE is_own = TRUE
),
every AS (SELECT account, COUNT(*) AS own_reels FROM own GROUP BY account),
used AS (
  SELECT
    account, audio_id,
    -- One sound may come with several names: one of them is shown.
    MIN(audio_title) AS audio_title,
    MIN(audio_artist) AS audio_artist,
    MIN(audio_type) AS audio_type,
    COUNT(*) AS n,
    0 - COUNT(*) AS rareness,
    MEDIAN(multiple) AS median_multiple,
    COUNT(multiple) AS median_multiple_n,
    MAX(posted_date) AS last_used
  FROM own
  WHERE audio_id IS NOT NULL
  GROUP BY account, audio_id
),
ranked AS (
  SELECT
    account, audio_id, audio_title, audio_artist, audio_type, n, median_multiple, median_multiple_n, last_used,
    ROW_NUMBER() OVER (PARTITION BY account ORDER BY rareness ASC NULLS LAST, audio_id ASC NULLS LAST) AS place
  FROM used
  WHERE n >= 2
)
SELECT
  r.account,
  r.audio_title,
  r.audio_artist,
  CASE
    WHEN r.audio_type = 'original_sounds' THEN 'original'
    WHEN r.audio_type = 'licensed_music' THEN 'licensed'
    ELSE COALESCE(r.audio_type, 'unknown')
  END AS audio,
  r.audio_id,
  r.n,
  CAST(r.n AS DOUBLE) / e.own_reels AS share,
  r.median_multiple,
  r.median_multiple_n,
  r.last_used
FROM ranked AS r
INNER JOIN every AS e ON r.account = e.account
WHERE r.place <= 10
ORDER BY r.account ASC NULLS LAST, r.place ASC NULLS LAST
