DROP INDEX orders_chat;
DROP INDEX orders_parent;
ALTER TABLE orders DROP COLUMN parent_order_id;
DROP TABLE order_addresses;
DROP TABLE addresses;
