//! Ids in addresses.

use crate::platform::error::AppError;

/// The id in a path; whatever is no id leads nowhere.
pub fn order_id(path: &str) -> Result<i64, AppError> {
    path.parse().ok().filter(|id| *id > 0).ok_or(AppError::NotFound)
}
