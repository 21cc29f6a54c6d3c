-- title: Places
-- question: Where are each account's reels tagged? Over all history, up to ten places per account. Views are relative
-- question: to the account's usual at equal age; reels under 7 days old are not rated. With few reels a difference
-- question: means little.
WITH grouped AS (
  SELECT
    account, location_name,
    COUNT(*) AS reels,
    0 - COUNT(*) AS fewest,
    MEDIAN(equal_age_multiple) AS median_multiple,
    COUNT(equal_age_multiple) AS median_multiple_n,
    MAX(CASE WHEN has_impossible_time = FALSE THEN posted_date END) AS last_post
  FROM reels
  WHERE is_own = TRUE AND location_name IS NOT NULL
  GROUP BY account, location_name
),
placed AS (
  SELECT
    account, location_name, reels, median_multiple, median_multiple_n, last_post,
    ROW_NUMBER() OVER (PARTITION BY account ORDER BY fewest ASC NULLS LAST, location_name ASC NULLS LAST) AS place
  FROM grouped
)
SELECT account, location_name, reels, median_multiple, median_multiple_n, last_post
FROM placed
WHERE place <= 10
ORDER BY account ASC NULLS LAST, place ASC NULLS LAST
