//! The form of key and salt. Neither is ever sent back, so an empty field means: as it is.

use crate::web::form::Fields;

/// Longer than any key of the telephony.
const MAX_CHARS: usize = 256;

/// The form as it was sent, with what is wrong in it.
#[derive(Default)]
pub(super) struct MangoForm {
    pub key: String,
    pub key_error: &'static str,
    pub salt_error: &'static str,
    salt: String,
}

/// What is to be saved; `None` stays as it is.
pub(super) struct Checked {
    pub key: Option<String>,
    pub salt: Option<String>,
}

impl MangoForm {
    pub fn of(fields: &Fields) -> Self {
        Self {
            key: fields.text("vpbx_api_key").to_owned(),
            salt: fields.text("vpbx_api_salt").to_owned(),
            ..Self::default()
        }
    }

    /// What to save, or the form with its errors. The salt is not kept in the form: it would travel back.
    pub fn check(mut self, has_key: bool, has_salt: bool) -> Result<Checked, Self> {
        self.key_error = problem(&self.key, has_key, "Введите ключ: он в кабинете под именем vpbx_api_key.");
        self.salt_error =
            problem(&self.salt, has_salt, "Введите соль: она в кабинете под именем vpbx_api_salt.");
        if !self.key_error.is_empty() || !self.salt_error.is_empty() {
            return Err(self);
        }
        let given = |text: String| Some(text).filter(|text| !text.is_empty());
        Ok(Checked { key: given(self.key), salt: given(self.salt) })
    }
}

fn problem(text: &str, is_known: bool, missing: &'static str) -> &'static str {
    if text.is_empty() {
        return if is_known { "" } else { missing };
    }
    if text.chars().count() > MAX_CHARS {
        return "Слишком длинно: скопируйте только само значение.";
    }
    if text.chars().any(|c| c.is_whitespace() || c.is_control() || !c.is_ascii()) {
        return "Здесь пробел или посторонний знак: скопируйте значение ещё раз.";
    }
    ""
}
