-- The reference: every version of each page as Markdown. A page without a row is the text the program came with.
-- notice: what has changed, for those who read it before; empty when nobody needs to know.
CREATE TABLE reference_versions (
    slug TEXT NOT NULL CHECK (slug IN ('employee-rules', 'order-rules', 'pricing', 'non-orders')),
    version INTEGER NOT NULL,
    body TEXT NOT NULL,
    notice TEXT NOT NULL DEFAULT '',
    at TEXT NOT NULL,
    account_id INTEGER NOT NULL REFERENCES accounts (id),
    PRIMARY KEY (slug, version)
) STRICT;
-- Who has said to know which version of a page.
CREATE TABLE reference_reads (
    slug TEXT NOT NULL,
    account_id INTEGER NOT NULL REFERENCES accounts (id),
    version INTEGER NOT NULL,
    at TEXT NOT NULL,
    PRIMARY KEY (slug, account_id)
) STRICT;
