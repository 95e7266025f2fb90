DROP TABLE notification_outbox;
DROP TABLE notification_recipients;
DROP TABLE notification_choices;
DROP TABLE notification_reads;
DROP TABLE notification_keys;
DROP TABLE notifications;
