//! The form of a recipient.

use crate::alerts::queries::recipients::{Recipient, Wanted};
use crate::domain::notice::{Channel, NoticeKind};
use crate::integrations::mail::outgoing;
use crate::integrations::telegram::settings as telegram;
use crate::web::field_errors::{FieldErrors, required};
use crate::web::form::Fields;
use crate::web::list::Choice;

/// Longest name, in characters.
const NAME_MAX: usize = 80;

/// What was typed.
#[derive(Clone, Debug)]
pub(super) struct RecipientForm {
    pub name: String,
    pub channel: String,
    pub address: String,
    pub kinds: Vec<NoticeKind>,
    pub is_active: bool,
}

impl RecipientForm {
    /// Of somebody new: hears of what an admin has to put right, and of nothing that comes every minute.
    pub fn new() -> Self {
        let is_usual = |kind: &NoticeKind| match kind {
            NoticeKind::Missed | NoticeKind::Chat | NoticeKind::Moved | NoticeKind::Shift => false,
            NoticeKind::Promise
            | NoticeKind::Review
            | NoticeKind::Source
            | NoticeKind::Link
            | NoticeKind::Backup
            | NoticeKind::Certificate
            | NoticeKind::Disk
            | NoticeKind::Trouble
            | NoticeKind::Canary
            | NoticeKind::Report => true,
        };
        Self {
            name: String::new(),
            channel: Channel::Telegram.as_str().to_owned(),
            address: String::new(),
            kinds: NoticeKind::ALL.iter().copied().filter(is_usual).collect(),
            is_active: true,
        }
    }

    pub fn of(recipient: &Recipient) -> Self {
        Self {
            name: recipient.name.clone(),
            channel: recipient.channel.as_str().to_owned(),
            address: recipient.address.clone(),
            kinds: recipient.kinds.clone(),
            is_active: recipient.is_active,
        }
    }

    pub fn sent(fields: &Fields) -> Self {
        let text = |name: &str| fields.text(name).trim().to_owned();
        let kinds = fields.all("kinds");
        let is_in = |kind: &NoticeKind| kinds.iter().any(|name| name == kind.as_str());
        Self {
            name: text("name"),
            channel: text("channel"),
            address: text("address"),
            kinds: NoticeKind::ALL.iter().copied().filter(is_in).collect(),
            is_active: fields.text("is_active") == "on",
        }
    }

    pub fn check(&self) -> Result<Wanted, FieldErrors> {
        let mut errors = FieldErrors::default();
        let name = errors.keep("name", required(&self.name, NAME_MAX, "Укажите, кто это"));
        let channel = Channel::parse(&self.channel);
        if channel.is_none() {
            errors.add("channel", "Выберите, куда писать");
        }
        match channel {
            _ if self.address.is_empty() => errors.add("address", "Укажите номер чата или адрес почты"),
            Some(Channel::Telegram) if !telegram::is_chat(&self.address) => {
                errors.add("address", "Номер чата — цифры, у группы с минусом; у канала — @имя");
            }
            Some(Channel::Mail) if !outgoing::is_address(&self.address) => {
                errors.add("address", "Это не адрес почты, нужен такой: boss@example.ru");
            }
            _ => {}
        }
        if self.kinds.is_empty() {
            errors.add("kinds", "Отметьте хотя бы одно");
        }
        match (name, channel) {
            (Some(name), Some(channel)) if errors.is_empty() => Ok(Wanted {
                name,
                channel,
                address: self.address.clone(),
                kinds: self.kinds.clone(),
                is_active: self.is_active,
            }),
            _ => Err(errors),
        }
    }

    pub fn has(&self, kind: &NoticeKind) -> bool {
        self.kinds.contains(kind)
    }

    pub fn ways(&self) -> Vec<Choice> {
        let choice = |channel: &Channel| Choice {
            value: channel.as_str().to_owned(),
            label: channel.label().to_owned(),
        };
        Channel::ALL.iter().map(choice).collect()
    }
}
