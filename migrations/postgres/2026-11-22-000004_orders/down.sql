DROP TABLE order_history;
DROP TABLE order_requests;
DROP TABLE order_calls;
DROP TABLE order_search;
DROP TABLE orders;
