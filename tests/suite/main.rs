//! Everything that is tested through the running application, in one program so that it links once.
//! `TEST_DATABASE_URL` chooses PostgreSQL (each test gets its own schema), otherwise each test has its own
//! SQLite file. `scripts/test` runs the suite on both.

mod support;

mod accounts;
mod admin;
mod avito;
mod backup;
mod callbacks;
mod cli;
mod clients;
mod database;
mod debts;
mod delivery;
mod demo;
mod dial;
mod docs;
mod faults;
mod files;
mod help;
mod import;
mod limits;
mod listeners;
mod live;
mod mail;
mod mango;
mod masking;
mod masters;
mod messages;
mod nginx;
mod notifications;
mod orders;
mod private_postgres;
mod profile;
mod program;
mod recordings;
mod reference;
mod replica;
mod routes;
mod s3;
mod salary;
mod scripts;
mod search;
mod second_factor;
mod secret;
mod shift;
mod slots;
mod statements;
mod stats;
mod system;
mod telephony;
mod unreadable;
mod upgrade;
mod wallboard;
mod work_time;
