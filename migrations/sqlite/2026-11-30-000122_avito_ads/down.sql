DROP TABLE avito_ad_periods;
DROP TABLE avito_ad_days;
DROP TABLE avito_ads;
