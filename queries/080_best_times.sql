-- title: Best times
-- question: On which weekdays and in which parts of the day do an account's reels beat its usual views? The mean is
-- question: geometric, of views relative to the account's usual; the adjusted value is pulled towards average when a
-- question: slot has few reels, by n / (n + 5). Of 28 slots some look good by chance: a hint to try, not a proof.
SELECT
  account,
  posted_weekday,
  posted_daypart,
  COUNT(*) AS n,
  EXP(AVG(LN(outlier_multiple)) * CAST(COUNT(*) AS DOUBLE) / (COUNT(*) + 5)) AS cautious_multiple,
  EXP(AVG(LN(outlier_multiple))) AS mean_multiple,
  MEDIAN(views) AS median_views
FROM reels
WHERE is_own = TRUE AND maturity <> 'immature' AND views > 0 AND baseline_views > 0 AND outlier_multiple > 0
GROUP BY account, posted_weekday, posted_daypart
ORDER BY
  account ASC NULLS LAST, cautious_multiple DESC NULLS LAST, posted_weekday ASC NULLS LAST,
  posted_daypart ASC NULLS LAST
