DROP TABLE avito_bid_changes;
DROP TABLE avito_bid_accounts;
DROP TABLE avito_bid_limits;
DROP TABLE avito_bids;
