SELECT window_end, value
FROM results
WHERE kind = 'data_drift' AND feature = 'age' AND day >= '2026-11-01'
ORDER BY window_end;
