-- What work is paid, as it was agreed from a day on. operator_id: of one operator, none for everybody who has no scheme
-- of their own. Rates are kopecks; percent is hundredths of a per cent of what an order leaves; none is not paid.
-- accepted_seconds: from how many seconds of talk a call counts; plan_orders: how many orders of a month earn plan_bonus.
-- A scheme is never changed, another one follows it; is_common: from this day on the operator is paid as all are.
CREATE TABLE salary_schemes (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    name TEXT NOT NULL,
    operator_id INTEGER REFERENCES accounts (id),
    from_day TEXT NOT NULL,
    is_common INTEGER NOT NULL DEFAULT 0 CHECK (is_common IN (0, 1)),
    hour INTEGER,
    accepted INTEGER,
    accepted_seconds INTEGER NOT NULL DEFAULT 0,
    ordered INTEGER,
    done INTEGER,
    percent INTEGER,
    plan_orders INTEGER,
    plan_bonus INTEGER,
    created_by INTEGER NOT NULL REFERENCES accounts (id),
    created_at TEXT NOT NULL
) STRICT;
CREATE INDEX salary_schemes_day ON salary_schemes (from_day);

-- Fines, bonuses and corrections by hand, each with its reason; one that was taken back keeps its row. of_month: the
-- closed month whose late facts this correction pays.
CREATE TABLE salary_entries (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    operator_id INTEGER NOT NULL REFERENCES accounts (id),
    day TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('fine', 'bonus', 'correction')),
    amount INTEGER NOT NULL,
    reason TEXT NOT NULL,
    of_month TEXT,
    created_by INTEGER NOT NULL REFERENCES accounts (id),
    created_at TEXT NOT NULL,
    removed_by INTEGER REFERENCES accounts (id),
    removed_at TEXT
) STRICT;
CREATE INDEX salary_entries_day ON salary_entries (day, operator_id);

-- Months that were closed; what was paid then stands in salary_lines and is not computed again.
CREATE TABLE salary_months (
    month TEXT PRIMARY KEY NOT NULL,
    closed_by INTEGER NOT NULL REFERENCES accounts (id),
    closed_at TEXT NOT NULL
) STRICT;

-- The lines of closed months, in the order of position. items: what earned the line, as JSON.
CREATE TABLE salary_lines (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    month TEXT NOT NULL REFERENCES salary_months (month) ON DELETE CASCADE,
    operator_id INTEGER NOT NULL REFERENCES accounts (id),
    position INTEGER NOT NULL,
    kind TEXT NOT NULL,
    title TEXT NOT NULL,
    formula TEXT NOT NULL,
    about TEXT NOT NULL,
    amount INTEGER NOT NULL,
    items TEXT NOT NULL
) STRICT;
CREATE INDEX salary_lines_month ON salary_lines (month, operator_id, position);
