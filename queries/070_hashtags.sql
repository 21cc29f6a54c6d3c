-- title: Hashtags
-- question: Which twenty hashtags does each account use most on its own reels, and how do those reels do? The median
-- question: multiple is views against the account's own baseline, beside the same for all its own reels. A tag goes
-- question: with views; it need not bring them.
WITH own AS (
  SELECT
    account, reel_key,
    CASE WHEN maturity <> 'immature' THEN outlier_multiple END AS judged_multiple
  FROM reels
  WHERE is_own = TRUE
),
usual AS (
  SELECT account, COUNT(*) AS own_reels, MEDIAN(judged_multiple) AS account_median_multiple
  FROM own
  GROUP BY account
),
tagged AS (
  SELECT
    o.account,
    h.hashtag,
    COUNT(*) AS n,
    -1.0 * COUNT(*) AS rareness,
    MEDIAN(o.judged_multiple) AS median_multiple,
    COUNT(o.judged_multiple) AS median_multiple_n
  FROM hashtags AS h
  INNER JOIN own AS o ON h.reel_key = o.reel_key
  GROUP BY o.account, h.hashtag
),
ranked AS (
  SELECT
    account, hashtag, n, median_multiple, median_multiple_n,
    ROW_NUMBER() OVER (PARTITION BY account ORDER BY rareness ASC NULLS LAST, hashtag ASC NULLS LAST) AS place
  FROM tagged
)
SELECT
  r.account,
  r.hashtag,
  r.n,
  CAST(r.n AS DOUBLE) / u.own_reels AS share,
  r.median_multiple,
  r.median_multiple_n,
  u.account_median_multiple
FROM ranked AS r
INNER JOIN usual AS u ON r.account = u.account
WHERE r.place <= 20
ORDER BY r.account ASC NULLS LAST, r.n DESC NULLS LAST, r.hashtag ASC NULLS LAST
