DROP INDEX recordings_waiting;
DROP TABLE mail_letters;
