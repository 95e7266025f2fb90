//! A form of an admin page: the same fields in the dialog over the list and on a page of their own.

use std::fmt;

use actix_web::http::StatusCode;
use askama::Template;

use super::admin_list::AdminList;
use crate::web::page::{Page, Show};

/// HTML a template has made: goes into another template as it is.
pub struct Markup(String);

impl Markup {
    /// What `template` renders.
    ///
    /// # Errors
    /// When it cannot be rendered.
    pub fn of(template: &impl Template) -> askama::Result<Self> {
        template.render().map(Self)
    }
}

impl fmt::Display for Markup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl askama::filters::HtmlSafe for Markup {}

/// A form around a feature's fields.
#[derive(Template)]
#[template(path = "admin/form.html")]
pub struct FormPage {
    title: String,
    action: String,
    place: AdminList,
    /// For the side menu.
    current: &'static str,
    fields: Markup,
    problem: String,
    delete: Option<Delete>,
    below: Option<Markup>,
}

/// The button that deletes what the form shows.
pub struct Delete {
    /// Where the form is sent to delete.
    pub action: String,
    /// «Удалить номер?».
    pub question: String,
    /// What goes with it.
    pub text: &'static str,
}

/// The same form for `#dialog`.
#[derive(Template)]
#[template(path = "admin/form_dialog.html")]
struct Dialog<'a> {
    page: &'a FormPage,
}

impl FormPage {
    /// A form called `title` with `fields` that is sent to `action` and belongs to the list at `place`.
    ///
    /// # Errors
    /// When the fields cannot be rendered.
    pub fn new(
        title: impl Into<String>,
        action: impl Into<String>,
        place: AdminList,
        fields: &impl Template,
    ) -> askama::Result<Self> {
        Ok(Self {
            title: title.into(),
            action: action.into(),
            current: place.target,
            place,
            fields: Markup::of(fields)?,
            problem: String::new(),
            delete: None,
            below: None,
        })
    }

    /// With `sections` below the fields, which may have forms of their own: documents, for one.
    ///
    /// # Errors
    /// When they cannot be rendered.
    pub fn with_below(mut self, sections: &impl Template) -> askama::Result<Self> {
        self.below = Some(Markup::of(sections)?);
        Ok(self)
    }

    /// With a button that deletes.
    pub fn deletable(mut self, delete: Option<Delete>) -> Self {
        self.delete = delete;
        self
    }

    /// The form as it is asked for.
    pub fn shown(self) -> Show<Self> {
        Show::ok(self)
    }

    /// The form with what was typed and what is wrong with it (422); `problem` stands above the fields.
    pub fn refused(mut self, problem: impl Into<String>) -> Show<Self> {
        self.problem = problem.into();
        Show(self, StatusCode::UNPROCESSABLE_ENTITY)
    }
}

impl Page for FormPage {
    fn title(&self) -> String {
        self.title.clone()
    }

    fn section(&self) -> &'static str {
        "admin"
    }

    fn part(&self, target: &str) -> Option<askama::Result<String>> {
        (target == "dialog").then(|| Dialog { page: self }.render())
    }
}
