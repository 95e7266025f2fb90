-- An answer in a chat of the client pays too.
ALTER TABLE debts DROP CONSTRAINT debts_paid_how_check;
ALTER TABLE debts ADD CONSTRAINT debts_paid_how_check CHECK (paid_how IN ('callback', 'client', 'order', 'reason', 'chat'));
