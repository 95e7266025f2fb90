//! Rating and reviews (docs/avito-api.md 8).

use serde_json::Value;

use super::fields::{float, list, number, said, text, truth};
use crate::domain::id::{AdId, ReviewAnswerId, ReviewId};

/// The rating of an account.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Rating {
    /// The account has ratings at all.
    pub is_enabled: bool,
    /// From 1 to 5, when there are enough reviews.
    pub score: Option<f64>,
    /// All reviews.
    pub reviews: i64,
}

/// A review.
#[derive(Clone, Debug, PartialEq)]
pub struct Review {
    /// Its number.
    pub id: ReviewId,
    /// From 1 to 5.
    pub score: i64,
    /// `done`, `fell_through`, `not_agree`, `not_communicate`, or another word.
    pub stage: String,
    /// What it says.
    pub text: String,
    /// Unix seconds.
    pub created: i64,
    /// It may be answered.
    pub can_answer: bool,
    /// Who wrote it, or empty.
    pub sender: String,
    /// The ad.
    pub ad: Option<AdId>,
    /// Title of the ad, or empty.
    pub ad_title: String,
    /// Our answer.
    pub answer: Option<Answer>,
}

/// Our answer to a review.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    /// Its number.
    pub id: ReviewAnswerId,
    /// What it says.
    pub text: String,
    /// `moderation`, `published`, `rejected`, or another word.
    pub status: String,
    /// Unix seconds.
    pub created: i64,
    /// Why it was rejected.
    pub reasons: Vec<String>,
}

/// A page of reviews.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Reviews {
    /// How many there are on all pages.
    pub total: i64,
    /// In the order they came.
    pub reviews: Vec<Review>,
}

impl Rating {
    /// Reads the rating; `None` when the answer is something else.
    pub fn of(value: &Value) -> Option<Self> {
        let rating = &value["rating"];
        Some(Self {
            is_enabled: truth(&value["isEnabled"])?,
            score: float(&rating["score"]),
            reviews: number(&rating["reviewsCount"]).unwrap_or_default(),
        })
    }
}

impl Reviews {
    /// Reads a page; `None` when the answer is something else.
    pub fn of(value: &Value) -> Option<Self> {
        let all = value["reviews"].as_array()?;
        Some(Self {
            total: number(&value["total"]).unwrap_or_default(),
            reviews: all.iter().filter_map(Review::of).collect(),
        })
    }
}

impl Review {
    fn of(value: &Value) -> Option<Self> {
        let ad = &value["item"];
        Some(Self {
            id: ReviewId(number(&value["id"])?),
            score: number(&value["score"]).unwrap_or_default(),
            stage: text(&value["stage"]).unwrap_or_default(),
            text: text(&value["text"]).unwrap_or_default(),
            created: number(&value["createdAt"]).unwrap_or_default(),
            can_answer: truth(&value["canAnswer"]).unwrap_or_default(),
            sender: text(&value["sender"]["name"]).unwrap_or_default(),
            ad: number(&ad["id"]).map(AdId),
            ad_title: text(&ad["title"]).unwrap_or_default(),
            answer: Answer::of(&value["answer"]),
        })
    }
}

impl Answer {
    /// Reads an answer; `None` when there is none.
    pub fn of(value: &Value) -> Option<Self> {
        let reasons = list(&value["reject_reasons"]).iter();
        Some(Self {
            id: ReviewAnswerId(number(&value["id"])?),
            text: text(&value["text"]).unwrap_or_default(),
            status: text(&value["status"]).unwrap_or_default(),
            created: number(&value["createdAt"]).unwrap_or_default(),
            reasons: reasons.filter_map(|reason| said(&reason["title"])).collect(),
        })
    }
}
