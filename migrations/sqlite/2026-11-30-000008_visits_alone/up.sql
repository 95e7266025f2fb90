-- SQLite's indexes hold the id anyway.
SELECT 1;
