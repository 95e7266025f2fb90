-- From where it was done: the address of the browser, empty for what the program did by itself and for older lines.
ALTER TABLE audit_log ADD COLUMN address TEXT NOT NULL DEFAULT '';
CREATE INDEX order_history_time ON order_history (at, id);
