DROP TABLE drafts;
DROP TABLE sessions;
DROP TABLE work_status_log;
DROP TABLE operator_cities;
DROP TABLE callcentre_operator;
DROP TABLE callcentre_admin;
DROP TABLE accounts;
