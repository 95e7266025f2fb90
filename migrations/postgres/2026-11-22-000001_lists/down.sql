DROP TABLE master;
DROP TABLE phones;
DROP TABLE avito;
DROP TABLE break_reasons;
DROP TABLE refusal_reasons;
DROP TABLE campaigns;
DROP TABLE cities;
