DROP INDEX orders_visits;
DROP TABLE master_days_off;
DROP TABLE master_equipment;
DROP TABLE master_cities;
