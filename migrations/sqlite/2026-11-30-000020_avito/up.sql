-- Access of an Avito account, its way out, and its newest figures. client_secret and proxy_password are sealed with the
-- application's key. user_id is Avito's number of the account, read by itself. proxy_type and proxy_host stand together;
-- without them the account goes out straight. Money in kopecks. views_count and contacts_count: thirty days.
-- webhook_secret: the part of the address for deliveries nobody can guess. A figure that could not be read stays as it was;
-- when each was read stands in avito_readings.
ALTER TABLE avito ADD COLUMN client_id TEXT NOT NULL DEFAULT '';
ALTER TABLE avito ADD COLUMN client_secret TEXT;
ALTER TABLE avito ADD COLUMN user_id INTEGER;
ALTER TABLE avito ADD COLUMN proxy_type TEXT CHECK (proxy_type IN ('http', 'socks4', 'socks4a', 'socks5', 'socks5h'));
ALTER TABLE avito ADD COLUMN proxy_host TEXT NOT NULL DEFAULT '';
ALTER TABLE avito ADD COLUMN proxy_port INTEGER;
ALTER TABLE avito ADD COLUMN proxy_login TEXT NOT NULL DEFAULT '';
ALTER TABLE avito ADD COLUMN proxy_password TEXT;
ALTER TABLE avito ADD COLUMN connection_status TEXT NOT NULL DEFAULT 'unknown'
    CHECK (connection_status IN ('unknown', 'connected', 'error'));
ALTER TABLE avito ADD COLUMN proxy_status TEXT NOT NULL DEFAULT 'unknown'
    CHECK (proxy_status IN ('unknown', 'works', 'error'));
ALTER TABLE avito ADD COLUMN account_balance INTEGER;
ALTER TABLE avito ADD COLUMN account_bonus INTEGER;
ALTER TABLE avito ADD COLUMN account_advance INTEGER;
ALTER TABLE avito ADD COLUMN ads_count INTEGER;
ALTER TABLE avito ADD COLUMN views_count INTEGER;
ALTER TABLE avito ADD COLUMN contacts_count INTEGER;
ALTER TABLE avito ADD COLUMN views_today INTEGER;
ALTER TABLE avito ADD COLUMN contacts_today INTEGER;
ALTER TABLE avito ADD COLUMN last_sync_at TEXT;
ALTER TABLE avito ADD COLUMN eternal_online_enabled INTEGER NOT NULL DEFAULT 0;
ALTER TABLE avito ADD COLUMN is_online INTEGER NOT NULL DEFAULT 0;
ALTER TABLE avito ADD COLUMN last_online_check TEXT;
ALTER TABLE avito ADD COLUMN online_keep_alive_interval INTEGER NOT NULL DEFAULT 300;
ALTER TABLE avito ADD COLUMN webhook_secret TEXT;
CREATE UNIQUE INDEX avito_user ON avito (user_id);
CREATE UNIQUE INDEX avito_webhook ON avito (webhook_secret);

-- The access token of an account, sealed together with the keys that brought it. claimed_until: somebody renews it.
CREATE TABLE avito_tokens (
    avito_id INTEGER PRIMARY KEY NOT NULL REFERENCES avito (id) ON DELETE CASCADE,
    token TEXT,
    expires_at TEXT,
    claimed_until TEXT
) STRICT;

-- When something was last read from Avito, and what went wrong since then. detail: particulars of what was read.
CREATE TABLE avito_readings (
    avito_id INTEGER NOT NULL REFERENCES avito (id) ON DELETE CASCADE,
    what TEXT NOT NULL,
    good_at TEXT,
    detail TEXT NOT NULL DEFAULT '',
    error TEXT NOT NULL DEFAULT '',
    error_at TEXT,
    PRIMARY KEY (avito_id, what)
) STRICT;
