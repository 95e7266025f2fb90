-- Where a master works and with what. Without a row nobody has said yet: he is offered everywhere, and marked so.
CREATE TABLE master_cities (
    master_id INTEGER NOT NULL REFERENCES master (id) ON DELETE CASCADE,
    city TEXT NOT NULL REFERENCES cities (name) ON UPDATE CASCADE,
    PRIMARY KEY (master_id, city)
) STRICT;
CREATE INDEX master_cities_city ON master_cities (city);

CREATE TABLE master_equipment (
    master_id INTEGER NOT NULL REFERENCES master (id) ON DELETE CASCADE,
    type_equipment TEXT NOT NULL CHECK (type_equipment IN ('КП', 'БТ', 'МНЧ')),
    PRIMARY KEY (master_id, type_equipment)
) STRICT;

-- Days on which a master takes no visits, both ends included: 'YYYY-MM-DD' on the calendar of the client's city.
CREATE TABLE master_days_off (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    master_id INTEGER NOT NULL REFERENCES master (id) ON DELETE CASCADE,
    from_day TEXT NOT NULL,
    to_day TEXT NOT NULL,
    note TEXT NOT NULL DEFAULT '',
    CHECK (from_day <= to_day)
) STRICT;
CREATE INDEX master_days_off_master ON master_days_off (master_id, to_day);

-- Who goes where on a day, without reading the orders themselves.
CREATE INDEX orders_visits ON orders (meeting_day, master_id, meeting_minute, status_order)
    WHERE master_id IS NOT NULL;
