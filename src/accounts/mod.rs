//! People who sign in: roles, passwords, sessions, work status. Employees as an admin manages them are in
//! `employees`.

pub mod routes;
pub mod sign_in;
