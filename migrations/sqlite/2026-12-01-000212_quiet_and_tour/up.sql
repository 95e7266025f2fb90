-- quiet_on: while this person talks or fills a form in, only calls and due promises are heard; the rest waits.
-- shows_tour: the hints of the first day have not been put away yet; who is here already knows the program.
ALTER TABLE accounts ADD COLUMN quiet_on INTEGER NOT NULL DEFAULT 0;
ALTER TABLE accounts ADD COLUMN shows_tour INTEGER NOT NULL DEFAULT 0;
