//! What a master (repairman) is to the rest of the business.

crate::text_enum! {
    /// Whether a master is given orders.
    MasterStatus {
        /// Works.
        Active = "active",
        /// Gets no new orders; old ones keep the name.
        Inactive = "inactive",
    }
}
