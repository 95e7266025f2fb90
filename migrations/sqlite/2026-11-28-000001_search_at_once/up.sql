-- PostgreSQL alone: its indexes of words take new rows in at once. SQLite's always have.
SELECT 1;
