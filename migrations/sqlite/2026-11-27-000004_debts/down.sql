DROP TABLE call_notes;
DROP TABLE call_results;
DROP TABLE debts;
DROP TABLE debt_reasons;
