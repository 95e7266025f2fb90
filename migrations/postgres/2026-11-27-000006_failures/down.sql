DROP INDEX jobs_dead;
DROP INDEX recordings_missing;
