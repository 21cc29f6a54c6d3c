-- The days that figures are of, and as many days before that they are compared with; `chart_first` is the first day of
-- charts of days. Without vars it is the 28 days up to the newest observation.
{%- set first_day, last_day = var('reelframe_from', none), var('reelframe_to', none) %}
WITH given AS (
  SELECT
    CAST({{ dbt.string_literal(first_day) if first_day else 'NULL' }} AS DATE) AS first_day,
    CAST({{ dbt.string_literal(last_day) if last_day else 'NULL' }} AS DATE) AS last_day,
    MAX(observed_date) AS newest
  FROM {{ source('reelframe', 'accounts') }} AS accounts
),
ends AS (
  -- GREATEST and LEAST ignore null.
  SELECT first_day, COALESCE(last_day, GREATEST(newest, first_day)) AS last FROM given
),
whole AS (
  SELECT COALESCE(first_day, last - 27) AS first, last FROM ends
),
counted AS (
  SELECT first, last, CAST(last - first + 1 AS INTEGER) AS days FROM whole
)
SELECT
  first,
  last,
  first - days AS before_first,
  first - 1 AS before_last,
  -- Twelve weeks, or more where the days before begin earlier.
  LEAST(first - days, last - 83) AS chart_first,
  days
FROM counted
