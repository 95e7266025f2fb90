DROP TRIGGER order_search_insert;
DROP TRIGGER order_search_delete;
DROP TRIGGER order_search_update;
DROP TABLE order_search_fts;
DROP VIEW order_search_lexemes;
CREATE VIRTUAL TABLE order_search_fts USING fts5 (
    words, content = 'order_search', content_rowid = 'order_id', tokenize = 'unicode61 remove_diacritics 0',
    detail = 'none', columnsize = 0, prefix = '3'
);
INSERT INTO order_search_fts (order_search_fts) VALUES ('rebuild');
CREATE TRIGGER order_search_insert AFTER INSERT ON order_search BEGIN
    INSERT INTO order_search_fts (rowid, words) VALUES (new.order_id, new.words);
END;
CREATE TRIGGER order_search_delete AFTER DELETE ON order_search BEGIN
    INSERT INTO order_search_fts (order_search_fts, rowid, words) VALUES ('delete', old.order_id, old.words);
END;
CREATE TRIGGER order_search_update AFTER UPDATE ON order_search BEGIN
    INSERT INTO order_search_fts (order_search_fts, rowid, words) VALUES ('delete', old.order_id, old.words);
    INSERT INTO order_search_fts (rowid, words) VALUES (new.order_id, new.words);
END;
DROP TRIGGER client_search_insert;
DROP TRIGGER client_search_delete;
DROP TRIGGER client_search_update;
DROP TABLE client_search_fts;
DROP VIEW client_search_lexemes;
CREATE VIRTUAL TABLE client_search_fts USING fts5 (
    words, content = 'client_search', content_rowid = 'client_id', tokenize = 'unicode61 remove_diacritics 0',
    detail = 'none', columnsize = 0, prefix = '3'
);
INSERT INTO client_search_fts (client_search_fts) VALUES ('rebuild');
CREATE TRIGGER client_search_insert AFTER INSERT ON client_search BEGIN
    INSERT INTO client_search_fts (rowid, words) VALUES (new.client_id, new.words);
END;
CREATE TRIGGER client_search_delete AFTER DELETE ON client_search BEGIN
    INSERT INTO client_search_fts (client_search_fts, rowid, words) VALUES ('delete', old.client_id, old.words);
END;
CREATE TRIGGER client_search_update AFTER UPDATE ON client_search BEGIN
    INSERT INTO client_search_fts (client_search_fts, rowid, words) VALUES ('delete', old.client_id, old.words);
    INSERT INTO client_search_fts (rowid, words) VALUES (new.client_id, new.words);
END;
DROP TABLE saved_filters;
DROP TABLE table_views;
