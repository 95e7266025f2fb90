-- Chats with clients and what was written in them, kept by us: history, search and counters work when Avito does not.

-- The durable inbox: a delivery is written here before anything is understood, and answered once it is. event_key is
-- the hash of account and body, so the same delivery again changes nothing.
CREATE TABLE avito_inbox (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    avito_id INTEGER NOT NULL REFERENCES avito (id) ON DELETE CASCADE,
    event_key TEXT NOT NULL UNIQUE,
    body TEXT NOT NULL,
    state TEXT NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'done', 'ignored', 'failed')),
    error TEXT NOT NULL DEFAULT '',
    received_at TEXT NOT NULL,
    processed_at TEXT
) STRICT;
CREATE INDEX avito_inbox_pending ON avito_inbox (id) WHERE state = 'pending';
CREATE INDEX avito_inbox_failed ON avito_inbox (id) WHERE state = 'failed';

-- chat_key: Avito's id of the chat, what orders keep as avito_chatid. item_*: the advertisement. city: as Avito says it.
-- client_id: our client, once an order or a telephone number says who it is. gone: why Avito does not show it any
-- more, empty while it does. list_time: of the newest message. awaits_since: the first message of the client nobody
-- has answered. read_pending: somebody has read it here and Avito is to hear of that. is_detailed: name, item and city
-- were asked for. owner_id: who took it; owned_at: when.
CREATE TABLE chats (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    avito_id INTEGER NOT NULL REFERENCES avito (id),
    chat_key TEXT NOT NULL,
    kind TEXT NOT NULL DEFAULT '',
    client_name TEXT NOT NULL DEFAULT '',
    item_id INTEGER,
    item_title TEXT NOT NULL DEFAULT '',
    item_price TEXT NOT NULL DEFAULT '',
    item_url TEXT NOT NULL DEFAULT '',
    item_image TEXT NOT NULL DEFAULT '',
    item_is_gone INTEGER NOT NULL DEFAULT 0,
    city TEXT NOT NULL DEFAULT '',
    client_id INTEGER REFERENCES clients (id),
    gone TEXT NOT NULL DEFAULT '',
    is_detailed INTEGER NOT NULL DEFAULT 0,
    created_at TEXT NOT NULL,
    list_time TEXT NOT NULL,
    last_message_id INTEGER,
    awaits_since TEXT,
    unread_count INTEGER NOT NULL DEFAULT 0,
    read_pending INTEGER NOT NULL DEFAULT 0,
    owner_id INTEGER REFERENCES accounts (id),
    owned_at TEXT,
    snoozed_until TEXT,
    UNIQUE (chat_key, avito_id)
) STRICT;
CREATE INDEX chats_newest ON chats (list_time, id);
CREATE INDEX chats_of_account ON chats (avito_id, list_time, id);
CREATE INDEX chats_waiting ON chats (awaits_since, id) WHERE awaits_since IS NOT NULL;
CREATE INDEX chats_unread ON chats (list_time, id) WHERE unread_count > 0;
CREATE INDEX chats_owner ON chats (owner_id, list_time, id) WHERE owner_id IS NOT NULL;
CREATE INDEX chats_snoozed ON chats (snoozed_until) WHERE snoozed_until IS NOT NULL;
CREATE INDEX chats_client ON chats (client_id, list_time) WHERE client_id IS NOT NULL;
CREATE INDEX chats_read_pending ON chats (id) WHERE read_pending;

-- message_key: Avito's id, none while ours has not arrived there. client_key: made with the form that wrote it, one form
-- one message. kind: Avito's word, unknown ones too. counts: whether it is the client's word, our answer, or neither
-- (service lines, deleted ones, what has not been sent). content: as it came. told_at: by when it was so.
-- state: of our own messages on their way; foreign ones have none. picture_*: what we send, in the storage.
CREATE TABLE messages (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    chat_id INTEGER NOT NULL REFERENCES chats (id) ON DELETE CASCADE,
    message_key TEXT,
    client_key TEXT UNIQUE,
    is_out INTEGER NOT NULL,
    kind TEXT NOT NULL,
    counts TEXT NOT NULL CHECK (counts IN ('client', 'answer', 'nothing')),
    text TEXT NOT NULL DEFAULT '',
    content TEXT NOT NULL DEFAULT '{}',
    sent_at TEXT NOT NULL,
    told_at TEXT NOT NULL,
    is_read INTEGER NOT NULL DEFAULT 0,
    read_at TEXT,
    deleted_at TEXT,
    state TEXT CHECK (state IN ('queued', 'sending', 'doubtful', 'sent', 'failed')),
    error TEXT NOT NULL DEFAULT '',
    account_id INTEGER REFERENCES accounts (id),
    attempted_at TEXT,
    picture_hash TEXT,
    picture_type TEXT,
    UNIQUE (chat_id, message_key)
) STRICT;
CREATE INDEX messages_of_chat ON messages (chat_id, sent_at, id);
CREATE INDEX messages_counted ON messages (chat_id, counts, sent_at, id) WHERE counts <> 'nothing';
CREATE INDEX messages_unread ON messages (chat_id) WHERE NOT is_read AND counts = 'client';
CREATE INDEX messages_outbox ON messages (id) WHERE state IN ('queued', 'sending', 'doubtful');
CREATE INDEX messages_pictures ON messages (picture_hash) WHERE picture_hash IS NOT NULL;

