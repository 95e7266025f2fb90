-- What the form of a new order needs: addresses we have been to, the order a warranty case belongs to, and an
-- index for orders of a chat.

-- Addresses of orders, one row per place. folded tells places apart: letters and digits only, without «ул.»,
-- «дом», «кв.»; words is what an address is found by; address is as it was written last.
CREATE TABLE addresses (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    city TEXT NOT NULL REFERENCES cities (name) ON UPDATE CASCADE ON DELETE CASCADE,
    folded TEXT NOT NULL,
    address TEXT NOT NULL,
    words TEXT NOT NULL,
    uses INTEGER NOT NULL,
    last_used_at TEXT NOT NULL,
    UNIQUE (city, folded)
) STRICT;
-- The words themselves are indexed apart; the triggers keep the index in step with its table.
CREATE VIRTUAL TABLE addresses_fts USING fts5 (
    words, content = 'addresses', content_rowid = 'id', tokenize = 'unicode61 remove_diacritics 0',
    detail = 'none', columnsize = 0, prefix = '1 2 3'
);
CREATE TRIGGER addresses_insert AFTER INSERT ON addresses BEGIN
    INSERT INTO addresses_fts (rowid, words) VALUES (new.id, new.words);
END;
CREATE TRIGGER addresses_delete AFTER DELETE ON addresses BEGIN
    INSERT INTO addresses_fts (addresses_fts, rowid, words) VALUES ('delete', old.id, old.words);
END;
CREATE TRIGGER addresses_update AFTER UPDATE OF words ON addresses BEGIN
    INSERT INTO addresses_fts (addresses_fts, rowid, words) VALUES ('delete', old.id, old.words);
    INSERT INTO addresses_fts (rowid, words) VALUES (new.id, new.words);
END;

-- Which place an order is at: orders of one place are found by it however their addresses are written.
CREATE TABLE order_addresses (
    order_id INTEGER PRIMARY KEY NOT NULL REFERENCES orders (id) ON DELETE CASCADE,
    address_id INTEGER NOT NULL REFERENCES addresses (id) ON DELETE CASCADE
) STRICT;
CREATE INDEX order_addresses_address ON order_addresses (address_id);

-- The order whose work a warranty order (type_order «Гарантия») makes good.
ALTER TABLE orders ADD COLUMN parent_order_id INTEGER REFERENCES orders (id);
CREATE INDEX orders_parent ON orders (parent_order_id) WHERE parent_order_id IS NOT NULL;
CREATE INDEX orders_chat ON orders (avito_chatid) WHERE avito_chatid IS NOT NULL;
