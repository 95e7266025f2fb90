ALTER TABLE files DROP COLUMN sealed_key;
DROP TABLE client_erasures;
DROP TABLE client_canaries;
DROP TABLE client_consents;
