DROP TABLE client_merges;
DROP INDEX client_phones_main;
ALTER TABLE client_phones DROP COLUMN is_main;
DROP INDEX clients_merged;
ALTER TABLE clients DROP COLUMN merged_into;
ALTER TABLE clients DROP COLUMN warning_at;
ALTER TABLE clients DROP COLUMN warning_by;
ALTER TABLE clients DROP COLUMN warning;
