//! `/orders/new`: the form of a new order, filled from a call, a number or a slot, and from the person's draft.

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, Responder};
use askama::Template;

use super::answer::Answer;
use super::client::{ClientPane, type_choices};
use super::duplicates::Panel;
use super::form::{OrderForm, Refusal};
use super::readback::Readback;
use super::slot_picker::{SlotPick, SlotQuestion};
use crate::app::App;
use crate::auth::signed::{Anyone, Signed};
use crate::chats;
use crate::domain::id::{AccountId, ChatId};
use crate::domain::order::{TypeEquipment, TypeOrder};
use crate::domain::phone::pretty;
use crate::domain::russian;
use crate::orders::draft;
use crate::orders::list::filter::{Slot, clock};
use crate::orders::list::index::equipment_choices;
use crate::orders::list::rows::Clocks;
use crate::orders::queries::{booking, clients, drafts};
use crate::orders::show::Surface;
use crate::orders::values::Lists;
use crate::platform::db::Db;
use crate::platform::error::AppError;
use crate::web::field_errors::FieldErrors;
use crate::web::form::{Fields, Query};
use crate::web::list::Choice;
use crate::web::page::{Page, Show};

/// Messages of a chat that are looked through, and how much of each kind is offered.
const WORDS_OF_CHAT: i64 = 60;
const OFFERED: usize = 4;
/// The campaign of orders that come from a chat.
const AVITO: &str = "Авито";

/// The form of a new order.
#[derive(Template)]
#[template(path = "orders/new.html", blocks = ["dialog"])]
pub struct NewPage {
    place: Surface,
    form: OrderForm,
    errors: FieldErrors,
    draft_key: String,
    /// «Черновик от 14:05», or empty.
    draft_words: String,
    /// The address of this form without a draft.
    again: String,
    from_call: bool,
    /// The chat it comes from, and what was found there.
    from_chat: Option<FromChat>,
    campaigns: Vec<Choice>,
    cities: Vec<Choice>,
    avito: Vec<Choice>,
    types: Vec<Choice>,
    equipment: Vec<Choice>,
    client: ClientPane,
    pick: SlotPick,
    duplicates: Panel,
    readback: Readback,
}

/// What the words of a chat offer to the form; never taken by itself.
pub struct FromChat {
    id: ChatId,
    /// Telephone numbers.
    phones: Vec<String>,
    /// Addresses.
    addresses: Vec<String>,
}

impl FromChat {
    /// Of the chat orders know as `key`; nothing of one that is not here.
    fn load(db: &mut Db, key: &str) -> diesel::QueryResult<Option<Self>> {
        if key.is_empty() {
            return Ok(None);
        }
        let Some(id) = chats::queries::by_key(db, key)? else { return Ok(None) };
        let texts = chats::queries::thread::texts_of_client(db, id, WORDS_OF_CHAT)?;
        let mut found = Self { id, phones: Vec::new(), addresses: Vec::new() };
        for text in &texts {
            for phone in chats::found::phones(text).iter().map(|number| pretty(number)) {
                if !found.phones.contains(&phone) {
                    found.phones.push(phone);
                }
            }
            for address in chats::found::addresses(text) {
                if !found.addresses.contains(&address) {
                    found.addresses.push(address);
                }
            }
        }
        found.phones.truncate(OFFERED);
        found.addresses.truncate(OFFERED);
        Ok(Some(found))
    }
}

/// Whose form it is, and where and with what it is shown.
pub struct FormOf<'a> {
    /// The person.
    pub by: AccountId,
    /// In the dialog or on a page of its own.
    pub place: Surface,
    /// Where its draft is kept.
    pub draft_key: String,
    /// The lists.
    pub lists: &'a Lists,
    /// The clocks.
    pub clocks: &'a Clocks<'a>,
}

impl Page for NewPage {
    fn title(&self) -> String {
        "Новый заказ".to_owned()
    }

    fn section(&self) -> &'static str {
        "orders"
    }

    fn part(&self, target: &str) -> Option<askama::Result<String>> {
        (target == "dialog").then(|| self.as_dialog().render())
    }
}

/// The form.
pub async fn new(
    person: Signed<Anyone>,
    request: HttpRequest,
    app: Data<App>,
    Query(query): Query,
) -> Result<HttpResponse, AppError> {
    let place = Surface::of(&request, query.text("back"));
    let (id, business, now) = (person.id, app.config.business_zone, app.clock.now());
    let page = app
        .db
        .read(move |db| {
            let prefill = prefill(db, &query)?;
            let key = match query.id("chat") {
                Some(chat) => draft::key_of_chat(chat),
                None => draft::key_of(&prefill),
            };
            let kept = drafts::load(db, id, &key)?;
            let form = match &kept {
                Some((fields, _)) => OrderForm::of_draft(fields).or(&prefill),
                None => prefill,
            };
            let lists = Lists::of_new(db)?;
            let clocks = Clocks { now, business, cities: &lists.cities };
            let whose = FormOf { by: id, place, draft_key: key, lists: &lists, clocks: &clocks };
            let mut page = NewPage::load(db, form, Refusal::default(), whose)?;
            page.again = again(&query);
            if let Some((_, at)) = kept {
                page.draft_words = format!("Черновик от {}", clocks.event(at));
            }
            Ok(page)
        })
        .await?;
    Ok(Show::ok(page).respond_to(&request))
}

/// Fields that fill the form from elsewhere.
fn again(query: &Fields) -> String {
    let mut fields = Fields::default();
    for name in ["call", "chat", "parent", "phone", "slot", "equipment", "city", "back"] {
        fields.set(name, query.text(name));
    }
    match fields.encode() {
        query if query.is_empty() => "/orders/new".to_owned(),
        query => format!("/orders/new?{query}"),
    }
}

