-- How often an order was saved again within ten minutes of its creation: what was taken down in a hurry.
ALTER TABLE orders ADD COLUMN early_edits INTEGER NOT NULL DEFAULT 0;
-- The version of the order that a change made: from it follows what somebody saw who has an older version open.
-- Changes made before there was this column have none.
ALTER TABLE order_history ADD COLUMN version BIGINT;
