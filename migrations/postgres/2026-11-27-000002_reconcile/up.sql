-- Calls no notification told of, found in the statistics of the telephony: stored as events of their own path, and
-- counted by day.
CREATE INDEX mango_found ON mango (received_at) WHERE path = '/stats/call';
