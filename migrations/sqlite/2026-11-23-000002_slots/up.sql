-- Visits by time slots: how many fit, who holds one while talking, and the rows bookings wait for each other at.
-- A slot is (city, day, minute, type_equipment); day is the city's own 'YYYY-MM-DD', minute the first of a
-- half hour, counted from midnight.

-- Places of slots. NULL means any: the rule that is named most exactly wins, city before equipment before
-- weekday (0 is Monday) before time. Without a rule a slot has three places.
CREATE TABLE slot_limits (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    city TEXT REFERENCES cities (name) ON UPDATE CASCADE ON DELETE CASCADE,
    type_equipment TEXT CHECK (type_equipment IN ('КП', 'БТ', 'МНЧ')),
    weekday INTEGER CHECK (weekday BETWEEN 0 AND 6),
    minute INTEGER CHECK (minute BETWEEN 0 AND 1410 AND minute % 30 = 0),
    places INTEGER NOT NULL CHECK (places BETWEEN 0 AND 99)
) STRICT;
-- NULLs differ from each other in a plain unique index.
CREATE UNIQUE INDEX slot_limits_rule ON slot_limits
    (COALESCE(city, ''), COALESCE(type_equipment, ''), COALESCE(weekday, -1), COALESCE(minute, -1));

-- A slot somebody holds while talking to the client; after expires_at it is nobody's.
CREATE TABLE slot_holds (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    city TEXT NOT NULL REFERENCES cities (name) ON UPDATE CASCADE ON DELETE CASCADE,
    day TEXT NOT NULL,
    minute INTEGER NOT NULL CHECK (minute BETWEEN 0 AND 1410 AND minute % 30 = 0),
    type_equipment TEXT NOT NULL CHECK (type_equipment IN ('КП', 'БТ', 'МНЧ')),
    account_id INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    expires_at TEXT NOT NULL,
    created_at TEXT NOT NULL,
    UNIQUE (city, day, minute, type_equipment, account_id)
) STRICT;
CREATE INDEX slot_holds_day ON slot_holds (day, city);
CREATE INDEX slot_holds_account ON slot_holds (account_id);
CREATE INDEX slot_holds_expiry ON slot_holds (expires_at);

-- One row per slot anybody ever booked or held. Whoever is about to count a slot and take a place in it raises
-- the version first and thereby locks the row until the end of the transaction: the next one counts after it.
CREATE TABLE slot_guards (
    city TEXT NOT NULL REFERENCES cities (name) ON UPDATE CASCADE ON DELETE CASCADE,
    day TEXT NOT NULL,
    minute INTEGER NOT NULL CHECK (minute BETWEEN 0 AND 1410 AND minute % 30 = 0),
    type_equipment TEXT NOT NULL CHECK (type_equipment IN ('КП', 'БТ', 'МНЧ')),
    version INTEGER NOT NULL DEFAULT 1,
    PRIMARY KEY (city, day, minute, type_equipment)
) STRICT;
CREATE INDEX slot_guards_day ON slot_guards (day);
