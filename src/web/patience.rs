//! How long a body may take to come in: a sender who dribbles holds a connection and its memory as long as he likes
//! otherwise. What counts is the time we wait for him, not the time we take.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use actix_web::body::MessageBody;
use actix_web::dev::{Payload, ServiceRequest, ServiceResponse};
use actix_web::error::PayloadError;
use actix_web::http::header::{CONTENT_LENGTH, TRANSFER_ENCODING};
use actix_web::middleware::Next;
use actix_web::web::Bytes;
use futures_util::Stream;
use tokio::time::{Instant, Sleep, sleep_until};

/// Waiting that every body is allowed.
const GRACE: Duration = Duration::from_secs(20);
/// What has come in buys further waiting at this speed: slower than any telephone on a bad line.
const BYTES_PER_SECOND: u64 = 4 * 1024;

/// Middleware: a body that comes too slowly ends with an error ([`is_too_slow`]).
pub async fn guard<B: MessageBody + 'static>(
    mut request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<B>, actix_web::Error> {
    let headers = request.headers();
    if headers.contains_key(CONTENT_LENGTH) || headers.contains_key(TRANSFER_ENCODING) {
        let (_, payload) = request.parts_mut();
        let body = Patient::new(payload.take(), GRACE, BYTES_PER_SECOND);
        *payload = Payload::Stream { payload: Box::pin(body) };
    }
    next.call(request).await
}

/// True for the error of a body that came too slowly.
pub fn is_too_slow(error: &actix_web::Error) -> bool {
    matches!(error.as_error::<PayloadError>(), Some(PayloadError::Io(error)) if error.kind() == io::ErrorKind::TimedOut)
}

/// A body and how long it may still be waited for.
struct Patient<S> {
    body: S,
    /// What is left of the waiting; grows with what comes in.
    left: Duration,
    bytes_per_second: u64,
    /// When the present wait began and when it will have been too long.
    waiting: Option<(Instant, Pin<Box<Sleep>>)>,
}

impl<S> Patient<S> {
    fn new(body: S, grace: Duration, bytes_per_second: u64) -> Self {
        Self { body, left: grace, bytes_per_second, waiting: None }
    }
}

impl<S: Stream<Item = Result<Bytes, PayloadError>> + Unpin> Stream for Patient<S> {
    type Item = Result<Bytes, PayloadError>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if let Poll::Ready(piece) = Pin::new(&mut self.body).poll_next(context) {
            if let Some((since, _)) = self.waiting.take() {
                self.left = self.left.saturating_sub(since.elapsed());
            }
            if let Some(Ok(bytes)) = &piece {
                let bought = bytes.len() as u64 * 1_000_000 / self.bytes_per_second;
                self.left += Duration::from_micros(bought);
            }
            return Poll::Ready(piece);
        }
        let left = self.left;
        let (_, alarm) = self.waiting.get_or_insert_with(|| {
            let now = Instant::now();
            (now, Box::pin(sleep_until(now + left)))
        });
        ready!(alarm.as_mut().poll(context));
        let too_slow = io::Error::new(io::ErrorKind::TimedOut, "the body came too slowly");
        Poll::Ready(Some(Err(PayloadError::Io(too_slow))))
    }
}

#[cfg(test)]
mod tests {
    use futures_util::StreamExt;
    use futures_util::stream;

    use super::*;

    fn piece(bytes: usize) -> Result<Bytes, PayloadError> {
        Ok(Bytes::from(vec![b'x'; bytes]))
    }

    #[tokio::test]
    async fn a_sender_who_stops_is_given_up() {
        let body = stream::iter([piece(10)]).chain(stream::pending());
        let mut body = Patient::new(Box::pin(body), Duration::from_millis(5), 4096);
        assert_eq!(body.next().await.expect("what came").expect("bytes").len(), 10);
        let error = body.next().await.expect("an end").expect_err("no more");
        assert!(is_too_slow(&error.into()));
    }

    #[tokio::test]
    async fn what_is_there_already_is_read_however_late_we_are() {
        let body = stream::iter((0..100).map(|_| piece(1000)));
        let body = Patient::new(Box::pin(body), Duration::ZERO, 4096);
        assert_eq!(body.filter(|piece| std::future::ready(piece.is_ok())).count().await, 100);
    }

    #[tokio::test]
    async fn a_dribble_does_not_buy_time() {
        let mut interval = tokio::time::interval(Duration::from_millis(2));
        let dribble = stream::poll_fn(move |context| interval.poll_tick(context).map(|_| Some(piece(1))));
        let body = Patient::new(dribble, Duration::from_millis(30), 4096);
        let last = body.take(10_000).collect::<Vec<_>>().await.into_iter().find(Result::is_err);
        assert!(last.is_some(), "a byte at a time came in to the end");
    }
}
