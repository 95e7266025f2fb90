DROP TABLE salary_lines;
DROP TABLE salary_months;
DROP TABLE salary_entries;
DROP TABLE salary_schemes;
