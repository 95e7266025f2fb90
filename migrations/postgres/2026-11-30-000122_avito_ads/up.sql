-- Ads of the accounts, as Avito lists them. status: Avito's word, «gone» for one it lists no more.
CREATE TABLE avito_ads (
    avito_id BIGINT NOT NULL REFERENCES avito (id) ON DELETE CASCADE,
    ad_id BIGINT NOT NULL,
    title TEXT NOT NULL DEFAULT '',
    status TEXT NOT NULL DEFAULT '',
    url TEXT NOT NULL DEFAULT '',
    address TEXT NOT NULL DEFAULT '',
    seen_at TIMESTAMP NOT NULL,
    PRIMARY KEY (avito_id, ad_id)
);
CREATE INDEX avito_ads_ad ON avito_ads (ad_id);

-- Figures of one day of an ad. day: Moscow's, YYYY-MM-DD. Unique within the day only: sums count a person several times.
CREATE TABLE avito_ad_days (
    avito_id BIGINT NOT NULL REFERENCES avito (id) ON DELETE CASCADE,
    ad_id BIGINT NOT NULL,
    day TEXT NOT NULL,
    views BIGINT NOT NULL,
    contacts BIGINT NOT NULL,
    favorites BIGINT NOT NULL,
    PRIMARY KEY (avito_id, ad_id, day)
);
CREATE INDEX avito_ad_days_day ON avito_ad_days (day);

-- Totals of an ad over the last days (1, 7, 30), today included. spending in kopecks, none where Avito tells none.
-- When they were read stands in avito_readings.
CREATE TABLE avito_ad_periods (
    avito_id BIGINT NOT NULL REFERENCES avito (id) ON DELETE CASCADE,
    ad_id BIGINT NOT NULL,
    days BIGINT NOT NULL,
    views BIGINT NOT NULL,
    contacts BIGINT NOT NULL,
    favorites BIGINT,
    spending BIGINT,
    PRIMARY KEY (avito_id, ad_id, days)
);
CREATE INDEX avito_ad_periods_days ON avito_ad_periods (days);
