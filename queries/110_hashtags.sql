-- title: Hashtags
-- question: Which twenty hashtags does each account use most on its own reels (n of them, and their share of all), and
-- question: how do those reels do? Multiples are views against the account's own baseline, without reels under 48 hours
-- question: old. The lift is the median multiple with the tag over that of the own reels without it; its n is the
-- question: smaller side. A tag goes with views; it need not bring them, and of twenty some look good by chance.
WITH own AS (
  SELECT
    account, reel_key,
    CASE WHEN maturity <> 'immature' THEN outlier_multiple END AS judged_multiple
  FROM reels
  WHERE is_own = TRUE
),
every AS (
  SELECT
    account,
    COUNT(*) AS own_reels,
    COUNT(judged_multiple) AS judged,
    MEDIAN(judged_multiple) AS usual_multiple
  FROM own
  GROUP BY account
),
-- The judged reels in the order of their multiples, and where in it the reels of each tag stand.
ordered AS (
  SELECT
    account, reel_key, judged_multiple,
    ROW_NUMBER() OVER (PARTITION BY account ORDER BY judged_multiple ASC NULLS LAST, reel_key ASC NULLS LAST) AS place
  FROM own
  WHERE judged_multiple IS NOT NULL
),
tagged AS (
  SELECT
    o.account, h.hashtag, o.judged_multiple, o.place,
    ROW_NUMBER() OVER (PARTITION BY o.account, h.hashtag ORDER BY o.place ASC NULLS LAST) AS place_of_tag
  FROM hashtags AS h
  INNER JOIN ordered AS o ON h.reel_key = o.reel_key
),
judged AS (
  SELECT
    t.account, t.hashtag, t.judged_multiple, e.judged, t.place - t.place_of_tag AS without_before,
    COUNT(*) OVER (PARTITION BY t.account, t.hashtag) AS judged_with
  FROM tagged AS t
  INNER JOIN every AS e ON t.account = e.account
),
-- The median without a tag is read off the same order, so that no reel is set beside every tag that it lacks. Of m
-- reels without it, the middle ones are number m / 2 and the next, or twice number (m + 1) / 2; before number p stand
-- those of the tag with fewer than p of the others before them. All in doubled numbers, to stay whole.
middles AS (
  SELECT
    account, hashtag, judged, judged_with,
    MEDIAN(judged_multiple) AS median_multiple,
    COUNT(CASE WHEN 2 * without_before < judged - judged_with THEN 1 END) AS before_lower,
    COUNT(CASE WHEN 2 * without_before < judged - judged_with + 1 THEN 1 END) AS before_upper
  FROM judged
  GROUP BY account, hashtag, judged, judged_with
),
sought AS (
  SELECT
    account, hashtag, judged_with, median_multiple,
    judged - judged_with AS judged_without,
    judged - judged_with + (judged - judged_with) % 2 + 2 * before_lower AS twice_lower,
    judged - judged_with + 2 - (judged - judged_with) % 2 + 2 * before_upper AS twice_upper
  FROM middles
),
doubled AS (SELECT account, judged_multiple, 2 * place AS twice FROM ordered),
lifts AS (
  SELECT
    s.account, s.hashtag, s.judged_with, s.median_multiple, s.judged_without,
    (l.judged_multiple + u.judged_multiple) / 2 AS without_multiple
  FROM sought AS s
  LEFT JOIN doubled AS l ON s.account = l.account AND s.twice_lower = l.twice
  LEFT JOIN doubled AS u ON s.account = u.account AND s.twice_upper = u.twice
),
used AS (
  SELECT o.account, h.hashtag, COUNT(*) AS n, 0 - COUNT(*) AS rareness
  FROM hashtags AS h
  INNER JOIN own AS o ON h.reel_key = o.reel_key
  GROUP BY o.account, h.hashtag
),
ranked AS (
  SELECT
    account, hashtag, n,
    ROW_NUMBER() OVER (PARTITION BY account ORDER BY rareness ASC NULLS LAST, hashtag ASC NULLS LAST) AS place
  FROM used
)
SELECT
  r.account,
  r.hashtag,
  r.n,
  CAST(r.n AS DOUBLE) / e.own_reels AS share,
  j.median_multiple,
  COALESCE(j.judged_with, 0) AS median_multiple_n,
  -- A tag of fresh reels alone: all judged ones are without it.
  CASE WHEN j.account IS NULL THEN e.usual_multiple ELSE j.without_multiple END AS without_multiple,
  COALESCE(j.judged_without, e.judged) AS without_multiple_n,
  CASE WHEN j.without_multiple > 0 THEN j.median_multiple / j.without_multiple END AS lift_multiple,
  CASE WHEN j.judged_with < j.judged_without THEN j.judged_with ELSE COALESCE(j.judged_without, 0) END
    AS lift_multiple_n
FROM ranked AS r
INNER JOIN every AS e ON r.account = e.account
LEFT JOIN lifts AS j ON r.account = j.account AND r.hashtag = j.hashtag
WHERE r.place <= 20
ORDER BY r.account ASC NULLS LAST, r.n DESC NULLS LAST, r.hashtag ASC NULLS LAST
