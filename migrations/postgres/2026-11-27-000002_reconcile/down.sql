DROP INDEX mango_found;
