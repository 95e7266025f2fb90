DROP INDEX order_search_words;
DROP INDEX client_search_words;
CREATE INDEX order_search_words ON order_search USING GIN (to_tsvector('simple', words));
CREATE INDEX client_search_words ON client_search USING GIN (to_tsvector('simple', words));
DROP FUNCTION search_needle(TEXT, BIGINT, BIGINT);
DROP FUNCTION search_lexemes(BIGINT, TEXT);
DROP TABLE saved_filters;
DROP TABLE table_views;
