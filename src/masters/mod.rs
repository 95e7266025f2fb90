//! Masters (repairmen) as an admin manages them.

pub mod queries;
pub mod routes;

crate::text_enum! {
    /// Whether a master is given orders.
    MasterStatus {
        /// Works.
        Active = "active",
        /// Gets no new orders; old ones keep the name.
        Inactive = "inactive",
    }
}

/// A master.
#[derive(Clone, Debug, PartialEq, Eq, diesel::Queryable)]
pub struct Master {
    /// Row id.
    pub id: i64,
    /// Full name.
    pub name: String,
    /// Works or not.
    pub status_work: MasterStatus,
    /// Anything.
    pub note: String,
}
