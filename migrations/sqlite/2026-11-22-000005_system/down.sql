DROP TABLE jobs;
DROP TABLE audit_log;
DROP TABLE settings;