-- Telephone numbers clients have written, canonical.
CREATE TABLE chat_phones (
    chat_id INTEGER NOT NULL REFERENCES chats (id) ON DELETE CASCADE,
    number TEXT NOT NULL,
    PRIMARY KEY (chat_id, number)
) STRICT;
CREATE INDEX chat_phones_number ON chat_phones (number);

-- Orders that belong to a chat: made from it, or joined by hand.
CREATE TABLE chat_orders (
    chat_id INTEGER NOT NULL REFERENCES chats (id) ON DELETE CASCADE,
    order_id INTEGER NOT NULL REFERENCES orders (id) ON DELETE CASCADE,
    PRIMARY KEY (chat_id, order_id)
) STRICT;
CREATE INDEX chat_orders_order ON chat_orders (order_id);

-- What people did in a chat and noted of it: never sent to the client.
CREATE TABLE chat_log (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    chat_id INTEGER NOT NULL REFERENCES chats (id) ON DELETE CASCADE,
    account_id INTEGER REFERENCES accounts (id),
    at TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('note', 'taken', 'passed', 'released', 'returned', 'snoozed', 'order', 'linked')),
    text TEXT NOT NULL DEFAULT '',
    order_id INTEGER REFERENCES orders (id) ON DELETE SET NULL
) STRICT;
CREATE INDEX chat_log_of_chat ON chat_log (chat_id, at, id);

CREATE TABLE chat_labels (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    name TEXT NOT NULL UNIQUE,
    is_active INTEGER NOT NULL DEFAULT 1
) STRICT;
INSERT INTO chat_labels (name) VALUES ('Думает'), ('Дорого'), ('Перезвонить'), ('Спам');
CREATE TABLE chat_label_links (
    chat_id INTEGER NOT NULL REFERENCES chats (id) ON DELETE CASCADE,
    label_id INTEGER NOT NULL REFERENCES chat_labels (id) ON DELETE CASCADE,
    PRIMARY KEY (chat_id, label_id)
) STRICT;
CREATE INDEX chat_label_links_label ON chat_label_links (label_id, chat_id);

-- Who is in a chat: until when he is taken to be there and to type, and which message he has seen last.
CREATE TABLE chat_people (
    chat_id INTEGER NOT NULL REFERENCES chats (id) ON DELETE CASCADE,
    account_id INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    seen_id INTEGER NOT NULL DEFAULT 0,
    here_until TEXT NOT NULL,
    typing_until TEXT NOT NULL,
    PRIMARY KEY (chat_id, account_id)
) STRICT;

