//! «Управление»: the overview, and what its pages share. The pages themselves are features of their own
//! (`employees`, `phones`, `masters`, `lists::admin`, …).

pub mod form;
pub mod queries;
pub mod routes;

/// A page of the side menu that holds a list.
#[derive(Clone, Copy, Debug)]
pub struct Place {
    /// Its address.
    pub path: &'static str,
    /// The id of its list's fragment, and its name in the side menu.
    pub target: &'static str,
    /// What the menu calls it.
    pub label: &'static str,
}
