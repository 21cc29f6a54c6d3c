-- title: Data quality
-- question: What is missing, doubtful or unreadable? Counts are of the reels an account lists, its own and others', or of
-- question: API pages or what is in them where the row says so; the example is the address of one of the reels. Figures
-- question: per follower are of reels that the account owns; they need a follower count no newer than the latest numbers.
-- question: The period changes nothing here. The table findings says exactly what was found, and where.
WITH found AS (
  SELECT
    account, count, example,
    CASE
      WHEN finding IN ('metric_missing', 'stale', 'engagement_above_views', 'impossible_time') THEN detail
      WHEN finding = 'owner_changed' THEN 'the handle belongs to another account now: its reels are left out of all figures'
      WHEN finding = 'crawl_shrank' THEN 'a full update showed under half of the reels listed before'
      WHEN finding = 'profile_missing' THEN 'profile requested, and no follower count came'
      WHEN finding = 'renamed' THEN 'account renamed: ' || detail
      WHEN finding = 'no_own_reels' THEN 'no reel of its own in the latest update: ' || detail
      WHEN finding = 'reject' THEN 'pages: entry that could not be read as a reel, left out'
      WHEN finding = 'unreadable_page' THEN 'pages: page that could not be read, left out'
      WHEN finding IN ('unknown_page_key', 'unknown_item_key') THEN 'pages: new field, not used'
      WHEN finding = 'id_mismatch' THEN 'pages: id and web address of a reel disagree'
      WHEN finding = 'unreadable_value' THEN 'pages: value that could not be read, counted as missing'
      WHEN finding = 'negative_count' THEN 'pages: count below 0, counted as missing'
      WHEN finding = 'line_separator' THEN 'pages: text with an unusual line break, kept'
      WHEN finding = 'lone_surrogate' THEN 'pages: text with half a character, which was replaced'
      WHEN finding = 'nul_in_text' THEN 'pages: text with an invisible character, which was removed'
      ELSE 'pages: something else unusual'
    END AS what
  FROM findings
),
updates AS (
  SELECT
    account, status_reason,
    CASE
      WHEN status = 'partial' THEN 'account not fully updated: incomplete'
      WHEN status = 'not_found' THEN 'account not fully updated: not found'
      ELSE 'account not fully updated: the update failed'
    END AS what
  FROM accounts
  WHERE status NOT IN ('complete', 'incremental', 'limited', 'private', 'empty', 'empty_or_private')
),
unfollowed AS (
  SELECT
    r.account, r.url,
    CASE
      WHEN r.followers > 0 THEN 'no engagement per follower: likes or comments are missing'
      WHEN r.followers IS NOT NULL THEN 'no figures per follower: the account has 0 followers'
      WHEN a.followers IS NOT NULL THEN 'no figures per follower: the latest numbers are older than the first known follower count'
      ELSE 'no figures per follower: no follower count known (fetch profiles, or give it in the accounts file)'
    END AS what
  FROM reels AS r
  INNER JOIN accounts AS a ON r.account = a.account
  WHERE r.is_own = TRUE AND (
    COALESCE(r.followers, 0) = 0
    OR (r.engagement_count IS NULL AND COALESCE(r.likes_hidden, FALSE) = FALSE AND r.likes_suspect = FALSE)
  )
),
doubts AS (
  SELECT account, what, COUNT(*) AS times, MIN(status_reason) AS example FROM updates GROUP BY account, what
  UNION ALL
  SELECT account, what, COUNT(*) AS times, MIN(url) AS example FROM unfollowed GROUP BY account, what
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
SELECT
  account, what, times,
  -- Run ids, and what a server said, are in the tables findings and accounts.
  CASE WHEN example LIKE 'https://%' THEN example END AS example
FROM doubts
ORDER BY account ASC NULLS LAST, what ASC NULLS LAST
