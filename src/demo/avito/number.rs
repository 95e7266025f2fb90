//! Which numbers the made-up accounts have at the simulated Avito.

/// Number of the first account.
const FIRST: i64 = 318_204_577;

/// The number at Avito of the account that is the `n`-th by name.
pub fn of(n: usize) -> i64 {
    FIRST + i64::try_from(n).unwrap_or_default() * 566_513
}
