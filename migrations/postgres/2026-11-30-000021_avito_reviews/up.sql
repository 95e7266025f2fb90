-- The rating of an Avito account; score in hundredths, none until there are enough reviews.
CREATE TABLE avito_ratings (
    avito_id BIGINT PRIMARY KEY REFERENCES avito (id) ON DELETE CASCADE,
    is_enabled BOOLEAN NOT NULL,
    score BIGINT,
    reviews BIGINT NOT NULL
);

-- Reviews as Avito last told them. review_id and answer_id are Avito's numbers. created_at, answered_at: by Avito's clock.
CREATE TABLE avito_reviews (
    avito_id BIGINT NOT NULL REFERENCES avito (id) ON DELETE CASCADE,
    review_id BIGINT NOT NULL,
    score BIGINT NOT NULL,
    stage TEXT NOT NULL,
    text TEXT NOT NULL,
    created_at TIMESTAMP NOT NULL,
    sender TEXT NOT NULL,
    ad_title TEXT NOT NULL,
    can_answer BOOLEAN NOT NULL,
    answer_id BIGINT,
    answer_text TEXT NOT NULL DEFAULT '',
    answer_status TEXT NOT NULL DEFAULT '',
    answer_reasons TEXT NOT NULL DEFAULT '',
    PRIMARY KEY (avito_id, review_id)
);
CREATE INDEX avito_reviews_bad ON avito_reviews (created_at) WHERE score <= 3 AND answer_id IS NULL;
