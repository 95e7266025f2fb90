ALTER TABLE order_history DROP COLUMN version;
ALTER TABLE orders DROP COLUMN early_edits;
