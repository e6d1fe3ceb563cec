SELECT day,
       MAX(CASE WHEN metric = 'f1' THEN value END) AS f1,
       MAX(CASE WHEN metric = 'labelled_share' THEN value END) AS labelled
FROM results
WHERE kind = 'model_quality' AND day >= '2026-11-01'
GROUP BY day
ORDER BY day;
