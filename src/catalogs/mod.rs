//! Admin-kept lists: cities, campaigns (РК), Avito accounts, reasons. Everything that refers to them refers by
//! name (docs/data.md).

pub mod queries;