-- Answers to choose from: everybody's (no owner, kept by the admin) and one's own. {имя} and the like are filled in.
CREATE TABLE quick_replies (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    owner_id INTEGER REFERENCES accounts (id) ON DELETE CASCADE,
    title TEXT NOT NULL,
    text TEXT NOT NULL,
    position INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX quick_replies_owner ON quick_replies (owner_id, position, id);
INSERT INTO quick_replies (title, text, position) VALUES
    ('Приветствие', 'Здравствуйте, {имя}! Расскажите, что случилось с техникой?', 1),
    ('Адрес', 'Уточните, пожалуйста, адрес: улица, дом, подъезд и квартира.', 2),
    ('Телефон', 'Оставьте номер телефона: мастер позвонит за час до приезда.', 3),
    ('Диагностика', 'Диагностика бесплатна при ремонте. Цену мастер назовёт до начала работ.', 4);

-- Foreign pictures that were fetched, by the hash of their address. hash: in the storage.
CREATE TABLE chat_media (
    url_key TEXT PRIMARY KEY NOT NULL,
    hash TEXT NOT NULL,
    media_type TEXT NOT NULL,
    created_at TEXT NOT NULL
) STRICT;
CREATE INDEX chat_media_hash ON chat_media (hash);

-- How an account's chats are kept in step. import_state: of the first reading, page by page. found: messages that no
-- delivery told of and the comparison found.
CREATE TABLE chat_sync (
    avito_id INTEGER PRIMARY KEY NOT NULL REFERENCES avito (id) ON DELETE CASCADE,
    import_state TEXT NOT NULL DEFAULT 'waiting' CHECK (import_state IN ('waiting', 'running', 'done')),
    import_offset INTEGER NOT NULL DEFAULT 0,
    imported_chats INTEGER NOT NULL DEFAULT 0,
    polled_at TEXT,
    looked_at TEXT,
    delivered_at TEXT,
    found INTEGER NOT NULL DEFAULT 0,
    error TEXT NOT NULL DEFAULT ''
) STRICT;

-- Words by which chats are found: who, what about, where, numbers. Words of messages stand with the messages.
CREATE TABLE chat_search (
    chat_id INTEGER PRIMARY KEY NOT NULL REFERENCES chats (id) ON DELETE CASCADE,
    words TEXT NOT NULL
) STRICT;
CREATE TABLE message_search (
    message_id INTEGER PRIMARY KEY NOT NULL REFERENCES messages (id) ON DELETE CASCADE,
    words TEXT NOT NULL
) STRICT;
CREATE VIEW chat_search_lexemes AS SELECT chat_id, (chat_id >> 15) || 'q' || replace(words, ' ', ' ' || (chat_id >> 15) || 'q') AS words FROM chat_search;
CREATE VIRTUAL TABLE chat_search_fts USING fts5 (
    words, content = 'chat_search_lexemes', content_rowid = 'chat_id', tokenize = 'unicode61 remove_diacritics 0',
    detail = 'none', columnsize = 0
);
CREATE TRIGGER chat_search_insert AFTER INSERT ON chat_search BEGIN
    INSERT INTO chat_search_fts (rowid, words) VALUES (new.chat_id, (new.chat_id >> 15) || 'q' || replace(new.words, ' ', ' ' || (new.chat_id >> 15) || 'q'));
END;
CREATE TRIGGER chat_search_delete AFTER DELETE ON chat_search BEGIN
    INSERT INTO chat_search_fts (chat_search_fts, rowid, words) VALUES ('delete', old.chat_id, (old.chat_id >> 15) || 'q' || replace(old.words, ' ', ' ' || (old.chat_id >> 15) || 'q'));
END;
CREATE TRIGGER chat_search_update AFTER UPDATE ON chat_search BEGIN
    INSERT INTO chat_search_fts (chat_search_fts, rowid, words) VALUES ('delete', old.chat_id, (old.chat_id >> 15) || 'q' || replace(old.words, ' ', ' ' || (old.chat_id >> 15) || 'q'));
    INSERT INTO chat_search_fts (rowid, words) VALUES (new.chat_id, (new.chat_id >> 15) || 'q' || replace(new.words, ' ', ' ' || (new.chat_id >> 15) || 'q'));
END;
CREATE VIEW message_search_lexemes AS SELECT message_id, (message_id >> 15) || 'q' || replace(words, ' ', ' ' || (message_id >> 15) || 'q') AS words FROM message_search;
CREATE VIRTUAL TABLE message_search_fts USING fts5 (
    words, content = 'message_search_lexemes', content_rowid = 'message_id', tokenize = 'unicode61 remove_diacritics 0',
    detail = 'none', columnsize = 0
);
CREATE TRIGGER message_search_insert AFTER INSERT ON message_search BEGIN
    INSERT INTO message_search_fts (rowid, words) VALUES (new.message_id, (new.message_id >> 15) || 'q' || replace(new.words, ' ', ' ' || (new.message_id >> 15) || 'q'));
END;
CREATE TRIGGER message_search_delete AFTER DELETE ON message_search BEGIN
    INSERT INTO message_search_fts (message_search_fts, rowid, words) VALUES ('delete', old.message_id, (old.message_id >> 15) || 'q' || replace(old.words, ' ', ' ' || (old.message_id >> 15) || 'q'));
END;
CREATE TRIGGER message_search_update AFTER UPDATE ON message_search BEGIN
    INSERT INTO message_search_fts (message_search_fts, rowid, words) VALUES ('delete', old.message_id, (old.message_id >> 15) || 'q' || replace(old.words, ' ', ' ' || (old.message_id >> 15) || 'q'));
    INSERT INTO message_search_fts (rowid, words) VALUES (new.message_id, (new.message_id >> 15) || 'q' || replace(new.words, ' ', ' ' || (new.message_id >> 15) || 'q'));
END;
