//! `/reference/side`: what the reference says of the order that is being taken: what to say, what to ask about this
//! equipment and what it costs; or what a search finds. A part that stands beside the form.

use actix_web::web::Data;
use askama::Template;

use super::markdown::{self, Rendered};
use super::search::Hit;
use super::{ReferencePage, queries};
use crate::app::App;
use crate::auth::signed::{Anyone, Signed};
use crate::domain::order::TypeEquipment;
use crate::domain::search_words::words;
use crate::platform::db::Db;
use crate::platform::error::AppError;
use crate::web::form::Query;
use crate::web::page::Fragment;

/// Longest search, in characters.
const QUERY_MAX: usize = 100;

#[derive(Template)]
#[template(path = "reference/side.html")]
pub struct Side {
    query: String,
    hits: Vec<Hit>,
    equipment: Option<TypeEquipment>,
    /// What to ask, and what it costs.
    fitting: Vec<Part>,
    /// What is said in every conversation.
    general: Vec<Part>,
}

/// A section of a page.
struct Part {
    /// It is of what to ask; otherwise of what it costs.
    asks: bool,
    title: String,
    text: Rendered,
}

/// `GET /reference/side`.
pub(super) async fn show(
    _: Signed<Anyone>,
    app: Data<App>,
    Query(fields): Query,
) -> Result<Fragment<Side>, AppError> {
    let query: String = fields.text("q").trim().chars().take(QUERY_MAX).collect();
    let equipment = TypeEquipment::parse(fields.text("type_equipment"));
    Ok(Fragment::ok(app.db.read(move |db| Ok(Side::load(db, query, equipment)?)).await?))
}

impl Side {
    fn load(db: &mut Db, query: String, equipment: Option<TypeEquipment>) -> diesel::QueryResult<Self> {
        let mut side = Self { hits: Vec::new(), equipment, fitting: Vec::new(), general: Vec::new(), query };
        if !side.query.is_empty() {
            side.hits = super::find(db, &side.query)?;
            return Ok(side);
        }
        for page in [ReferencePage::OrderRules, ReferencePage::Pricing] {
            let body = queries::current(db, page)?.body;
            for section in sections(&body) {
                let is_fitting = equipment.is_some_and(|equipment| is_about(&section, equipment));
                let is_special = TypeEquipment::ALL.iter().any(|one| is_about(&section, *one));
                let part = || Part {
                    asks: page == ReferencePage::OrderRules,
                    title: section.title.clone(),
                    text: markdown::render(&section.body),
                };
                if section.body.trim().is_empty() {
                    continue;
                }
                if is_fitting {
                    side.fitting.push(part());
                } else if !is_special {
                    side.general.push(part());
                }
            }
        }
        Ok(side)
    }
}

/// A heading of the second or third level with what stands under it, up to the next one.
#[derive(Debug, PartialEq, Eq)]
struct Section {
    title: String,
    body: String,
}

fn sections(text: &str) -> Vec<Section> {
    let mut all: Vec<Section> = Vec::new();
    for line in text.lines() {
        let title = line.strip_prefix("### ").or_else(|| line.strip_prefix("## "));
        match (title, all.last_mut()) {
            (Some(title), _) => all.push(Section { title: title.trim().to_owned(), body: String::new() }),
            (None, Some(last)) => {
                last.body.push_str(line);
                last.body.push('\n');
            }
            // What stands before the first heading is of the whole page.
            (None, None) => {}
        }
    }
    all
}

/// How headings begin that are about an equipment, folded as searches are.
fn beginnings(equipment: TypeEquipment) -> &'static [&'static str] {
    match equipment {
        TypeEquipment::Computers => &["компьют", "ноутбук"],
        TypeEquipment::Appliances => &[
            "стирал",
            "посудомо",
            "холодил",
            "телевиз",
            "бытов",
            "плит",
            "духов",
            "вароч",
            "бойлер",
            "кондиц",
            "кофемаш",
        ],
        TypeEquipment::Handyman => &["муж", "сантех", "электрик", "мелк"],
    }
}

fn is_about(section: &Section, equipment: TypeEquipment) -> bool {
    let beginnings: Vec<String> =
        beginnings(equipment).iter().flat_map(|beginning| words(beginning)).collect();
    words(&section.title).iter().any(|word| beginnings.iter().any(|start| word.starts_with(start.as_str())))
}

#[cfg(test)]
mod tests {
    use super::super::first_text;
    use super::*;

    #[test]
    fn the_texts_the_program_comes_with_answer_for_every_equipment() {
        for equipment in TypeEquipment::ALL {
            for page in [ReferencePage::OrderRules, ReferencePage::Pricing] {
                let all = sections(first_text(page));
                let fitting = all.iter().filter(|section| is_about(section, *equipment)).count();
                assert!(fitting > 0, "{page}: nothing about {equipment}");
            }
        }
        let all = sections(first_text(ReferencePage::OrderRules));
        let is_general = |section: &Section| !TypeEquipment::ALL.iter().any(|one| is_about(section, *one));
        assert_eq!(
            all.iter().find(|one| is_general(one)).map(|one| one.title.as_str()),
            Some("Разговор по шагам")
        );
    }

    #[test]
    fn a_section_ends_where_the_next_one_begins() {
        let found = sections("до\n## Один\nраз\n### Два\nдва\n\n# Не раздел\n");
        let told: Vec<(&str, &str)> = found.iter().map(|s| (s.title.as_str(), s.body.as_str())).collect();
        assert_eq!(told, [("Один", "раз\n"), ("Два", "два\n\n# Не раздел\n")]);
    }
}
