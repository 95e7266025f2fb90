-- The former system's schema as Prisma made it, with the columns of its last version.
CREATE TABLE callcentre_admin (
    id serial PRIMARY KEY, login text UNIQUE NOT NULL, password text NOT NULL, note text,
    created_at timestamp(3) NOT NULL DEFAULT now(), updated_at timestamp(3) NOT NULL DEFAULT '2026-11-01'
);
CREATE TABLE callcentre_operator (
    id serial PRIMARY KEY, name text NOT NULL, login text UNIQUE NOT NULL, password text NOT NULL,
    city text NOT NULL DEFAULT 'Не указан', status text NOT NULL DEFAULT 'active', status_work text NOT NULL DEFAULT 'offline',
    passport text, contract text, date_create timestamp(3) NOT NULL DEFAULT '2024-02-01 09:00', note text, sip_address text,
    created_at timestamp(3) NOT NULL DEFAULT now(), updated_at timestamp(3) NOT NULL DEFAULT '2026-11-01'
);
CREATE TABLE avito (
    id serial PRIMARY KEY, name text UNIQUE NOT NULL, client_id text NOT NULL, client_secret text NOT NULL, user_id text,
    proxy_type text, proxy_host text, proxy_port integer, proxy_login text, proxy_password text,
    connection_status text DEFAULT 'not_checked', account_balance double precision DEFAULT 0,
    eternal_online_enabled boolean DEFAULT false, online_keep_alive_interval integer DEFAULT 300,
    created_at timestamp(3) NOT NULL DEFAULT now(), updated_at timestamp(3) NOT NULL DEFAULT '2026-11-01'
);
CREATE TABLE phones (
    id serial PRIMARY KEY, number text UNIQUE NOT NULL, rk text NOT NULL, city text NOT NULL, avito_name text,
    created_at timestamp(3) NOT NULL DEFAULT now(), updated_at timestamp(3) NOT NULL DEFAULT '2026-11-01'
);
CREATE TABLE mango (
    id serial PRIMARY KEY, call_id text UNIQUE NOT NULL, phone_number text NOT NULL, direction text NOT NULL,
    duration integer, record_url text, status text NOT NULL, mango_data jsonb, created_at timestamp(3) NOT NULL DEFAULT now()
);
CREATE TABLE calls (
    id serial PRIMARY KEY, rk text NOT NULL, city text NOT NULL, avito_name text, phone_client text NOT NULL,
    phone_ats text NOT NULL REFERENCES phones (number) ON UPDATE CASCADE, date_create timestamp(3) NOT NULL,
    operator_id integer NOT NULL REFERENCES callcentre_operator (id), status text NOT NULL,
    mango_call_id integer REFERENCES mango (id), recording_path text, recording_email_sent boolean NOT NULL DEFAULT false,
    recording_processed_at timestamp(3),
    created_at timestamp(3) NOT NULL DEFAULT now(), updated_at timestamp(3) NOT NULL DEFAULT '2026-11-01'
);
CREATE TABLE master (
    id serial PRIMARY KEY, cities text[], name text NOT NULL, passport_doc text, contract_doc text,
    status_work text DEFAULT 'работает', date_create timestamp(3) DEFAULT now(), note text, tg_id text, chat_id text,
    login text, password text
);
CREATE TABLE orders (
    id serial PRIMARY KEY, rk text NOT NULL, city text NOT NULL, avito_name text, avito_chatid text, phone text NOT NULL,
    type_order text NOT NULL, client_name text NOT NULL, address text NOT NULL, date_meeting timestamp(3) NOT NULL,
    type_equipment text NOT NULL, problem text NOT NULL, call_record text, call_id text, status_order text NOT NULL,
    master_id integer REFERENCES master (id) ON DELETE SET NULL, result numeric(10,2), expenditure numeric(10,2),
    clean numeric(10,2), master_change numeric(10,2), bso_doc text[], expenditure_doc text[], prepayment numeric(10,2),
    date_closmod timestamp(3), comment text, partner boolean, partner_percent numeric(5,2), cash_receipt_doc text,
    operator_name_id integer NOT NULL REFERENCES callcentre_operator (id), create_date timestamp(3) NOT NULL,
    closing_data timestamp(3),
    created_at timestamp(3) NOT NULL DEFAULT now(), updated_at timestamp(3) NOT NULL DEFAULT '2026-11-01'
);
CREATE TABLE email_settings (
    id serial PRIMARY KEY, host text, port integer, secure boolean DEFAULT true, "user" text, password text,
    mango_email text, check_interval integer DEFAULT 5, enabled boolean DEFAULT false,
    created_at timestamp(3) NOT NULL DEFAULT now()
);
CREATE TABLE cash (id serial PRIMARY KEY, name text NOT NULL, amount numeric(10,2) NOT NULL);
CREATE TABLE master_schedule (id serial PRIMARY KEY, master_id integer NOT NULL, date timestamp(3) NOT NULL, is_work_day boolean NOT NULL);
