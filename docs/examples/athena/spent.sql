SELECT customer_id,
       count(*) AS orders,
       sum(amount) AS spent,
       CAST(approx_percentile(amount, 0.5) AS decimal(10, 2)) AS median,
       max(event_time) AS last_order
FROM orders
GROUP BY customer_id
