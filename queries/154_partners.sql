-- title: Partners
-- question: With whom does each account make reels? Coauthors, sponsors, tagged and mentioned people, over all history,
-- question: up to ten per account and role. Views are relative to the account's usual at equal age; reels under 7 days
-- question: old are not rated. With few reels a difference means little.
WITH own AS (
  SELECT r.account, p.role, p.username, r.reel_key, r.equal_age_multiple AS multiple,
    CASE WHEN r.has_impossible_time = FALSE THEN r.posted_date END AS posted_date
  FROM people AS p
  INNER JOIN reels AS r ON p.reel_key = r.reel_key
  WHERE r.is_own = TRUE AND p.username <> r.account
),
grouped AS (
  SELECT
    account, role, username,
    COUNT(DISTINCT reel_key) AS reels,
    0 - COUNT(DISTINCT reel_key) AS fewest,
    MEDIAN(multiple) AS median_multiple,
    COUNT(multiple) AS median_multiple_n,
    MAX(posted_date) AS last_post,
    CASE role WHEN 'coauthor' THEN 1 WHEN 'sponsor' THEN 2 WHEN 'tagged' THEN 3 ELSE 4 END AS rung
  FROM own
  GROUP BY account, role, username
),
placed AS (
  SELECT
    account, rung, role, username, reels, median_multiple, median_multiple_n, last_post,
    ROW_NUMBER() OVER (
      PARTITION BY account, role ORDER BY fewest ASC NULLS LAST, username ASC NULLS LAST
    ) AS place
  FROM grouped
)
SELECT account, role, username, reels, median_multiple, median_multiple_n, last_post
FROM placed
WHERE place <= 10
ORDER BY account ASC NULLS LAST, rung ASC NULLS LAST, place ASC NULLS LAST