/// What the address says about the new order.
fn prefill(db: &mut Db, query: &Fields) -> Result<OrderForm, AppError> {
    let mut form = OrderForm {
        phone: query.text("phone").to_owned(),
        city: query.text("city").to_owned(),
        type_equipment: query.text("equipment").to_owned(),
        ..OrderForm::default()
    };
    if let Some(Slot { day, minute: Some(minute) }) = Slot::parse(query.text("slot")) {
        form.date_meeting = format!("{day}T{}", clock(minute));
    }
    if let Some(id) = query.id("parent") {
        let parent = booking::parent(db, id)?.ok_or(AppError::NotFound)?;
        form = OrderForm {
            rk: parent.rk,
            city: parent.city,
            avito_name: parent.avito_name.unwrap_or_default(),
            phone: pretty(&parent.phone),
            client_name: parent.client_name,
            address: parent.address,
            type_equipment: parent.type_equipment.to_string(),
            type_order: TypeOrder::Warranty.to_string(),
            duplicate: Answer::Warranty(id).to_text(),
            ..form
        };
    }
    if let Some(id) = query.id("call") {
        let call = clients::call(db, id)?.ok_or(AppError::NotFound)?;
        form.call = id.to_string();
        form.rk = call.rk.unwrap_or_default();
        form.avito_name = call.avito_name.unwrap_or_default();
        if let Some(city) = call.city {
            form.city = city;
        }
        if let Some(number) = call.phone_client {
            form.phone = pretty(&number);
        }
        if let Some(client_id) = call.client_id {
            form.client_name = clients::name(db, client_id)?;
        }
    }
    if let Some(id) = query.id("chat") {
        form = of_chat(db, id, form)?;
    }
    if let Some(phone) = form.number() {
        form.phone = phone.pretty();
    }
    Ok(form)
}

/// What a chat says about the new order; names that are on no list stay out.
fn of_chat(db: &mut Db, id: ChatId, mut form: OrderForm) -> Result<OrderForm, AppError> {
    let chat = chats::queries::chat(db, id)?.ok_or(AppError::NotFound)?;
    let lists = Lists::of_new(db)?;
    let accounts = chats::queries::accounts(db)?;
    form.avito_chatid = chat.chat_key;
    form.rk = lists.campaigns.iter().find(|name| *name == AVITO).cloned().unwrap_or_default();
    let account = accounts.into_iter().find(|(account, _)| *account == chat.avito_id);
    form.avito_name = account.map(|(_, name)| name).unwrap_or_default();
    if lists.city_names().contains(&chat.city) {
        form.city = chat.city;
    }
    form.client_name = chat.client_name;
    let known = match chat.client_id {
        Some(client) => {
            let name = clients::name(db, client)?;
            if !name.is_empty() {
                form.client_name = name;
            }
            crate::clients::queries::numbers(db, &[client])?.into_iter().map(|number| number.digits).collect()
        }
        None => chats::queries::links::numbers(db, id)?,
    };
    // Of several written numbers somebody chooses.
    if let (Some(number), true) = (known.first(), chat.client_id.is_some() || known.len() == 1) {
        form.phone = pretty(number);
    }
    Ok(form)
}

impl NewPage {
    /// The form with everything beside it.
    pub fn load(
        db: &mut Db,
        mut form: OrderForm,
        refusal: Refusal,
        whose: FormOf<'_>,
    ) -> diesel::QueryResult<Self> {
        let FormOf { by, place, draft_key, lists, clocks } = whose;
        let Refusal { errors, is_full } = refusal;
        form.settle(clocks);
        let equipment = TypeEquipment::parse(&form.type_equipment);
        let client = ClientPane::load(db, &form.phone, equipment, clocks)?;
        if form.type_order.is_empty() && errors.is_empty() {
            client.suggested().clone_into(&mut form.type_order);
        }
        if form.request_key.is_empty() {
            form.request_key = uuid::Uuid::new_v4().to_string();
        }
        let wanted = SlotQuestion {
            is_full,
            reason_error: errors.of("overbook_reason").to_owned(),
            ..SlotQuestion::of(&form)
        };
        let pick = SlotPick::load(db, &wanted, by, clocks)?;
        let is_asked = !errors.of("duplicate").is_empty();
        Ok(Self {
            campaigns: with_current(&lists.campaigns, &form.rk),
            cities: with_current(&lists.city_names(), &form.city),
            avito: with_current(&lists.avito, &form.avito_name),
            types: type_choices(),
            equipment: equipment_choices(),
            from_call: !form.call.is_empty(),
            from_chat: FromChat::load(db, &form.avito_chatid)?,
            duplicates: Panel::load(db, &form, is_asked, clocks)?,
            readback: Readback::now(&form, clocks),
            draft_words: String::new(),
            again: "/orders/new".to_owned(),
            place,
            form,
            errors,
            draft_key,
            client,
            pick,
        })
    }

    fn error_words(&self) -> String {
        let number = u64::try_from(self.errors.count()).unwrap_or_default();
        format!(
            "Заказ не сохранён: проверьте {number} {}.",
            russian::plural(number, ["поле", "поля", "полей"])
        )
    }
}

/// The choices with the one that is shown, even when it is not offered any more.
fn with_current(names: &[String], current: &str) -> Vec<Choice> {
    let mut choices = Choice::all(names);
    if !current.is_empty() && !names.iter().any(|name| name == current) {
        choices.push(Choice::plain(current));
    }
    choices
}
