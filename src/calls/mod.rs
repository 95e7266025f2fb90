//! Telephone calls as people see them: the list, the card of the call that rings, the page of one call.
//! `store` puts what `mango` has folded into the table.

pub mod filter;
pub mod legs;
pub mod queries;
pub mod words;
