ALTER TABLE messages DROP COLUMN is_auto;
DROP TABLE auto_answers;
DROP TABLE auto_rules;
