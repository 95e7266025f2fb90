//! SQL of ratings and reviews.

use chrono::{DateTime, NaiveDateTime};
use diesel::prelude::*;

use crate::domain::id::{AvitoId, ReviewAnswerId, ReviewId};
use crate::integrations::avito::wire::{Rating, Review};
use crate::platform::db::Db;
use crate::platform::db::schema::{avito, avito_ratings, avito_reviews};

/// A review with so many stars or fewer is a bad one.
pub const BAD: i64 = 3;

/// A review as it is kept.
#[derive(Clone, Debug, Queryable)]
pub struct Kept {
    /// The account.
    pub avito: AvitoId,
    /// Its name.
    pub avito_name: String,
    /// Avito's number.
    pub review: ReviewId,
    /// From 1 to 5.
    pub score: i64,
    /// How the deal went, as Avito calls it.
    pub stage: String,
    /// What it says.
    pub text: String,
    /// When it was written.
    pub created_at: NaiveDateTime,
    /// By whom, or empty.
    pub sender: String,
    /// About which ad, or empty.
    pub ad_title: String,
    /// It may be answered.
    pub can_answer: bool,
    /// Our answer's number.
    pub answer: Option<ReviewAnswerId>,
    /// Our answer.
    pub answer_text: String,
    /// What Avito's moderation says of it.
    pub answer_status: String,
    /// Why it was rejected.
    pub answer_reasons: String,
}

macro_rules! kept {
    () => {
        avito_reviews::table.inner_join(avito::table).select((
            avito_reviews::avito_id,
            avito::name,
            avito_reviews::review_id,
            avito_reviews::score,
            avito_reviews::stage,
            avito_reviews::text,
            avito_reviews::created_at,
            avito_reviews::sender,
            avito_reviews::ad_title,
            avito_reviews::can_answer,
            avito_reviews::answer_id,
            avito_reviews::answer_text,
            avito_reviews::answer_status,
            avito_reviews::answer_reasons,
        ))
    };
}

/// Reviews, of one account or of all, the newest first.
pub fn newest(db: &mut Db, of: Option<AvitoId>, limit: i64) -> QueryResult<Vec<Kept>> {
    let mut query = kept!().order(avito_reviews::created_at.desc()).limit(limit).into_boxed();
    if let Some(id) = of {
        query = query.filter(avito_reviews::avito_id.eq(id));
    }
    query.load(db)
}

/// Bad reviews nobody has answered, worst first, then the newest.
pub fn bad(db: &mut Db, of: Option<AvitoId>, limit: i64) -> QueryResult<Vec<Kept>> {
    let mut query = kept!()
        .filter(avito_reviews::score.le(BAD).and(avito_reviews::answer_id.is_null()))
        .order((avito_reviews::score, avito_reviews::created_at.desc()))
        .limit(limit)
        .into_boxed();
    if let Some(id) = of {
        query = query.filter(avito_reviews::avito_id.eq(id));
    }
    query.load(db)
}

/// One review.
pub fn one(db: &mut Db, id: AvitoId, review: ReviewId) -> QueryResult<Option<Kept>> {
    kept!()
        .filter(avito_reviews::avito_id.eq(id).and(avito_reviews::review_id.eq(review)))
        .first(db)
        .optional()
}

/// An account and its name, its score in hundredths and the number of its reviews.
pub type RatingRow = (AvitoId, String, Option<i64>, i64);

/// Rating of each account by name.
pub fn ratings(db: &mut Db) -> QueryResult<Vec<RatingRow>> {
    avito_ratings::table
        .inner_join(avito::table)
        .order(avito::name)
        .select((avito_ratings::avito_id, avito::name, avito_ratings::score, avito_ratings::reviews))
        .load(db)
}

