//! Workplace of a repair-dispatch call centre: calls become orders.

pub mod web;
