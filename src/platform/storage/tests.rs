//! The storage on a disk of its own.

use std::convert::Infallible;

use chrono::{Duration, Utc};
use futures_util::TryStreamExt;
use futures_util::stream::iter;
use tempfile::TempDir;

use super::*;

fn new() -> (TempDir, Storage) {
    let folder = tempfile::tempdir().expect("a folder");
    let storage =
        Storage::open(&StorageUrl::Disk(folder.path().to_owned()), &S3Access::default()).expect("a storage");
    (folder, storage)
}

async fn put(storage: &Storage, text: &str) -> Stored {
    storage.put_bytes(Bytes::from(text.to_owned())).await.expect("stored")
}

async fn read(storage: &Storage, hash: &ContentHash) -> Option<Vec<u8>> {
    match storage.get(hash).await.expect("a readable storage") {
        Some(content) => Some(content.into_bytes().await.expect("bytes")),
        None => None,
    }
}

fn all(storage: &Storage) -> Vec<Stored> {
    let mut all = Vec::new();
    storage.list(|stored| all.push(stored)).expect("a list");
    all.sort_by(|a, b| a.hash.cmp(&b.hash));
    all
}

fn leftovers(folder: &TempDir) -> usize {
    std::fs::read_dir(folder.path().join("tmp")).expect("the folder of temporary files").count()
}

#[test]
fn an_address_is_a_folder_or_a_clear_refusal() {
    assert_eq!(StorageUrl::parse("file:///srv/x"), Ok(StorageUrl::Disk("/srv/x".into())));
    let s3 = |bucket: &str, prefix: &str| Ok(StorageUrl::S3 { bucket: bucket.into(), prefix: prefix.into() });
    assert_eq!(StorageUrl::parse("s3://bucket/call/centre/"), s3("bucket", "call/centre"));
    assert_eq!(StorageUrl::parse("s3://bucket"), s3("bucket", ""));
    for wrong in
        ["", "file://", "/srv/x", "ftp://x", "s3://", "s3://b", "s3:///x", "s3://bucket/../x", "s3://a b c"]
    {
        assert!(StorageUrl::parse(wrong).is_err(), "{wrong}");
    }
}

