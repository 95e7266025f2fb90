//! Tables as a person wants them: which columns, in what order, how wide. A list names its columns by [`layout::Key`];
//! what there is no room for gives way by itself, the least important first.

pub mod layout;
pub mod queries;
pub mod sheet;
