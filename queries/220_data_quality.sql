-- title: Data quality
-- question: What is missing, doubtful or unreadable? Counts are of the reels an account lists, its own and others', or
-- question: of API pages where the row says so; the example is one of them. The period changes nothing here.
WITH found AS (
  SELECT
    account, count, example,
    CASE
      WHEN finding IN ('metric_missing', 'stale', 'engagement_above_views', 'impossible_time') THEN detail
      WHEN finding = 'owner_changed' THEN detail
      WHEN finding = 'crawl_shrank' THEN 'a full update showed under half of the reels listed before'
      WHEN finding = 'renamed' THEN 'account renamed: ' || detail
      WHEN finding = 'no_own_reels' THEN 'no reel of its own in the latest update: ' || detail
      ELSE 'pages: ' || finding || ': ' || detail
    END AS what
  FROM findings
),
doubts AS (
  SELECT account, 'account not fully updated: ' || status AS what, COUNT(*) AS times, MIN(status_reason) AS example
  FROM accounts
  WHERE status NOT IN ('complete', 'incremental', 'limited', 'empty_or_private')
  GROUP BY account, status
  UNION ALL
  SELECT account, 'likes hidden by the owner' AS what, COUNT(*) AS times, MIN(url) AS example
  FROM reels WHERE likes_hidden = TRUE GROUP BY account
  UNION ALL
  SELECT
    account, 'likes doubtful: exactly 3 (a value Instagram shows for hidden likes)' AS what, COUNT(*) AS times,
    MIN(url) AS example
  FROM reels WHERE likes_suspect = TRUE GROUP BY account
  UNION ALL
  SELECT account, 'under 48 hours old' AS what, COUNT(*) AS times, MIN(url) AS example
  FROM reels WHERE maturity = 'immature' GROUP BY account
  UNION ALL
  SELECT account, 'no views' AS what, COUNT(*) AS times, MIN(url) AS example
  FROM reels WHERE views IS NULL GROUP BY account
  UNION ALL
  SELECT account, 'views may include Facebook plays' AS what, COUNT(*) AS times, MIN(url) AS example
  FROM reels WHERE views_source = 'play' GROUP BY account
  UNION ALL
  SELECT account, 'no duration' AS what, COUNT(*) AS times, MIN(url) AS example
  FROM reels WHERE duration_s IS NULL GROUP BY account
  UNION ALL
  SELECT account, 'posting time not from the usual field' AS what, COUNT(*) AS times, MIN(url) AS example
  FROM reels WHERE posted_at_source <> 'taken_at' GROUP BY account
  UNION ALL
  SELECT account, 'no caption' AS what, COUNT(*) AS times, MIN(url) AS example
  FROM reels WHERE caption_chars IS NULL OR caption_chars = 0 GROUP BY account
  UNION ALL
  SELECT account, 'owner unknown: left out of the account figures' AS what, COUNT(*) AS times, MIN(url) AS example
  FROM reels WHERE is_own IS NULL GROUP BY account
  UNION ALL
  SELECT account, what, SUM(count) AS times, MIN(example) AS example FROM found GROUP BY account, what
)
SELECT account, what, times, example
FROM doubts
ORDER BY account ASC NULLS LAST, what ASC NULLS LAST
