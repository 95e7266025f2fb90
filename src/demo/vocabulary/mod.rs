//! The words the demonstration is told with. Everybody and everything here is made up; numbers come from ranges
//! nobody answers.

pub mod people;
pub mod places;
pub mod work;

use rand::RngExt;
use rand::seq::IndexedRandom;

/// One of `choices`; there is always at least one.
pub(super) fn pick<T: Copy>(rng: &mut impl RngExt, choices: &[T]) -> T {
    *choices.choose(rng).expect("a list of words is never empty")
}

/// One of `choices`, each as likely as its weight says.
pub(super) fn weigh<T: Copy>(rng: &mut impl RngExt, choices: &[(T, u32)]) -> T {
    let total: u32 = choices.iter().map(|(_, weight)| weight).sum();
    let mut left = rng.random_range(0..total);
    for (choice, weight) in choices {
        if left < *weight {
            return *choice;
        }
        left -= weight;
    }
    choices[choices.len() - 1].0
}
