-- What `callcentre import` has taken from the former system, so that a row is taken once and a run that was killed goes
-- on where it stopped. kind: what the row is; former_key: its key there (of a paper the row, the column and the name of
-- the file); our_key: its id here. told: when the former system said it changed it last, to notice what has changed since.
CREATE TABLE import_rows (
    kind TEXT NOT NULL CHECK (kind IN ('admin', 'operator', 'master', 'avito', 'line', 'call', 'order', 'paper', 'recording', 'day_off')),
    former_key TEXT NOT NULL,
    our_key BIGINT NOT NULL,
    told TEXT NOT NULL DEFAULT '',
    taken_at TIMESTAMP NOT NULL,
    PRIMARY KEY (kind, former_key)
);