#[tokio::test]
async fn the_same_content_is_stored_once_under_its_sha_256() {
    let (_folder, storage) = new();
    let first = put(&storage, "abc").await;
    assert_eq!(first.hash.as_str(), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    assert_eq!(put(&storage, "abc").await, first);
    let other = put(&storage, "abd").await;
    assert_eq!(all(&storage).len(), 2);
    assert!(all(&storage).contains(&first) && all(&storage).contains(&other));
    assert_eq!(read(&storage, &first.hash).await.as_deref(), Some(&b"abc"[..]));
    let unknown = ContentHash::parse(&"0".repeat(64)).expect("a hash");
    assert_eq!(read(&storage, &unknown).await, None);
}

#[tokio::test]
async fn what_is_too_large_or_breaks_off_leaves_nothing() {
    let (folder, storage) = new();
    let endless = futures_util::stream::repeat_with(|| Ok::<_, Infallible>(Bytes::from_static(&[7; 1000])));
    assert!(matches!(storage.put(endless, 5_500).await, Err(StorageError::TooLarge { max_bytes: 5_500 })));
    let broken = iter([Ok(Bytes::from_static(b"half")), Err("the cable was pulled")]);
    assert!(matches!(storage.put(broken, 5_500).await, Err(StorageError::Interrupted(_))));
    assert!(all(&storage).is_empty());
    assert_eq!(leftovers(&folder), 0);
    // Exactly as much as is allowed is not too much.
    let exact = iter([Ok::<_, Infallible>(Bytes::from_static(&[1; 5_500]))]);
    assert_eq!(storage.put(exact, 5_500).await.expect("stored").length, 5_500);
}

#[tokio::test]
async fn a_content_is_read_whole_or_from_a_place_on() {
    let (_folder, storage) = new();
    let bytes: Vec<u8> = (0..200_000_u32).map(|n| (n % 251) as u8).collect();
    let hash = storage.put_bytes(bytes.clone().into()).await.expect("stored").hash;
    let open = async || storage.get(&hash).await.expect("readable").expect("there");
    assert_eq!(open().await.length(), 200_000);
    let whole: Vec<Bytes> = open().await.into_stream().try_collect().await.expect("pieces");
    assert_eq!(whole.concat(), bytes);
    let part: Vec<Bytes> =
        open().await.range(70_000, 80_000).await.expect("a part").try_collect().await.expect("pieces");
    assert_eq!(part.concat(), bytes[70_000..150_000]);
    let end: Vec<Bytes> =
        open().await.range(199_990, 500).await.expect("a part").try_collect().await.expect("pieces");
    assert_eq!(end.concat(), bytes[199_990..]);
}

#[tokio::test]
async fn a_sweep_takes_what_is_old_and_unnamed_and_nothing_else() {
    let (folder, storage) = new();
    let (named, unnamed) = (put(&storage, "named").await, put(&storage, "unnamed").await);
    std::fs::write(folder.path().join("tmp/crashed"), b"half an upload").expect("a leftover");
    std::fs::write(folder.path().join("README"), b"not ours").expect("a foreign file");
    let sweep = |before| {
        let needed = HashSet::from([named.hash.clone()]);
        storage.sweep::<StorageError>(before, |_| Ok(needed.clone())).expect("a sweep")
    };
    let now = Utc::now().naive_utc();
    assert_eq!(sweep(now - Duration::days(1)), 0, "what is young may still get its row");
    assert_eq!(sweep(now + Duration::days(1)), 2, "the leftover and the unnamed content");
    assert_eq!(all(&storage), [named]);
    assert_eq!(read(&storage, &unnamed.hash).await, None);
    assert_eq!(leftovers(&folder), 0);
    assert!(folder.path().join("README").exists());
}

#[tokio::test]
async fn content_stored_again_is_young_again() {
    let (folder, storage) = new();
    let stored = put(&storage, "again").await;
    let hash = stored.hash.as_str();
    let path = folder.path().join(&hash[..2]).join(&hash[2..4]).join(hash);
    let days_ago = std::time::SystemTime::now() - std::time::Duration::from_secs(3 * 24 * 3600);
    std::fs::File::open(path).and_then(|file| file.set_modified(days_ago)).expect("an older content");
    put(&storage, "again").await;
    assert!(!storage.remove(&stored.hash, Utc::now().naive_utc() - Duration::days(1)).expect("a try"));
    assert!(read(&storage, &stored.hash).await.is_some());
}

#[tokio::test]
async fn a_storage_belongs_to_whoever_asked_first() {
    let (_folder, storage) = new();
    assert!(storage.belongs_to("ours").expect("an answer"));
    assert!(!storage.belongs_to("theirs").expect("an answer"));
    assert!(storage.belongs_to("ours").expect("an answer"));
}

#[tokio::test]
async fn a_storage_that_cannot_be_written_says_so_at_the_start() {
    let folder = tempfile::tempdir().expect("a folder");
    let occupied = folder.path().join("files");
    std::fs::write(&occupied, b"a file where the folder should be").expect("a file");
    let error = Storage::open(&StorageUrl::Disk(occupied), &S3Access::default()).expect_err("no folder");
    assert!(error.starts_with("STORAGE_URL: cannot write to the folder"), "{error}");
}

#[tokio::test]
async fn nothing_is_removed_while_somebody_copies_everything() {
    let (_folder, storage) = new();
    let stored = put(&storage, "an old content").await;
    let tomorrow = Utc::now().naive_utc() + Duration::days(1);
    let hold = storage.hold().expect("a hold");
    let another = storage.hold().expect("two may copy at once");
    assert!(!storage.remove(&stored.hash, tomorrow).expect("a try"));
    drop((hold, another));
    assert!(storage.remove(&stored.hash, tomorrow).expect("a try"));
}
