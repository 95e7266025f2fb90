//! From one storage to another: what is there already is not carried again, so a move that broke off is gone on with by
//! the same call, and one while the server serves is made whole by another one afterwards.

use std::collections::HashMap;

use super::{ContentHash, Storage, StorageError};

/// What came of it.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Carried {
    /// Contents carried now.
    pub carried: usize,
    /// Their bytes.
    pub bytes: u64,
    /// Contents that were there already.
    pub were_there: usize,
    /// Contents that are damaged where they are, and were left there.
    pub damaged: Vec<ContentHash>,
}

/// Carries every content of `from` to `to`; nothing is removed from either. `tell` hears how many of how many are there.
///
/// # Errors
/// Of either storage. What was carried until then is there.
pub async fn carry(
    from: &Storage,
    to: &Storage,
    tell: impl Fn(usize, usize),
) -> Result<Carried, StorageError> {
    let (source, target) = (from.clone(), to.clone());
    let listed = tokio::task::spawn_blocking(move || {
        // Nothing goes away while it is carried.
        let hold = source.hold()?;
        let (mut here, mut there) = (Vec::new(), HashMap::new());
        source.list(|stored| here.push(stored))?;
        target.list(|stored| {
            there.insert(stored.hash, stored.length);
        })?;
        here.sort_by(|a, b| a.hash.cmp(&b.hash));
        Ok::<_, StorageError>((hold, here, there))
    });
    let (hold, here, there) = listed.await.expect("it does not panic")?;
    let mut outcome = Carried::default();
    for (n, stored) in here.iter().enumerate() {
        tell(n, here.len());
        // Under its name there can be nothing else; half of it only where a copy was made by hand.
        if there.get(&stored.hash) == Some(&stored.length) {
            outcome.were_there += 1;
            continue;
        }
        let Some(content) = from.get(&stored.hash).await? else { continue };
        let placed = to.put(content.into_stream(), u64::MAX).await?;
        if placed.hash == stored.hash {
            outcome.carried += 1;
            outcome.bytes += placed.length;
        } else {
            // What it has become lies there under a name of its own, named by nobody; a sweep takes it.
            outcome.damaged.push(stored.hash.clone());
        }
    }
    tell(here.len(), here.len());
    // The end of a hold on a bucket waits for the network.
    let _ = tokio::task::spawn_blocking(move || drop(hold)).await;
    Ok(outcome)
}
