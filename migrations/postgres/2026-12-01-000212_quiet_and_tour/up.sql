-- quiet_on: while this person talks or fills a form in, only calls and due promises are heard; the rest waits.
-- shows_tour: the hints of the first day have not been put away yet; who is here already knows the program.
ALTER TABLE accounts ADD COLUMN quiet_on BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE accounts ADD COLUMN shows_tour BOOLEAN NOT NULL DEFAULT FALSE;
