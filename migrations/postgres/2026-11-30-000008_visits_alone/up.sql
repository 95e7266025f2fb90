-- The order itself is in the index too: whose visits of a day are read leaves out the order that asks.
DROP INDEX orders_visits;
CREATE INDEX orders_visits ON orders (meeting_day, master_id, meeting_minute, status_order) INCLUDE (id)
    WHERE master_id IS NOT NULL;
