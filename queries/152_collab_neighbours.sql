-- title: Collabs beside other reels
-- question: How did each reel with coauthors do compared with the account's reels around it? It stands beside the
-- question: median views of the five reels without coauthors before it and of the five after it; up to ten collabs an
-- question: account, the newest first, over all history. Only reels at least 7 days old, by their latest views. An
-- question: association; the coauthor may not be the cause.
WITH own AS (
  SELECT
    account, reel_id, views, posted_at, posted_date, hook, url,
    CASE WHEN coauthor_count = 0 THEN 1 ELSE 0 END AS solo
  FROM reels
  WHERE
    is_own = TRUE AND has_impossible_time = FALSE AND maturity IN ('settled', 'mature') AND views IS NOT NULL
    AND coauthor_count IS NOT NULL
),
numbered AS (
  SELECT
    account, reel_id, views, solo, posted_at, posted_date, hook, url,
    ROW_NUMBER() OVER (PARTITION BY account ORDER BY posted_at ASC NULLS LAST, reel_id ASC NULLS LAST) AS among_all,
    ROW_NUMBER() OVER (
      PARTITION BY account, solo ORDER BY posted_at ASC NULLS LAST, reel_id ASC NULLS LAST
    ) AS among_kind
  FROM own
),
placed AS (
  SELECT
    account, reel_id, views, solo, posted_at, posted_date, hook, url,
    -- The number of reels without coauthors up to and including this one.
    CASE WHEN solo = 1 THEN among_kind ELSE among_all - among_kind END AS solos
  FROM numbered
),
newest AS (
  SELECT
    account, reel_id, views, solos, posted_at, posted_date, hook, url,
    ROW_NUMBER() OVER (PARTITION BY account ORDER BY posted_at DESC NULLS LAST, reel_id DESC NULLS LAST) AS place
  FROM placed
  WHERE solo = 0
),
beside AS (
  SELECT
    c.account, c.place,
    MEDIAN(CASE WHEN s.solos <= c.solos THEN s.views END) AS before_median_views,
    COUNT(CASE WHEN s.solos <= c.solos THEN s.views END) AS before_median_views_n,
    MEDIAN(CASE WHEN s.solos > c.solos THEN s.views END) AS after_median_views,
    COUNT(CASE WHEN s.solos > c.solos THEN s.views END) AS after_median_views_n
  FROM newest AS c
  INNER JOIN placed AS s ON c.account = s.account
  WHERE c.place <= 10 AND s.solo = 1 AND s.solos + 5 > c.solos AND s.solos <= c.solos + 5
  GROUP BY c.account, c.place
)
SELECT
  c.account,
  c.place,
  c.posted_date,
  c.views,
  b.before_median_views,
  COALESCE(b.before_median_views_n, 0) AS before_median_views_n,
  b.after_median_views,
  COALESCE(b.after_median_views_n, 0) AS after_median_views_n,
  c.hook,
  c.url
FROM newest AS c
LEFT JOIN beside AS b ON c.account = b.account AND c.place = b.place
WHERE c.place <= 10
ORDER BY c.account ASC NULLS LAST, c.place ASC NULLS LAST
