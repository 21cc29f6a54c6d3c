-- Fails if the first day of the period is after its last one.
SELECT first, last FROM {{ ref('reelframe_period') }} WHERE days < 1
