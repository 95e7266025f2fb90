//! What the text of an order's field means: every rule of a field and its words, once, for a new order
//! ([`super::create`]) and for a change ([`super::edit`]). Which fields may be changed by whom, and what the statuses
//! ask for, is not here.

use chrono::NaiveDateTime;
use diesel::QueryResult;

use crate::domain::city::City;
use crate::domain::id::MasterId;
use crate::domain::master::MasterStatus;
use crate::domain::order::{TypeEquipment, TypeOrder};
use crate::domain::phone::Phone;
use crate::domain::{when, zone};
use crate::masters::Master;
use crate::platform::db::Db;
use crate::web::field_errors::{required, within};
use crate::{catalogs, masters};

/// Longest name of a client, in characters.
pub const MAX_NAME: usize = 200;
/// Longest address, in characters.
pub const MAX_ADDRESS: usize = 500;
/// Longest problem and comment, in characters.
pub const MAX_PROBLEM: usize = 5000;
/// Longest reason to book over the limit of a slot, in characters.
pub const MAX_OVERBOOK_REASON: usize = 500;

/// A value, or what is wrong with its text, in words for the field.
pub type Understood<T> = Result<T, String>;

/// The lists an order may refer to.
#[derive(Clone, Debug, Default)]
pub struct Lists {
    /// Active and not.
    pub cities: Vec<City>,
    /// Names of active campaigns.
    pub campaigns: Vec<String>,
    /// Names of active Avito accounts.
    pub avito: Vec<String>,
    /// Active and not; a new order has none and does not read them.
    pub masters: Vec<Master>,
}

impl Lists {
    /// Reads what a new order refers to.
    pub fn of_new(db: &mut Db) -> QueryResult<Self> {
        Ok(Self {
            masters: Vec::new(),
            cities: catalogs::queries::cities(db)?,
            campaigns: catalogs::queries::campaigns(db)?,
            avito: catalogs::queries::avito_names(db)?,
        })
    }

    /// Reads what a change of an order refers to.
    pub fn of_change(db: &mut Db) -> QueryResult<Self> {
        Ok(Self { masters: masters::queries::all(db, None)?, ..Self::of_new(db)? })
    }

    /// Names of the cities that are offered.
    pub fn city_names(&self) -> Vec<String> {
        self.cities.iter().filter(|c| c.is_active).map(|c| c.name.clone()).collect()
    }

    /// An offered city.
    ///
    /// # Errors
    /// Words for the field.
    pub fn city(&self, name: &str) -> Understood<&City> {
        let offered = self.cities.iter().find(|city| city.name == name && city.is_active);
        offered.ok_or_else(|| match name {
            "" => "Выберите город клиента".to_owned(),
            _ => "Такого города нет в списке. Выберите из списка".to_owned(),
        })
    }

    /// An offered campaign.
    ///
    /// # Errors
    /// Words for the field.
    pub fn campaign(&self, name: &str) -> Understood<String> {
        let offered = self.campaigns.iter().find(|campaign| *campaign == name);
        offered.cloned().ok_or_else(|| match name {
            "" => "Выберите РК".to_owned(),
            _ => "Такой РК нет в списке. Выберите из списка".to_owned(),
        })
    }

    /// An offered Avito account, or none.
    ///
    /// # Errors
    /// Words for the field.
    pub fn avito_name(&self, name: &str) -> Understood<Option<String>> {
        match self.avito.iter().find(|account| *account == name) {
            Some(account) => Ok(Some(account.clone())),
            None if name.is_empty() => Ok(None),
            None => Err("Такого аккаунта нет в списке. Выберите из списка".to_owned()),
        }
    }

    /// A master who works, by the text of his id, or none.
    ///
    /// # Errors
    /// Words for the field.
    pub fn master(&self, text: &str) -> Understood<Option<MasterId>> {
        if text.is_empty() {
            return Ok(None);
        }
        let Some(master) = self.masters.iter().find(|master| master.id.to_string() == text) else {
            return Err("Такого мастера нет. Выберите из списка".to_owned());
        };
        if master.status_work != MasterStatus::Active {
            return Err(format!("{} больше не работает. Выберите другого мастера", master.name));
        }
        Ok(Some(master.id))
    }
}

/// The client's number, as it was typed.
///
/// # Errors
/// Words for the field: the number is missing, or can be meant in two ways.
pub fn phone(typed: &str) -> Understood<Phone> {
    if typed.is_empty() {
        return Err("Введите телефон клиента".to_owned());
    }
    Phone::typed(typed).map_err(|doubt| doubt.words().to_owned())
}

/// # Errors
/// Words for the field.
pub fn type_order(text: &str) -> Understood<TypeOrder> {
    TypeOrder::parse(text).ok_or_else(|| "Выберите тип заявки".to_owned())
}

/// # Errors
/// Words for the field.
pub fn type_equipment(text: &str) -> Understood<TypeEquipment> {
    TypeEquipment::parse(text).ok_or_else(|| "Выберите тип техники".to_owned())
}

/// The visit on the clock of its city; words like «завтра 14» are settled before.
///
/// # Errors
/// Words for the field.
pub fn date_meeting(text: &str) -> Understood<NaiveDateTime> {
    when::absolute(text).ok_or_else(|| match text {
        "" => "Выберите дату и время встречи".to_owned(),
        _ => "Дата не читается. Выберите день и время, например 24.11.2026 15:00".to_owned(),
    })
}

/// A moment the clock of its city shows: an hour is skipped there when summer time begins.
///
/// # Errors
/// Words for the field of the visit.
pub fn exists_in(local: NaiveDateTime, zone: chrono_tz::Tz) -> Understood<()> {
    if zone::is_skipped(local, zone) { Err(zone::SKIPPED.to_owned()) } else { Ok(()) }
}

/// The client's name in this order; may be empty.
///
/// # Errors
/// Words for the field.
pub fn client_name(text: &str) -> Understood<String> {
    within(text, MAX_NAME)
}

/// Where to go.
///
/// # Errors
/// Words for the field.
pub fn address(text: &str) -> Understood<String> {
    required(text, MAX_ADDRESS, "Введите адрес: улица, дом, квартира")
}

/// What is broken.
///
/// # Errors
/// Words for the field.
pub fn problem(text: &str) -> Understood<String> {
    required(text, MAX_PROBLEM, "Опишите, что случилось")
}

/// For colleagues; may be empty.
///
/// # Errors
/// Words for the field.
pub fn comment(text: &str) -> Understood<String> {
    within(text, MAX_PROBLEM)
}

/// Why a visit is booked over the limit of its slot; may be empty.
///
/// # Errors
/// Words that name the reason: it stands beside the field of the visit.
pub fn overbook_reason(text: &str) -> Understood<String> {
    within(text, MAX_OVERBOOK_REASON).map_err(|words| format!("Причина записи сверх лимита. {words}"))
}
