//! Everything that is tested through the running application, in one program so that it links once.
//! `TEST_DATABASE_URL` chooses PostgreSQL (each test gets its own schema), otherwise each test has its own
//! SQLite file. `scripts/test` runs the suite on both.

mod support;

mod accounts;
mod addresses;
mod admin;
mod booking;
mod callbacks;
mod clients;
mod commands;
mod database;
mod debts;
mod demo;
mod dial;
mod duplicates;
mod faults;
mod files;
mod independent_sender;
mod live;
mod mail;
mod mango;
mod masters;
mod order_edit;
mod order_form;
mod order_list;
mod order_status_menu;
mod order_table;
mod orders;
mod profile;
mod recordings;
mod routes;
mod slots;
mod telephony;
mod telephony_card;
mod telephony_sql;
mod wallboard;
