//! What templates see of documents: a list, and the panel with the list and the place to drop new files on.
//!
//! A page embeds a panel by `{% import "files/ui.html" as files %}` and `{% call files::panel(p) %}{% endcall %}` with
//! `p: FilesPanel`; everything else happens between the panel and the addresses of this feature.

use askama::Template;
use chrono::NaiveDate;
use chrono_tz::Tz;
use diesel::prelude::*;

use super::{DocumentOwner, FileKind, MAX_BYTES, MAX_FILES, may_change, queries, store};
use crate::domain::id::FileId;
use crate::domain::person::Person;
use crate::domain::{russian, zone};
use crate::platform::db::Db;

/// One document in a list.
pub struct FileRow {
    /// The document.
    pub id: FileId,
    /// Sanitised.
    pub name: String,
    /// «2,4 МБ».
    pub size: String,
    /// «PDF».
    pub format: String,
    /// There is a small picture.
    pub has_thumb: bool,
    /// Opens in the browser; otherwise it can only be downloaded.
    pub is_shown: bool,
    /// «14:05», «19.11 14:05» on the business clock.
    pub added_at: String,
    /// «Белова А.».
    pub author: String,
}

/// Documents of a place.
pub struct FilesList {
    /// The id of the element.
    pub element_id: String,
    /// Where the list re-reads itself.
    pub url: String,
    /// The topic of live hints that it listens to.
    pub topic: &'static str,
    /// Deleting is offered.
    pub may_change: bool,
    /// In the order in which they came.
    pub rows: Vec<FileRow>,
}

/// A list with a heading and the place for new files.
pub struct FilesPanel {
    /// «БСО».
    pub title: &'static str,
    /// What belongs here.
    pub hint: &'static str,
    /// «JPG, PNG, WebP, HEIC или PDF до 10 МБ, не больше 20 файлов».
    pub limits: String,
    /// For the script, which refuses larger files without sending them.
    pub max_bytes: u64,
    /// What is there.
    pub list: FilesList,
}

impl FilesPanel {
    /// The panel of `place` for `person`, who may see it.
    pub fn load(
        db: &mut Db,
        person: &Person,
        place: DocumentOwner,
        business_zone: Tz,
        today: NaiveDate,
    ) -> QueryResult<Self> {
        let (title, hint) = match place.kind() {
            FileKind::Bso => ("БСО", "Бланк, который подписал клиент"),
            FileKind::Expenditure => ("Чек расхода", "Запчасти и материалы мастера"),
            FileKind::Master => ("Документы мастера", "Паспорт, договор, допуски"),
            FileKind::Employee => ("Документы сотрудника", "Паспорт, договор"),
        };
        Ok(Self {
            title,
            hint,
            limits: format!(
                "JPG, PNG, WebP, HEIC или PDF до {} МБ, не больше {MAX_FILES} файлов",
                MAX_BYTES / 1024 / 1024
            ),
            max_bytes: MAX_BYTES,
            list: FilesList::load(db, person, place, business_zone, today)?,
        })
    }
}

impl FilesList {
    /// The list of `place` for `person`, who may see it. `today` is on the business clock.
    pub fn load(
        db: &mut Db,
        person: &Person,
        place: DocumentOwner,
        business_zone: Tz,
        today: NaiveDate,
    ) -> QueryResult<Self> {
        let files = queries::list(db, place)?;
        Ok(Self {
            element_id: place.element_id(),
            url: place.url(),
            topic: store::changed(place).topic(),
            may_change: may_change(person, place),
            rows: files.iter().map(|file| FileRow::new(file, business_zone, today)).collect(),
        })
    }
}

impl FileRow {
    /// The words of a document; `today` is on the business clock.
    pub fn new(file: &queries::File, business_zone: Tz, today: NaiveDate) -> Self {
        Self {
            id: file.id,
            name: file.original_name.clone(),
            size: size(file.byte_size),
            format: file.media_type.ending().to_uppercase(),
            has_thumb: file.thumb_hash.is_some(),
            is_shown: super::is_shown(file.media_type),
            added_at: russian::moment(zone::local(file.created_at, business_zone), today),
            author: russian::short_name(&file.author),
        }
    }
}

/// «340 КБ», «2,4 МБ».
fn size(bytes: i64) -> String {
    const KB: i64 = 1024;
    if bytes < KB * KB {
        return format!("{}\u{a0}КБ", (bytes + KB - 1) / KB);
    }
    let tenths = bytes * 10 / (KB * KB);
    format!("{},{}\u{a0}МБ", tenths / 10, tenths % 10)
}

/// The list alone, as it re-reads itself.
#[derive(Template)]
#[template(path = "files/list.html")]
pub(super) struct ListFragment {
    pub list: FilesList,
}

#[cfg(test)]
mod tests {
    use scraper::{Html, Selector};

    use super::*;

    /// A page that embeds a panel.
    #[derive(Template)]
    #[template(
        ext = "html",
        source = r#"{%- import "files/ui.html" as files -%}{% call files::panel(panel) %}{% endcall %}"#
    )]
    struct Embedding {
        panel: FilesPanel,
    }

    fn embedded(may_change: bool) -> Html {
        let list = FilesList {
            element_id: "files-bso-5".to_owned(),
            url: "/files?kind=bso&owner=5".to_owned(),
            topic: "orders",
            may_change,
            rows: Vec::new(),
        };
        let panel =
            FilesPanel {
                title: "БСО", hint: "Бланк", limits: "PDF".to_owned(), max_bytes: 10_485_760, list
            };
        Html::parse_fragment(&Embedding { panel }.render().expect("a panel"))
    }

    fn has(html: &Html, selector: &str) -> bool {
        html.select(&Selector::parse(selector).expect("a selector")).next().is_some()
    }

    #[test]
    fn a_panel_takes_files_with_and_without_scripts_of_those_who_may() {
        let html = embedded(true);
        assert!(has(&html, "section[aria-labelledby=files-bso-5-title] h3#files-bso-5-title"));
        assert!(has(&html, "ul#files-bso-5[hx-get='/files?kind=bso&owner=5']"));
        assert!(has(&html, "form[data-upload='/files?kind=bso&owner=5'][data-max-bytes='10485760']"));
        assert!(has(
            &html,
            "form[action='/files?kind=bso&owner=5'][method=post][enctype='multipart/form-data']"
        ));
        assert!(has(&html, "label[for=files-bso-5-input] + input#files-bso-5-input[type=file][multiple]"));
        assert!(has(&html, "form button[type=submit]"));
        let closed = embedded(false);
        assert!(has(&closed, "ul#files-bso-5") && !has(&closed, "form"));
    }

    #[test]
    fn sizes_are_said_as_people_say_them() {
        assert_eq!(size(1), "1\u{a0}КБ");
        assert_eq!(size(348_000), "340\u{a0}КБ");
        assert_eq!(size(2_600_000), "2,4\u{a0}МБ");
        assert_eq!(size(10 * 1024 * 1024), "10,0\u{a0}МБ");
    }
}
