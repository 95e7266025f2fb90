-- Automatic answers. A rule: days is a sum of 1 (Monday), 2, 4 … 64 (Sunday); hours any, within from_minute and
-- to_minute on those days, or outside of that, by the clock of the chat's city. once_hours: how long it is silent in a
-- chat after any rule has written there. keywords: comma between them, none for any text. avito_id: none for all.
CREATE TABLE auto_rules (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    position INTEGER NOT NULL,
    title TEXT NOT NULL,
    avito_id INTEGER REFERENCES avito (id) ON DELETE CASCADE,
    is_active INTEGER NOT NULL DEFAULT 0,
    days INTEGER NOT NULL CHECK (days BETWEEN 1 AND 127),
    hours TEXT NOT NULL CHECK (hours IN ('any', 'within', 'outside')),
    from_minute INTEGER NOT NULL DEFAULT 0,
    to_minute INTEGER NOT NULL DEFAULT 0,
    delay_seconds INTEGER NOT NULL DEFAULT 0,
    once_hours INTEGER NOT NULL DEFAULT 24,
    only_first INTEGER NOT NULL DEFAULT 0,
    wants_phone INTEGER NOT NULL DEFAULT 0,
    keywords TEXT NOT NULL DEFAULT '',
    text TEXT NOT NULL
) STRICT;

-- What was decided on a message of a client, once for each. rule_title: as it was called then. due_at: when the rule
-- answers. answer_id: our message, while it is there.
CREATE TABLE auto_answers (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    message_id INTEGER NOT NULL UNIQUE REFERENCES messages (id) ON DELETE CASCADE,
    chat_id INTEGER NOT NULL REFERENCES chats (id) ON DELETE CASCADE,
    rule_id INTEGER REFERENCES auto_rules (id) ON DELETE SET NULL,
    rule_title TEXT NOT NULL DEFAULT '',
    state TEXT NOT NULL CHECK (state IN ('waiting', 'sent', 'skipped', 'none')),
    reason TEXT NOT NULL DEFAULT '',
    decided_at TEXT NOT NULL,
    due_at TEXT NOT NULL,
    answer_id INTEGER REFERENCES messages (id) ON DELETE SET NULL
) STRICT;
CREATE INDEX auto_answers_chat ON auto_answers (chat_id, due_at);
CREATE INDEX auto_answers_due ON auto_answers (due_at) WHERE state = 'waiting';
CREATE INDEX auto_answers_log ON auto_answers (id) WHERE state <> 'none';
CREATE INDEX auto_answers_decided ON auto_answers (decided_at);
CREATE INDEX auto_answers_answer ON auto_answers (answer_id) WHERE answer_id IS NOT NULL;

-- A rule has written it: it is nobody's answer, and the chat goes on waiting.
ALTER TABLE messages ADD COLUMN is_auto INTEGER NOT NULL DEFAULT 0;
