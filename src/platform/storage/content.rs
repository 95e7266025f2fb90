//! A stored content: the hash that names it, and its bytes for reading.

use std::fmt;
use std::io::SeekFrom;
use std::sync::Arc;

use actix_web::web::{Bytes, BytesMut};
use futures_util::future::BoxFuture;
use futures_util::stream::try_unfold;
use futures_util::{Stream, StreamExt};
use tokio::fs::File;
use tokio::io::{AsyncReadExt, AsyncSeekExt, AsyncWriteExt};

use super::StorageError;
use crate::platform::secret::to_hex;

/// SHA-256 of a content, 64 lower-case hexadecimal digits.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ContentHash(String);

impl ContentHash {
    /// A hash as a row keeps it; `None` for any other text, so that a path can be made of it without care.
    pub fn parse(text: &str) -> Option<Self> {
        let is_hash = text.len() == 64 && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
        is_hash.then(|| Self(text.to_owned()))
    }

    pub(super) fn of_digest(digest: &[u8]) -> Self {
        Self(to_hex(digest))
    }

    /// The text for a row.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ContentHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A content opened for reading; one of a folder stays readable when it is removed meanwhile.
pub struct Content {
    source: Source,
    length: u64,
}

enum Source {
    Local(File),
    Remote(Arc<dyn Remote>),
}

/// A content on another machine.
pub(super) trait Remote: Send + Sync {
    /// `length` bytes from `start` on.
    fn piece(&self, start: u64, length: u64) -> BoxFuture<'_, Result<Bytes, StorageError>>;
}

/// How much is read at once.
const CHUNK_BYTES: usize = 64 * 1024;
/// How much is fetched by one request: what a slow browser has not taken yet waits in memory.
const PIECE_BYTES: u64 = 1024 * 1024;

impl Content {
    pub(super) fn local(file: File, length: u64) -> Self {
        Self { source: Source::Local(file), length }
    }

    pub(super) fn remote(remote: impl Remote + 'static, length: u64) -> Self {
        Self { source: Source::Remote(Arc::new(remote)), length }
    }

    /// Bytes in all.
    pub fn length(&self) -> u64 {
        self.length
    }

    /// All bytes, piece by piece.
    pub fn into_stream(self) -> impl Stream<Item = Result<Bytes, std::io::Error>> + use<> {
        let length = self.length;
        pieces(self.source, 0, length)
    }

    /// `length` bytes from `start` on, fewer at the end: for answers to Range requests.
    pub async fn range(
        mut self,
        start: u64,
        length: u64,
    ) -> Result<impl Stream<Item = Result<Bytes, std::io::Error>> + use<>, StorageError> {
        if let Source::Local(file) = &mut self.source {
            file.seek(SeekFrom::Start(start)).await.map_err(StorageError::io("seek in a content"))?;
        }
        Ok(pieces(self.source, start, length.min(self.length.saturating_sub(start))))
    }

    /// For reading it where blocking is allowed. One of a bucket is fetched whole first.
    pub async fn into_blocking(self) -> Result<BlockingContent, StorageError> {
        let (length, failed) = (self.length, StorageError::io("fetch a content"));
        let file = match self.source {
            Source::Local(file) => file,
            remote => {
                let mut file = File::from_std(tempfile::tempfile().map_err(&failed)?);
                let mut pieces = std::pin::pin!(pieces(remote, 0, length));
                while let Some(piece) = pieces.next().await {
                    file.write_all(&piece.map_err(&failed)?).await.map_err(&failed)?;
                }
                file.seek(SeekFrom::Start(0)).await.map_err(&failed)?;
                file
            }
        };
        Ok(BlockingContent(file.into_std().await))
    }

    /// All bytes at once: for contents that are known to be small.
    pub async fn into_bytes(self) -> Result<Vec<u8>, StorageError> {
        let mut bytes = Vec::new();
        let mut pieces = std::pin::pin!(self.into_stream());
        while let Some(piece) = pieces.next().await {
            bytes.extend_from_slice(&piece.map_err(StorageError::io("read a content"))?);
        }
        Ok(bytes)
    }
}

/// A content for code that reads and seeks on a thread that may block.
pub struct BlockingContent(std::fs::File);

impl std::io::Read for BlockingContent {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        self.0.read(buffer)
    }
}

impl std::io::Seek for BlockingContent {
    fn seek(&mut self, place: SeekFrom) -> std::io::Result<u64> {
        self.0.seek(place)
    }
}

fn pieces(
    source: Source,
    start: u64,
    length: u64,
) -> impl Stream<Item = Result<Bytes, std::io::Error>> + use<> {
    try_unfold((source, start, length), |(mut source, at, left)| async move {
        if left == 0 {
            return Ok(None);
        }
        let piece = match &mut source {
            Source::Remote(remote) => {
                let wanted = left.min(PIECE_BYTES);
                remote.piece(at, wanted).await.map_err(std::io::Error::other)?
            }
            Source::Local(file) => {
                let wanted = usize::try_from(left).map_or(CHUNK_BYTES, |left| left.min(CHUNK_BYTES));
                let mut piece = BytesMut::with_capacity(wanted);
                // A capacity may be larger than what was asked for.
                file.take(wanted as u64).read_buf(&mut piece).await?;
                piece.freeze()
            }
        };
        let got = piece.len() as u64;
        if got == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        Ok(Some((piece, (source, at + got, left.saturating_sub(got)))))
    })
}
