DROP INDEX orders_visits;
CREATE INDEX orders_visits ON orders (meeting_day, master_id, meeting_minute, status_order)
    WHERE master_id IS NOT NULL;
