DROP TABLE recordings;
DROP TABLE calls;
DROP TABLE mango;
DROP TABLE client_search;
DROP TABLE client_phones;
DROP TABLE clients;
