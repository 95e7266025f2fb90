DROP INDEX order_history_time;
ALTER TABLE audit_log DROP COLUMN address;
