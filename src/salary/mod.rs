//! Salary: how money is reckoned is in `rules`; docs/salary.md says it in words.

pub mod month;
pub mod rules;
