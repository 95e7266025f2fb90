//! Ids in addresses: what one looks like, and how it is read.

use actix_web::Resource;

/// What stands for an id. Never `\d`: that means the digits of all scripts and compiles to a third of a megabyte for
/// each address and each server worker.
const DIGITS: &str = "[0-9]{1,18}";
/// The names of ids in addresses.
const IDS: [&str; 4] = ["{id}", "{merge}", "{number}", "{day}"];

/// The resource at an address; `{id}` and its like in it are ids, and whatever is none leads nowhere.
pub fn resource(address: &str) -> Resource {
    actix_web::web::resource(with_ids(address))
}

fn with_ids(address: &str) -> String {
    IDS.iter().fold(address.to_owned(), |address, id| {
        address.replace(id, &format!("{}:{DIGITS}}}", id.trim_end_matches('}')))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_id_in_an_address_is_digits() {
        assert_eq!(
            with_ids("/clients/{id}/merges/{merge}/undo"),
            "/clients/{id:[0-9]{1,18}}/merges/{merge:[0-9]{1,18}}/undo"
        );
        assert_eq!(with_ids("/orders/draft/{key}"), "/orders/draft/{key}");
    }
}
