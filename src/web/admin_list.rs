//! Where a list of «Управление» stands: its address, its fragment, its words in the side menu.

/// A page of the side menu that holds a list.
#[derive(Clone, Copy, Debug)]
pub struct AdminList {
    /// Its address.
    pub path: &'static str,
    /// The id of its list's fragment, and its name in the side menu.
    pub target: &'static str,
    /// What the menu calls it.
    pub label: &'static str,
}
