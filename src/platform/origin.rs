//! From where the work under way was asked for. It follows a request without being handed on: into the handler with the
//! task, into the transaction with the thread that does it.

use std::cell::RefCell;
use std::future::Future;

tokio::task_local! {
    static OF_TASK: String;
}

thread_local! {
    static OF_THREAD: RefCell<String> = const { RefCell::new(String::new()) };
}

/// Runs `work` as asked for from `address`.
pub async fn from<F: Future>(address: String, work: F) -> F::Output {
    OF_TASK.scope(address, work).await
}

/// From where the task that runs was asked for; empty when by nobody.
pub fn of_task() -> String {
    OF_TASK.try_with(Clone::clone).unwrap_or_default()
}

/// Runs `work` on this thread as asked for from `address`.
pub fn carried<T>(address: String, work: impl FnOnce() -> T) -> T {
    /// Puts back what was there, also when the work panics.
    struct Before(String);
    impl Drop for Before {
        fn drop(&mut self) {
            OF_THREAD.with_borrow_mut(|of| *of = std::mem::take(&mut self.0));
        }
    }
    let _before = Before(OF_THREAD.replace(address));
    work()
}

/// From where the work on this thread was asked for.
pub fn of_thread() -> String {
    OF_THREAD.with_borrow(Clone::clone)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn an_address_follows_into_the_thread_and_no_further() {
        assert_eq!(of_task(), "");
        let seen = from("10.4.0.18".to_owned(), async {
            let address = of_task();
            tokio::task::spawn_blocking(move || carried(address, of_thread)).await.expect("no panic")
        });
        assert_eq!(seen.await, "10.4.0.18");
        assert_eq!((of_task(), of_thread()), (String::new(), String::new()));
    }
}
