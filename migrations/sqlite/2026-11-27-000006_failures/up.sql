-- What an admin has to look after is few among many: calls whose recordings are not there, work that failed.
CREATE INDEX recordings_missing ON recordings (state, call_id) WHERE state IN ('awaited', 'failed');
CREATE INDEX jobs_dead ON jobs (run_at) WHERE state = 'dead';
