ALTER TABLE accounts DROP COLUMN shows_tour;
ALTER TABLE accounts DROP COLUMN quiet_on;
