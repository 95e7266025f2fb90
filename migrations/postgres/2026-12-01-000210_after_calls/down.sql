DROP TABLE after_calls;
ALTER TABLE break_reasons DROP COLUMN limit_minutes;
