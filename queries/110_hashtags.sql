-- title: Hashtags
-- question: Which twenty hashtags does each account use most (on n reels, and their share of all), and how do those
-- question: reels do? Views are relative to the account's usual at equal age, without reels under 7 days old; low and high
-- question: are the ends of a 95 % confidence interval. With vs without is the median with the tag divided by that of the
-- question: reels without it; its n is that of the smaller group. An association; the tag itself may not be the cause, and
-- question: of twenty tags some look good by chance: only those whose z reaches the z needed stand out. They come first,
-- question: by their effect, the others by use. All history counts, whatever the period.
WITH own AS (
  SELECT
    account, reel_key,
    equal_age_multiple AS multiple,
    COALESCE(equal_age_multiple, 1000000000000000.0) AS multiple_key,
    equal_age_rank AS rank_in_account
  FROM reels
  WHERE is_own = TRUE
),
every AS (
  SELECT
    account,
    COUNT(*) AS own_reels,
    COUNT(multiple) AS rated
  FROM own
  GROUP BY account
),
-- The reels in the order of their multiples; those without one come last.
placed AS (
  SELECT
    account, reel_key, multiple, rank_in_account,
    ROW_NUMBER() OVER (PARTITION BY account ORDER BY multiple_key ASC NULLS LAST, reel_key ASC NULLS LAST) AS place
  FROM own
),
-- Used twice: for how often a tag is used, and for the ranks of its reels in the order of multiples.
joined AS (
  SELECT p.account, h.hashtag, p.multiple, p.rank_in_account, p.place
  FROM hashtags AS h
  INNER JOIN placed AS p ON h.reel_key = p.reel_key
),
counted AS (
  SELECT
    account, hashtag, COUNT(*) AS n, COUNT(multiple) AS rated_with, SUM(rank_in_account) AS rank_sum,
    0 - COUNT(*) AS rareness
  FROM joined
  GROUP BY account, hashtag
),
-- The rest needs only the top twenty: most tags are on one or two reels.
ranked AS (
  SELECT
    account, hashtag, n, rated_with, rank_sum,
    ROW_NUMBER() OVER (PARTITION BY account ORDER BY rareness ASC NULLS LAST, hashtag ASC NULLS LAST) AS rank_of_tag
  FROM counted
),
twenty AS (
  SELECT
    r.account, r.hashtag, r.n, e.own_reels, r.rated_with, e.rated - r.rated_with AS rated_without, r.rank_sum,
    e.rated
  FROM ranked AS r
  INNER JOIN every AS e ON r.account = e.account
  WHERE r.rank_of_tag <= 20
),
tagged AS (
  SELECT
    t.account, t.hashtag, t.n, t.own_reels, t.rated_with, t.rated_without, o.multiple, o.place,
    -- The ends of a 95 % interval of a median are at these places.
    t.rated_with / 2.0 - 0.98 * SQRT(CAST(t.rated_with AS DOUBLE)) AS low_place,
    1 + t.rated_with / 2.0 + 0.98 * SQRT(CAST(t.rated_with AS DOUBLE)) AS high_place,
    ROW_NUMBER() OVER (PARTITION BY t.account, t.hashtag ORDER BY o.place ASC NULLS LAST) AS place_of_tag
  FROM joined AS o
  INNER JOIN twenty AS t ON o.account = t.account AND o.hashtag = t.hashtag
),
-- The median without a tag comes from the same order, so that no reel is joined with every tag that it lacks. Of m
-- reels without the tag that have a multiple, the middle ones are numbers m / 2 and m / 2 + 1, or twice (m + 1) / 2;
-- ahead of number p are the reels with the tag that have fewer than p of the others ahead of them. All numbers are
-- doubled, to stay whole.
middles AS (
  SELECT
    account, hashtag, MAX(n) AS n, MAX(own_reels) AS own_reels, MAX(rated_with) AS rated_with,
    MAX(rated_without) AS rated_without,
    MEDIAN(multiple) AS median_multiple,
    MAX(CASE WHEN place_of_tag <= low_place THEN multiple END) AS median_multiple_low,
    MIN(CASE WHEN place_of_tag >= high_place THEN multiple END) AS median_multiple_high,
    COUNT(CASE WHEN 2 * (place - place_of_tag) < rated_without THEN multiple END) AS before_lower,
    COUNT(CASE WHEN 2 * (place - place_of_tag) < rated_without + 1 THEN multiple END) AS before_upper
  FROM tagged
  GROUP BY account, hashtag
),
sought AS (
  SELECT
    account, hashtag, n, own_reels, rated_with, median_multiple, median_multiple_low, median_multiple_high, rated_without,
    rated_without + rated_without % 2 + 2 * before_lower AS twice_lower,
    rated_without + 2 - rated_without % 2 + 2 * before_upper AS twice_upper
  FROM middles
),
doubled AS (SELECT account, multiple, 2 * place AS twice FROM placed WHERE multiple IS NOT NULL),
scored AS (
  SELECT
    account, hashtag,
    (rank_sum - rated_with * (rated + 1) / 2.0)
    / SQRT(CAST(rated_with AS DOUBLE) * rated_without * (rated + 1) / 12.0) AS z
  FROM twenty
  WHERE rated_with >= 5 AND rated_without >= 5
),
-- A level of 0.02, both directions together, is shared by the tags compared.
levels AS (
  SELECT account, hashtag, z, SQRT(0 - 2 * LN(CAST(0.01 AS DOUBLE) / COUNT(*) OVER (PARTITION BY account))) AS t
  FROM scored
),
needed AS (
  SELECT account, hashtag, z, t - (2.30753 + 0.27061 * t) / (1 + 0.99229 * t + 0.04481 * t * t) AS z_needed
  FROM levels
),
lifts AS (
  SELECT
    s.account, s.hashtag, s.n, s.own_reels, s.median_multiple, s.median_multiple_low, s.median_multiple_high, s.rated_with,
    s.rated_without,
    (l.multiple + u.multiple) / 2 AS without_multiple
  FROM sought AS s
  LEFT JOIN doubled AS l ON s.account = l.account AND s.twice_lower = l.twice
  LEFT JOIN doubled AS u ON s.account = u.account AND s.twice_upper = u.twice
),
compared AS (
  SELECT
    l.account, l.hashtag, l.n, l.own_reels, l.median_multiple, l.median_multiple_low, l.median_multiple_high, l.rated_with,
    l.without_multiple, l.rated_without, n.z, n.z_needed,
    CASE WHEN l.without_multiple > 0 THEN l.median_multiple / l.without_multiple END AS lift_multiple,
    CASE WHEN l.rated_with < l.rated_without THEN l.rated_with ELSE l.rated_without END AS lift_multiple_n,
    CASE WHEN ABS(n.z) >= n.z_needed THEN 1 ELSE 2 END AS part
  FROM lifts AS l
  LEFT JOIN needed AS n ON l.account = n.account AND l.hashtag = n.hashtag
),
-- Tags that stand out come first, by their effect; the others by use.
ordered AS (
  SELECT
    account, hashtag, n, own_reels, median_multiple, median_multiple_low, median_multiple_high, rated_with,
    without_multiple, rated_without, z, z_needed, lift_multiple, lift_multiple_n, part,
    CASE WHEN part = 1 THEN lift_multiple END AS effect
  FROM compared
)
SELECT
  account,
  hashtag,
  n,
  CAST(n AS DOUBLE) / own_reels AS share,
  median_multiple,
  rated_with AS median_multiple_n,
  median_multiple_low,
  median_multiple_high,
  without_multiple,
  rated_without AS without_multiple_n,
  lift_multiple,
  lift_multiple_n,
  z,
  z_needed
FROM ordered
ORDER BY
  account ASC NULLS LAST, part ASC NULLS LAST, effect DESC NULLS LAST, n DESC NULLS LAST, hashtag ASC NULLS LAST
