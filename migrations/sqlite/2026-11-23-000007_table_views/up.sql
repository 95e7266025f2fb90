-- How a person wants a table to look: layout is a JSON array of [key, width in pixels or 0], in the order of the
-- table, shown ones only. page names the table: 'orders'.
CREATE TABLE table_views (
    account_id INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    page TEXT NOT NULL,
    layout TEXT NOT NULL,
    PRIMARY KEY (account_id, page)
) STRICT;

-- Filters a person has given a name. query is the address of the list after its «?», without page and layout.
-- The one that is_default opens when the list is opened without any filter.
CREATE TABLE saved_filters (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    account_id INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    page TEXT NOT NULL,
    name TEXT NOT NULL,
    query TEXT NOT NULL,
    is_default INTEGER NOT NULL DEFAULT 0 CHECK (is_default IN (0, 1)),
    created_at TEXT NOT NULL,
    UNIQUE (account_id, page, name)
) STRICT;

-- Search by words, newest first, without gathering everything that matches something common. A prefix is looked up
-- in all rows or in none; so each word is indexed with the era of its row before it (era 61: '61qиванов'), where an
-- era is 2^15 ids, and a search asks era after era, from the newest on, until it has enough: src/platform/db/words.rs asks
-- by the same number. The index reads the words from a view, which it can be built anew from.

DROP TRIGGER order_search_insert;
DROP TRIGGER order_search_delete;
DROP TRIGGER order_search_update;
DROP TABLE order_search_fts;
CREATE VIEW order_search_lexemes AS SELECT order_id, (order_id >> 15) || 'q' || replace(words, ' ', ' ' || (order_id >> 15) || 'q') AS words FROM order_search;
CREATE VIRTUAL TABLE order_search_fts USING fts5 (
    words, content = 'order_search_lexemes', content_rowid = 'order_id', tokenize = 'unicode61 remove_diacritics 0',
    detail = 'none', columnsize = 0
);
INSERT INTO order_search_fts (order_search_fts) VALUES ('rebuild');
CREATE TRIGGER order_search_insert AFTER INSERT ON order_search BEGIN
    INSERT INTO order_search_fts (rowid, words) VALUES (new.order_id, (new.order_id >> 15) || 'q' || replace(new.words, ' ', ' ' || (new.order_id >> 15) || 'q'));
END;
CREATE TRIGGER order_search_delete AFTER DELETE ON order_search BEGIN
    INSERT INTO order_search_fts (order_search_fts, rowid, words) VALUES ('delete', old.order_id, (old.order_id >> 15) || 'q' || replace(old.words, ' ', ' ' || (old.order_id >> 15) || 'q'));
END;
CREATE TRIGGER order_search_update AFTER UPDATE ON order_search BEGIN
    INSERT INTO order_search_fts (order_search_fts, rowid, words) VALUES ('delete', old.order_id, (old.order_id >> 15) || 'q' || replace(old.words, ' ', ' ' || (old.order_id >> 15) || 'q'));
    INSERT INTO order_search_fts (rowid, words) VALUES (new.order_id, (new.order_id >> 15) || 'q' || replace(new.words, ' ', ' ' || (new.order_id >> 15) || 'q'));
END;

DROP TRIGGER client_search_insert;
DROP TRIGGER client_search_delete;
DROP TRIGGER client_search_update;
DROP TABLE client_search_fts;
CREATE VIEW client_search_lexemes AS SELECT client_id, (client_id >> 15) || 'q' || replace(words, ' ', ' ' || (client_id >> 15) || 'q') AS words FROM client_search;
CREATE VIRTUAL TABLE client_search_fts USING fts5 (
    words, content = 'client_search_lexemes', content_rowid = 'client_id', tokenize = 'unicode61 remove_diacritics 0',
    detail = 'none', columnsize = 0
);
INSERT INTO client_search_fts (client_search_fts) VALUES ('rebuild');
CREATE TRIGGER client_search_insert AFTER INSERT ON client_search BEGIN
    INSERT INTO client_search_fts (rowid, words) VALUES (new.client_id, (new.client_id >> 15) || 'q' || replace(new.words, ' ', ' ' || (new.client_id >> 15) || 'q'));
END;
CREATE TRIGGER client_search_delete AFTER DELETE ON client_search BEGIN
    INSERT INTO client_search_fts (client_search_fts, rowid, words) VALUES ('delete', old.client_id, (old.client_id >> 15) || 'q' || replace(old.words, ' ', ' ' || (old.client_id >> 15) || 'q'));
END;
CREATE TRIGGER client_search_update AFTER UPDATE ON client_search BEGIN
    INSERT INTO client_search_fts (client_search_fts, rowid, words) VALUES ('delete', old.client_id, (old.client_id >> 15) || 'q' || replace(old.words, ' ', ' ' || (old.client_id >> 15) || 'q'));
    INSERT INTO client_search_fts (rowid, words) VALUES (new.client_id, (new.client_id >> 15) || 'q' || replace(new.words, ' ', ' ' || (new.client_id >> 15) || 'q'));
END;
