-- Orders (заявки). date_meeting is UTC; meeting_day and meeting_minute (from midnight) are the same moment
-- on the clock of the client's city: they are what was promised, and what the slot grid counts.
-- Money is kopecks; clean is computed, never typed. list_rank and list_time give the default order of the
-- list: status priority; then open ones by visit, closed ones by closing time, newest first (negative).
CREATE TABLE orders (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    rk TEXT NOT NULL REFERENCES campaigns (name) ON UPDATE CASCADE,
    city TEXT NOT NULL REFERENCES cities (name) ON UPDATE CASCADE,
    avito_name TEXT REFERENCES avito (name) ON UPDATE CASCADE,
    avito_chatid TEXT,
    phone TEXT NOT NULL,
    client_id INTEGER NOT NULL REFERENCES clients (id),
    type_order TEXT NOT NULL CHECK (type_order IN ('Впервые', 'Повтор', 'Гарантия')),
    client_name TEXT NOT NULL,
    address TEXT NOT NULL,
    date_meeting TEXT NOT NULL,
    meeting_day TEXT NOT NULL,
    meeting_minute INTEGER NOT NULL CHECK (meeting_minute BETWEEN 0 AND 1439),
    type_equipment TEXT NOT NULL CHECK (type_equipment IN ('КП', 'БТ', 'МНЧ')),
    problem TEXT NOT NULL,
    status_order TEXT NOT NULL CHECK (status_order IN ('Ожидает', 'Принял', 'В пути', 'В работе', 'Модерн', 'Готово', 'Отказ', 'Незаказ')),
    refusal_reason TEXT,
    master_id INTEGER REFERENCES master (id),
    result INTEGER CHECK (result >= 0),
    expenditure INTEGER CHECK (expenditure >= 0),
    clean INTEGER GENERATED ALWAYS AS (result - COALESCE(expenditure, 0)) STORED,
    comment TEXT NOT NULL DEFAULT '',
    operator_name_id INTEGER NOT NULL REFERENCES accounts (id),
    create_date TEXT NOT NULL,
    closing_data TEXT,
    list_rank INTEGER NOT NULL,
    list_time INTEGER NOT NULL,
    version INTEGER NOT NULL DEFAULT 1
) STRICT;
CREATE INDEX orders_list ON orders (list_rank, list_time, id);
CREATE INDEX orders_city ON orders (city, list_rank, list_time, id);
CREATE INDEX orders_city_equipment ON orders (city, type_equipment, list_rank, list_time, id);
CREATE INDEX orders_rk ON orders (rk, list_rank, list_time, id);
CREATE INDEX orders_master ON orders (master_id, list_rank, list_time, id);
CREATE INDEX orders_equipment ON orders (type_equipment, list_rank, list_time, id);
CREATE INDEX orders_slots ON orders (meeting_day, city, status_order, type_equipment, meeting_minute);
CREATE INDEX orders_meeting ON orders (date_meeting, id);
CREATE INDEX orders_created ON orders (create_date, id);
-- Open orders have no closing date and the databases disagree where such rows stand: before all others, by this.
CREATE INDEX orders_closed ON orders (COALESCE(closing_data, '0001-01-01 00:00:00'), id);
CREATE INDEX orders_client ON orders (client_id, create_date);
CREATE INDEX orders_operator ON orders (operator_name_id, create_date);

-- The words by which an order is found: its folded name, address and problem.
CREATE TABLE order_search (
    order_id INTEGER PRIMARY KEY NOT NULL REFERENCES orders (id) ON DELETE CASCADE,
    words TEXT NOT NULL
) STRICT;
-- The words themselves are indexed apart; the triggers keep the index in step with its table.
CREATE VIRTUAL TABLE order_search_fts USING fts5 (
    words, content = 'order_search', content_rowid = 'order_id', tokenize = 'unicode61 remove_diacritics 0',
    detail = 'none', columnsize = 0, prefix = '3'
);
CREATE TRIGGER order_search_insert AFTER INSERT ON order_search BEGIN
    INSERT INTO order_search_fts (rowid, words) VALUES (new.order_id, new.words);
END;
CREATE TRIGGER order_search_delete AFTER DELETE ON order_search BEGIN
    INSERT INTO order_search_fts (order_search_fts, rowid, words) VALUES ('delete', old.order_id, old.words);
END;
CREATE TRIGGER order_search_update AFTER UPDATE ON order_search BEGIN
    INSERT INTO order_search_fts (order_search_fts, rowid, words) VALUES ('delete', old.order_id, old.words);
    INSERT INTO order_search_fts (rowid, words) VALUES (new.order_id, new.words);
END;

-- Which calls led to an order.
CREATE TABLE order_calls (
    order_id INTEGER NOT NULL REFERENCES orders (id) ON DELETE CASCADE,
    call_id INTEGER NOT NULL REFERENCES calls (id),
    PRIMARY KEY (order_id, call_id)
) STRICT;
CREATE INDEX order_calls_call ON order_calls (call_id);

-- The key a form carries: the same form sent twice makes one order. The key is written first, so that a second
-- sending waits for the first; order_id follows in the same transaction.
CREATE TABLE order_requests (
    request_key TEXT PRIMARY KEY NOT NULL,
    order_id INTEGER REFERENCES orders (id) ON DELETE CASCADE
) STRICT;

-- Every change: who, when, which field, from what to what. The first row of an order has the field 'created'.
CREATE TABLE order_history (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    order_id INTEGER NOT NULL REFERENCES orders (id) ON DELETE CASCADE,
    account_id INTEGER NOT NULL REFERENCES accounts (id),
    at TEXT NOT NULL,
    field TEXT NOT NULL,
    old_value TEXT,
    new_value TEXT
) STRICT;
CREATE INDEX order_history_order ON order_history (order_id, id);
