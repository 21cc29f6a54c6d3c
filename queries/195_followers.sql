-- title: Followers
-- question: How does the number of followers develop? Counts are those of the account's profile, the last of each day, of
-- question: the twelve weeks up to the end of the period (or more where the period, or the one before, begins earlier), and
-- question: at most the newest 30 of each account. Followers gained are since the count before; they are also given per
-- question: day, where half a day or more lies between. Growth is since the first count listed. Numbers of the accounts
-- question: file are not among them.
-- chart: line x=day y=growth_rate by=account
WITH counted AS (
  SELECT
    c.account, c.fetched_date, c.followers, c.followers_gained_days,
    ROW_NUMBER() OVER (
      PARTITION BY c.account, c.fetched_date ORDER BY c.fetched_at DESC NULLS LAST, c.profile_blake3 DESC NULLS LAST
    ) AS place
  FROM profiles AS c
  CROSS JOIN period AS p
  WHERE c.followers IS NOT NULL AND c.fetched_date <= p.last
),
by_day AS (
  SELECT
    account, fetched_date AS day,
    MAX(CASE WHEN place = 1 THEN followers END) AS followers,
    SUM(followers_gained_days) AS days_between
  FROM counted
  GROUP BY account, fetched_date
),
gained AS (
  SELECT
    account, day, followers, days_between,
    followers - LAG(followers) OVER (PARTITION BY account ORDER BY day ASC NULLS LAST) AS followers_gained,
    ROW_NUMBER() OVER (PARTITION BY account ORDER BY day DESC NULLS LAST) AS place
  FROM by_day
),
listed AS (
  SELECT
    g.account, g.day, g.followers, g.followers_gained,
    CASE WHEN g.followers_gained IS NOT NULL THEN g.days_between END AS followers_gained_days
  FROM gained AS g
  CROSS JOIN period AS p
  WHERE g.day >= p.chart_first AND g.place <= 30
),
first_days AS (SELECT account, MIN(day) AS day FROM listed GROUP BY account),
first_counts AS (
  SELECT l.account, l.followers
  FROM listed AS l
  INNER JOIN first_days AS f ON l.account = f.account AND l.day = f.day
)
SELECT
  l.account,
  l.day,
  l.followers,
  l.followers_gained,
  l.followers_gained_days,
  CASE
    WHEN l.followers_gained_days >= 0.5 THEN CAST(l.followers_gained AS DOUBLE) / l.followers_gained_days
  END AS followers_per_day,
  CASE WHEN f.followers > 0 THEN CAST(l.followers - f.followers AS DOUBLE) / f.followers END AS growth_rate
FROM listed AS l
INNER JOIN first_counts AS f ON l.account = f.account
ORDER BY l.account ASC NULLS LAST, l.day ASC NULLS LAST
