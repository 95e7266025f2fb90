-- Uploaded documents. The bytes lie in the storage under hash, the SHA-256 (hex) of what is stored; thumb_hash is
-- a small JPEG there, of pictures only. media_type and byte_size are of what is stored, width and height in
-- pixels as it is shown. kind says what the document is and so who owns it: an order, a master or an employee.
-- A deleted document keeps its row (deleted_at) so that the history of its owner stays readable.
-- Who opened which document is in audit_log, action 'file.read'.
CREATE TABLE files (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    hash TEXT NOT NULL,
    thumb_hash TEXT,
    media_type TEXT NOT NULL CHECK (media_type IN ('image/jpeg', 'image/png', 'image/heic', 'application/pdf')),
    byte_size INTEGER NOT NULL CHECK (byte_size > 0),
    original_name TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('bso', 'expenditure', 'master', 'employee')),
    order_id INTEGER REFERENCES orders (id) ON DELETE CASCADE,
    master_id INTEGER REFERENCES master (id) ON DELETE CASCADE,
    employee_id INTEGER REFERENCES accounts (id) ON DELETE CASCADE,
    width INTEGER,
    height INTEGER,
    created_by INTEGER NOT NULL REFERENCES accounts (id),
    created_at TEXT NOT NULL,
    deleted_at TEXT,
    deleted_by INTEGER REFERENCES accounts (id),
    CHECK ((kind IN ('bso', 'expenditure')) = (order_id IS NOT NULL)),
    CHECK ((kind = 'master') = (master_id IS NOT NULL)),
    CHECK ((kind = 'employee') = (employee_id IS NOT NULL)),
    CHECK ((deleted_at IS NULL) = (deleted_by IS NULL))
) STRICT;
-- The same content is one document of its owner, however often it is sent.
CREATE UNIQUE INDEX files_order ON files (order_id, kind, hash) WHERE order_id IS NOT NULL AND deleted_at IS NULL;
CREATE UNIQUE INDEX files_master ON files (master_id, hash) WHERE master_id IS NOT NULL AND deleted_at IS NULL;
CREATE UNIQUE INDEX files_employee ON files (employee_id, hash) WHERE employee_id IS NOT NULL AND deleted_at IS NULL;
-- What the storage still needs.
CREATE INDEX files_hash ON files (hash);
CREATE INDEX files_thumb ON files (thumb_hash) WHERE thumb_hash IS NOT NULL;
