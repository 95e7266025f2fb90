//! Who hashes when: requests wait for their turn in a queue that does not grow without end.

use tokio::sync::Semaphore;

use crate::platform::error::AppError;

/// One at a time: the other core answers pages meanwhile, and one piece of memory is enough.
static TURN: Semaphore = Semaphore::const_new(1);
/// Who may wait. A hash takes some 30 ms, so the last of them waits about two seconds; a shift of sixty signs in at once.
static OF_STRANGERS: Semaphore = Semaphore::const_new(PLACES);
/// Who is known has a queue that strangers cannot fill.
static OF_KNOWN: Semaphore = Semaphore::const_new(PLACES);
const PLACES: usize = 64;
/// When a place should be free again, in seconds.
const SOON: u64 = 3;

/// Who wants something hashed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asking {
    /// Anybody from the network.
    Stranger,
    /// Signed in, or a browser that was.
    Known,
}

/// [`super::hash`] in its turn, where blocking is allowed.
///
/// # Errors
/// `Overloaded` when too many wait already.
pub async fn hash_in_turn(password: &str, asking: Asking) -> Result<String, AppError> {
    let password = password.to_owned();
    in_turn(asking, move || super::hash(&password)).await?
}

/// [`super::verify`] in its turn, where blocking is allowed.
///
/// # Errors
/// `Overloaded` when too many wait already.
pub async fn verify_in_turn(
    password: &str,
    stored: Option<String>,
    asking: Asking,
) -> Result<bool, AppError> {
    let password = password.to_owned();
    in_turn(asking, move || super::verify(&password, stored.as_deref())).await
}

async fn in_turn<T: Send + 'static>(
    asking: Asking,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, AppError> {
    let queue = match asking {
        Asking::Stranger => &OF_STRANGERS,
        Asking::Known => &OF_KNOWN,
    };
    let _place = queue.try_acquire().map_err(|_| AppError::Overloaded(SOON))?;
    let turn = TURN.acquire().await.map_err(|e| AppError::internal("wait for a turn", e))?;
    // The turn goes with the work: whoever hangs up meanwhile does not let the next one in beside it.
    tokio::task::spawn_blocking(move || {
        let _turn = turn;
        work()
    })
    .await
    .map_err(|e| AppError::internal("hash a password", e))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(flavor = "multi_thread")]
    async fn a_full_queue_says_so_and_leaves_the_other_one_open() {
        let all = OF_STRANGERS.acquire_many(PLACES as u32).await.expect("every place");
        let refused = in_turn(Asking::Stranger, || ()).await;
        assert!(matches!(refused, Err(AppError::Overloaded(seconds)) if seconds > 0));
        assert_eq!(in_turn(Asking::Known, || 7).await.expect("a turn"), 7);
        drop(all);
        assert_eq!(in_turn(Asking::Stranger, || 7).await.expect("a place again"), 7);
    }
}
