ALTER INDEX addresses_words RESET (fastupdate);
ALTER INDEX order_search_words RESET (fastupdate);
ALTER INDEX client_search_words RESET (fastupdate);
