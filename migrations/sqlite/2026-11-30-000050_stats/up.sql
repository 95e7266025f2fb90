-- Figures kept by day, so that a report of a year reads no calls. day: of the business zone. operator_id: whose, 0 for
-- everybody. kind: by what; name: of it (a day, an hour, a city, the id of an operator or a master); empty where nobody has
-- said. The numbers are sums of what each fact counts for (src/stats/facts.rs).
CREATE TABLE stat_days (
    day TEXT NOT NULL,
    operator_id INTEGER NOT NULL,
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    calls INTEGER NOT NULL,
    accepted INTEGER NOT NULL,
    soon INTEGER NOT NULL,
    missed INTEGER NOT NULL,
    hung_up INTEGER NOT NULL,
    wait_seconds INTEGER NOT NULL,
    talk_seconds INTEGER NOT NULL,
    outgoing INTEGER NOT NULL,
    repeats INTEGER NOT NULL,
    ordered INTEGER NOT NULL,
    orders INTEGER NOT NULL,
    refused INTEGER NOT NULL,
    edited INTEGER NOT NULL,
    closed INTEGER NOT NULL,
    done INTEGER NOT NULL,
    paid INTEGER NOT NULL,
    turnover INTEGER NOT NULL,
    expenses INTEGER NOT NULL,
    clean INTEGER NOT NULL,
    debts INTEGER NOT NULL,
    debts_open INTEGER NOT NULL,
    called_back INTEGER NOT NULL,
    callback_seconds INTEGER NOT NULL,
    chats INTEGER NOT NULL,
    chats_ordered INTEGER NOT NULL,
    chats_answered INTEGER NOT NULL,
    answer_seconds INTEGER NOT NULL,
    PRIMARY KEY (kind, operator_id, day, name)
) STRICT;
CREATE INDEX stat_days_day ON stat_days (day);
-- Which days have been counted, and by which rules: other rules (another zone) count every day anew.
CREATE TABLE stat_counted (
    day TEXT PRIMARY KEY NOT NULL,
    rules TEXT NOT NULL,
    at TEXT NOT NULL
) STRICT;
-- Days (UTC) of which something was written since they were counted. The database notes them itself, whoever writes:
-- late events, edits, reopenings, renamings.
CREATE TABLE stat_changes (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    day TEXT NOT NULL
) STRICT;
CREATE INDEX stat_changes_day ON stat_changes (day);
CREATE TRIGGER stat_calls_insert AFTER INSERT ON calls BEGIN
    INSERT INTO stat_changes (day) SELECT d FROM (SELECT substr(new.started_at, 1, 10) AS d) WHERE d IS NOT NULL AND NOT EXISTS (SELECT 1 FROM stat_changes WHERE day = d);
END;
CREATE TRIGGER stat_calls_update AFTER UPDATE ON calls BEGIN
    INSERT INTO stat_changes (day) SELECT d FROM (SELECT substr(old.started_at, 1, 10) AS d) WHERE d IS NOT NULL AND NOT EXISTS (SELECT 1 FROM stat_changes WHERE day = d);
    INSERT INTO stat_changes (day) SELECT d FROM (SELECT substr(new.started_at, 1, 10) AS d) WHERE d IS NOT NULL AND NOT EXISTS (SELECT 1 FROM stat_changes WHERE day = d);
END;
CREATE TRIGGER stat_calls_delete AFTER DELETE ON calls BEGIN
    INSERT INTO stat_changes (day) SELECT d FROM (SELECT substr(old.started_at, 1, 10) AS d) WHERE d IS NOT NULL AND NOT EXISTS (SELECT 1 FROM stat_changes WHERE day = d);
END;
CREATE TRIGGER stat_orders_insert AFTER INSERT ON orders BEGIN
    INSERT INTO stat_changes (day) SELECT d FROM (SELECT substr(new.create_date, 1, 10) AS d) WHERE d IS NOT NULL AND NOT EXISTS (SELECT 1 FROM stat_changes WHERE day = d);
    INSERT INTO stat_changes (day) SELECT d FROM (SELECT substr(new.closing_data, 1, 10) AS d) WHERE d IS NOT NULL AND NOT EXISTS (SELECT 1 FROM stat_changes WHERE day = d);
END;
CREATE TRIGGER stat_orders_update AFTER UPDATE ON orders BEGIN
    INSERT INTO stat_changes (day) SELECT d FROM (SELECT substr(old.create_date, 1, 10) AS d) WHERE d IS NOT NULL AND NOT EXISTS (SELECT 1 FROM stat_changes WHERE day = d);
    INSERT INTO stat_changes (day) SELECT d FROM (SELECT substr(new.create_date, 1, 10) AS d) WHERE d IS NOT NULL AND NOT EXISTS (SELECT 1 FROM stat_changes WHERE day = d);
    INSERT INTO stat_changes (day) SELECT d FROM (SELECT substr(old.closing_data, 1, 10) AS d) WHERE d IS NOT NULL AND NOT EXISTS (SELECT 1 FROM stat_changes WHERE day = d);
    INSERT INTO stat_changes (day) SELECT d FROM (SELECT substr(new.closing_data, 1, 10) AS d) WHERE d IS NOT NULL AND NOT EXISTS (SELECT 1 FROM stat_changes WHERE day = d);
