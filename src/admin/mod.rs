//! «Управление»: the pages only an admin opens, one folder each, and the overview over them.

pub mod audit;
pub mod avito;
pub mod catalogs;
pub mod data;
pub mod employees;
pub mod lines;
pub mod mailbox;
pub mod notifications;
pub mod overview;
pub mod queries;
pub mod reference;
pub mod slots;
pub mod telephony;
pub mod timesheet;
