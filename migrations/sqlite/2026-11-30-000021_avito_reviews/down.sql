DROP TABLE avito_reviews;
DROP TABLE avito_ratings;
