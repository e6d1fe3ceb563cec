SELECT day, feature, metric, value, threshold
FROM results
WHERE breached AND day >= '2026-11-01'
ORDER BY day DESC, value DESC;
