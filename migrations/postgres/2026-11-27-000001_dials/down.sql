DROP TABLE dials;
