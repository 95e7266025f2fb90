-- Admin-kept lists. Other tables refer to them by name, so that a typo cannot split the statistics and a
-- renaming follows everywhere (ON UPDATE CASCADE); what is referred to cannot be deleted, only switched off.

-- Cities where visits take place. time_zone is an IANA name: visit times are local to the client's city.
CREATE TABLE cities (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    name TEXT NOT NULL UNIQUE,
    time_zone TEXT NOT NULL,
    is_active INTEGER NOT NULL DEFAULT 1
) STRICT;

-- РК: the traffic sources («Авито», «Листовка», …).
CREATE TABLE campaigns (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    name TEXT NOT NULL UNIQUE,
    is_active INTEGER NOT NULL DEFAULT 1
) STRICT;

-- Why an order ended as Отказ or Незаказ. status_order tells which of the two the reason belongs to.
CREATE TABLE refusal_reasons (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    status_order TEXT NOT NULL CHECK (status_order IN ('Отказ', 'Незаказ')),
    name TEXT NOT NULL,
    is_active INTEGER NOT NULL DEFAULT 1,
    UNIQUE (status_order, name)
) STRICT;

-- Why an operator is on «Перерыв».
CREATE TABLE break_reasons (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    name TEXT NOT NULL UNIQUE,
    is_active INTEGER NOT NULL DEFAULT 1
) STRICT;

-- Avito accounts: the persona through which clients come («Сергей БТ»).
CREATE TABLE avito (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    name TEXT NOT NULL UNIQUE,
    is_active INTEGER NOT NULL DEFAULT 1
) STRICT;

-- Our telephone lines. number is canonical digits (7XXXXXXXXXX). is_known is false for a line that was
-- first seen in a call and still waits for the admin to say what it is.
CREATE TABLE phones (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    number TEXT NOT NULL UNIQUE,
    rk TEXT REFERENCES campaigns (name) ON UPDATE CASCADE,
    city TEXT REFERENCES cities (name) ON UPDATE CASCADE,
    avito_name TEXT REFERENCES avito (name) ON UPDATE CASCADE,
    is_known INTEGER NOT NULL DEFAULT 1,
    created_at TEXT NOT NULL
) STRICT;

-- Repairmen.
CREATE TABLE master (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    name TEXT NOT NULL,
    status_work TEXT NOT NULL DEFAULT 'active' CHECK (status_work IN ('active', 'inactive')),
    note TEXT NOT NULL DEFAULT ''
) STRICT;