/// Keeps the rating.
pub fn set_rating(db: &mut Db, id: AvitoId, rating: &Rating) -> QueryResult<usize> {
    let values = (
        avito_ratings::is_enabled.eq(rating.is_enabled),
        avito_ratings::score.eq(rating.score.map(|score| (score * 100.0).round() as i64)),
        avito_ratings::reviews.eq(rating.reviews),
    );
    let row = (avito_ratings::avito_id.eq(id), values);
    crate::upsert!(db, avito_ratings::table, row, avito_ratings::avito_id, values)
}

/// Keeps the reviews; with `all` those that Avito does not tell of any more go.
pub fn set_reviews(db: &mut Db, id: AvitoId, reviews: &[Review], all: bool) -> QueryResult<usize> {
    if all {
        let told: Vec<ReviewId> = reviews.iter().map(|review| review.id).collect();
        let gone = avito_reviews::avito_id.eq(id).and(avito_reviews::review_id.ne_all(told));
        diesel::delete(avito_reviews::table.filter(gone)).execute(db)?;
    }
    for review in reviews {
        let answer = review.answer.as_ref();
        let at = DateTime::from_timestamp(review.created, 0).unwrap_or_default().naive_utc();
        let values = (
            avito_reviews::score.eq(review.score),
            avito_reviews::stage.eq(review.stage.clone()),
            avito_reviews::text.eq(review.text.clone()),
            avito_reviews::created_at.eq(at),
            avito_reviews::sender.eq(review.sender.clone()),
            avito_reviews::ad_title.eq(review.ad_title.clone()),
            avito_reviews::can_answer.eq(review.can_answer),
            avito_reviews::answer_id.eq(answer.map(|answer| answer.id)),
            avito_reviews::answer_text.eq(answer.map(|answer| answer.text.clone()).unwrap_or_default()),
            avito_reviews::answer_status.eq(answer.map(|answer| answer.status.clone()).unwrap_or_default()),
            avito_reviews::answer_reasons
                .eq(answer.map(|answer| answer.reasons.join(", ")).unwrap_or_default()),
        );
        let row = (avito_reviews::avito_id.eq(id), avito_reviews::review_id.eq(review.id), values.clone());
        let key = (avito_reviews::avito_id, avito_reviews::review_id);
        crate::upsert!(db, avito_reviews::table, row.clone(), key, values.clone())?;
    }
    Ok(reviews.len())
}

/// Keeps an answer that Avito has taken for moderation.
pub fn set_answer(
    db: &mut Db,
    id: AvitoId,
    review: ReviewId,
    answer: ReviewAnswerId,
    text: &str,
) -> QueryResult<usize> {
    let values = (
        avito_reviews::answer_id.eq(answer),
        avito_reviews::answer_text.eq(text.to_owned()),
        avito_reviews::answer_status.eq("moderation"),
        avito_reviews::answer_reasons.eq(""),
        avito_reviews::can_answer.eq(false),
    );
    diesel::update(avito_reviews::table.find((id, review))).set(values).execute(db)
}

/// Forgets an answer that was taken back.
pub fn clear_answer(db: &mut Db, id: AvitoId, review: ReviewId) -> QueryResult<usize> {
    let values = (
        avito_reviews::answer_id.eq(None::<ReviewAnswerId>),
        avito_reviews::answer_text.eq(""),
        avito_reviews::answer_status.eq(""),
        avito_reviews::answer_reasons.eq(""),
        avito_reviews::can_answer.eq(true),
    );
    diesel::update(avito_reviews::table.find((id, review))).set(values).execute(db)
}

/// How many bad reviews of accounts that are switched on nobody has answered since a moment.
pub fn bad_count(db: &mut Db, since: NaiveDateTime) -> QueryResult<i64> {
    avito_reviews::table
        .inner_join(avito::table)
        .filter(avito::is_active.eq(true))
        .filter(diesel::dsl::sql::<diesel::sql_types::Bool>(
            "avito_reviews.score <= 3 AND avito_reviews.answer_id IS NULL",
        ))
        .filter(avito_reviews::created_at.ge(since))
        .count()
        .get_result(db)
}
