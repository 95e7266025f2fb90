//! Waiting for what happens beside the test.

use std::time::{Duration, Instant};

/// Longest wait; far longer than anything takes, also on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// Looks again and again until `look` finds something.
///
/// # Panics
/// When it never does, saying `what` was waited for.
pub async fn until<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    until_told(what, async || look()).await
}

/// The same for what has to be asked for.
///
/// # Panics
/// When it never finds anything, saying `what` was waited for.
pub async fn until_told<T>(what: &str, mut look: impl AsyncFnMut() -> Option<T>) -> T {
    let began = Instant::now();
    loop {
        if let Some(found) = look().await {
            return found;
        }
        assert!(began.elapsed() < PATIENCE, "never: {what}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}
