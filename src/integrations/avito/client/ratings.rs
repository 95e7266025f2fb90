//! Rating and reviews (docs/avito-api.md 8).

use serde_json::json;

use super::{Again, Client};
use crate::domain::id::{ReviewAnswerId, ReviewId};
use crate::integrations::avito::error::ApiError;
use crate::integrations::avito::pace::Group;
use crate::integrations::avito::wire::{Rating, Reviews};

/// Reviews of one page.
pub const REVIEWS_A_PAGE: u32 = 50;

impl Client {
    /// The rating.
    ///
    /// # Errors
    /// In words.
    pub async fn rating(&self) -> Result<Rating, ApiError> {
        let url = self.url("/ratings/v1/info");
        let answer = self.ask(Group::Ratings, Again::Yes, |http| http.get(&url)).await?;
        Rating::of(&answer).ok_or_else(|| ApiError::Strange("нет рейтинга в ответе".to_owned()))
    }

    /// A page of reviews.
    ///
    /// # Errors
    /// In words.
    pub async fn reviews(&self, offset: u32) -> Result<Reviews, ApiError> {
        let url = self.url(&format!("/ratings/v1/reviews?offset={offset}&limit={REVIEWS_A_PAGE}"));
        let answer = self.ask(Group::Ratings, Again::Yes, |http| http.get(&url)).await?;
        Reviews::of(&answer).ok_or_else(|| ApiError::Strange("нет отзывов в ответе".to_owned()))
    }

    /// Answers a review; the answer goes to Avito's moderation. Gives its number.
    ///
    /// # Errors
    /// In words.
    pub async fn answer_review(&self, review: ReviewId, text: &str) -> Result<ReviewAnswerId, ApiError> {
        let url = self.url("/ratings/v1/answers");
        let said = json!({ "reviewId": review, "message": text });
        let answer = self.ask(Group::Ratings, Again::Never, |http| http.post(&url).json(&said)).await?;
        let id = answer["id"].as_i64().map(ReviewAnswerId);
        id.ok_or_else(|| ApiError::Strange("нет номера ответа".to_owned()))
    }

    /// Takes an answer back.
    ///
    /// # Errors
    /// In words.
    pub async fn remove_answer(&self, answer: ReviewAnswerId) -> Result<(), ApiError> {
        let url = self.url(&format!("/ratings/v1/answers/{answer}"));
        self.ask(Group::Ratings, Again::Never, |http| http.delete(&url)).await.map(|_| ())
    }
}