END;
CREATE TRIGGER stat_orders_delete AFTER DELETE ON orders BEGIN
    INSERT INTO stat_changes (day) SELECT d FROM (SELECT substr(old.create_date, 1, 10) AS d) WHERE d IS NOT NULL AND NOT EXISTS (SELECT 1 FROM stat_changes WHERE day = d);
    INSERT INTO stat_changes (day) SELECT d FROM (SELECT substr(old.closing_data, 1, 10) AS d) WHERE d IS NOT NULL AND NOT EXISTS (SELECT 1 FROM stat_changes WHERE day = d);
END;
CREATE TRIGGER stat_debts_insert AFTER INSERT ON debts BEGIN
    INSERT INTO stat_changes (day) SELECT d FROM (SELECT substr(new.opened_at, 1, 10) AS d) WHERE d IS NOT NULL AND NOT EXISTS (SELECT 1 FROM stat_changes WHERE day = d);
END;
CREATE TRIGGER stat_debts_update AFTER UPDATE ON debts BEGIN
    INSERT INTO stat_changes (day) SELECT d FROM (SELECT substr(old.opened_at, 1, 10) AS d) WHERE d IS NOT NULL AND NOT EXISTS (SELECT 1 FROM stat_changes WHERE day = d);
    INSERT INTO stat_changes (day) SELECT d FROM (SELECT substr(new.opened_at, 1, 10) AS d) WHERE d IS NOT NULL AND NOT EXISTS (SELECT 1 FROM stat_changes WHERE day = d);
END;
CREATE TRIGGER stat_debts_delete AFTER DELETE ON debts BEGIN
    INSERT INTO stat_changes (day) SELECT d FROM (SELECT substr(old.opened_at, 1, 10) AS d) WHERE d IS NOT NULL AND NOT EXISTS (SELECT 1 FROM stat_changes WHERE day = d);
END;
CREATE TRIGGER stat_order_calls_insert AFTER INSERT ON order_calls BEGIN
    INSERT INTO stat_changes (day) SELECT d FROM (SELECT substr(started_at, 1, 10) AS d FROM calls WHERE id = new.call_id) WHERE d IS NOT NULL AND NOT EXISTS (SELECT 1 FROM stat_changes WHERE day = d);
END;
CREATE TRIGGER stat_chat_orders_insert AFTER INSERT ON chat_orders BEGIN
    INSERT INTO stat_changes (day) SELECT d FROM (SELECT substr(created_at, 1, 10) AS d FROM chats WHERE id = new.chat_id) WHERE d IS NOT NULL AND NOT EXISTS (SELECT 1 FROM stat_changes WHERE day = d);
END;
CREATE TRIGGER stat_order_calls_delete AFTER DELETE ON order_calls BEGIN
    INSERT INTO stat_changes (day) SELECT d FROM (SELECT substr(started_at, 1, 10) AS d FROM calls WHERE id = old.call_id) WHERE d IS NOT NULL AND NOT EXISTS (SELECT 1 FROM stat_changes WHERE day = d);
END;
CREATE TRIGGER stat_chat_orders_delete AFTER DELETE ON chat_orders BEGIN
    INSERT INTO stat_changes (day) SELECT d FROM (SELECT substr(created_at, 1, 10) AS d FROM chats WHERE id = old.chat_id) WHERE d IS NOT NULL AND NOT EXISTS (SELECT 1 FROM stat_changes WHERE day = d);
END;
CREATE TRIGGER stat_chats_insert AFTER INSERT ON chats BEGIN
    INSERT INTO stat_changes (day) SELECT d FROM (SELECT substr(new.created_at, 1, 10) AS d) WHERE d IS NOT NULL AND NOT EXISTS (SELECT 1 FROM stat_changes WHERE day = d);
END;
CREATE TRIGGER stat_chats_update AFTER UPDATE OF created_at, city, avito_id ON chats BEGIN
    INSERT INTO stat_changes (day) SELECT d FROM (SELECT substr(old.created_at, 1, 10) AS d) WHERE d IS NOT NULL AND NOT EXISTS (SELECT 1 FROM stat_changes WHERE day = d);
    INSERT INTO stat_changes (day) SELECT d FROM (SELECT substr(new.created_at, 1, 10) AS d) WHERE d IS NOT NULL AND NOT EXISTS (SELECT 1 FROM stat_changes WHERE day = d);
END;
-- What is written after the first answer changes nothing.
CREATE TRIGGER stat_messages_insert AFTER INSERT ON messages WHEN NOT EXISTS (SELECT 1 FROM messages WHERE chat_id = new.chat_id AND counts = 'answer' AND sent_at < new.sent_at) BEGIN
    INSERT INTO stat_changes (day) SELECT d FROM (SELECT substr(created_at, 1, 10) AS d FROM chats WHERE id = new.chat_id) WHERE d IS NOT NULL AND NOT EXISTS (SELECT 1 FROM stat_changes WHERE day = d);
END;
CREATE TRIGGER stat_messages_update AFTER UPDATE OF counts, sent_at, account_id ON messages BEGIN
    INSERT INTO stat_changes (day) SELECT d FROM (SELECT substr(created_at, 1, 10) AS d FROM chats WHERE id = new.chat_id) WHERE d IS NOT NULL AND NOT EXISTS (SELECT 1 FROM stat_changes WHERE day = d);
END;
CREATE TRIGGER stat_avito_rename AFTER UPDATE OF name ON avito BEGIN
    INSERT INTO stat_changes (day) SELECT DISTINCT substr(created_at, 1, 10) FROM chats WHERE avito_id = new.id;
END;
