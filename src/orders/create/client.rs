//! The client beside the form of a new order: who it is, what was ordered before, which type the order probably
//! has.

use actix_web::web::Data;
use askama::Template;
use diesel::QueryResult;

use super::suggest_type::{Past, Suggestion, suggest};
use crate::app::App;
use crate::auth::signed::{Anyone, Signed};
use crate::domain::id::OrderId;
use crate::domain::order::{StatusOrder, TypeEquipment, TypeOrder};
use crate::domain::phone::Phone;
use crate::orders::list::rows::{CallLine, Clocks, RowView};
use crate::orders::queries::{clients as past, one};
use crate::platform::db::Db;
use crate::platform::error::AppError;
use crate::web::form::Query;
use crate::web::list::Choice;
use crate::web::page::Fragment;
use crate::{catalogs, clients};

const SHOWN: i64 = 5;

/// What is known of the number that was typed.
#[derive(Clone, Debug, Default)]
pub struct ClientPane {
    /// «+7 900 123-45-67», or empty when it is no number.
    pub phone: String,
    /// Empty when unknown.
    pub name: String,
    /// Newest orders.
    pub orders: Vec<RowView>,
    /// Newest calls.
    pub calls: Vec<CallLine>,
    /// The probable type.
    pub suggestion: Option<Suggestion>,
    /// What colleagues should know before they promise anything; empty when there is nothing.
    pub warning: String,
    /// «Отказов раньше: 2», or empty.
    pub refusals: String,
    /// Numbers of orders that are still open.
    pub open: Vec<OrderId>,
}

impl ClientPane {
    /// Reads what is known of the client with the number `typed`.
    pub fn load(
        db: &mut Db,
        typed: &str,
        equipment: Option<TypeEquipment>,
        clocks: &Clocks,
    ) -> QueryResult<Self> {
        let Ok(phone) = Phone::typed(typed) else { return Ok(Self::default()) };
        let mut pane = Self { phone: phone.pretty(), ..Self::default() };
        let Some(client_id) = clients::queries::by_number(db, phone.digits())? else {
            pane.suggestion = Some(suggest(&[], 0, equipment, clocks.now));
            return Ok(pane);
        };
        let (orders, count) = past::past_orders(db, client_id, None, SHOWN)?;
        let known: Vec<Past> = orders
            .iter()
            .map(|order| Past {
                id: order.id,
                equipment: order.type_equipment,
                status: order.status_order,
                closed: order.closing_data,
            })
            .collect();
        pane.suggestion = Some(suggest(&known, count, equipment, clocks.now));
        pane.open = orders.iter().filter(|o| o.status_order.is_open()).map(|o| o.id).collect();
        let refused = orders.iter().filter(|o| o.status_order == StatusOrder::Refused).count();
        if refused > 0 {
            pane.refusals = format!("Отказов среди последних заказов: {refused}");
        }
        pane.name = past::name(db, client_id)?;
        pane.warning = clients::queries::warning(db, client_id)?.map(|said| said.text).unwrap_or_default();
        pane.orders = orders.into_iter().map(|order| RowView::new(order, clocks)).collect();
        let calls = one::calls_of_client(db, client_id, SHOWN)?;
        pane.calls = calls.into_iter().map(|call| CallLine::of(call, clocks)).collect();
        Ok(pane)
    }

    /// The suggested type as text, or empty.
    pub fn suggested(&self) -> &'static str {
        self.suggestion.as_ref().map_or("", |s| s.type_order.as_str())
    }
}

/// Впервые, Повтор, Гарантия to choose from.
pub fn type_choices() -> Vec<Choice> {
    TypeOrder::ALL.iter().map(|t| Choice::plain(t.as_str())).collect()
}

/// The pane alone, and the type it suggests in the place of the one suggested before.
#[derive(Template)]
#[template(path = "orders/client.html")]
pub struct ClientAnswer {
    client: ClientPane,
    types: Vec<Choice>,
    /// The type to show as chosen; `None` leaves the person's own choice alone.
    chosen: Option<&'static str>,
}

/// Answers the pane of `phone`. `type_order` and `suggested` say what the form shows and what was suggested.
pub async fn pane(
    _: Signed<Anyone>,
    app: Data<App>,
    Query(query): Query,
) -> Result<Fragment<ClientAnswer>, AppError> {
    let (business, now) = (app.config.business_zone, app.clock.now());
    app.db
        .read(move |db| {
            let cities = catalogs::queries::cities(db)?;
            let clocks = Clocks { now, business, cities: &cities };
            let equipment = TypeEquipment::parse(query.text("type_equipment"));
            let client = ClientPane::load(db, query.text("phone"), equipment, &clocks)?;
            let shown = query.text("type_order");
            let is_own_choice = !shown.is_empty() && shown != query.text("suggested");
            let suggested = client.suggested();
            let chosen = (!is_own_choice && !suggested.is_empty()).then_some(suggested);
            Ok(Fragment::ok(ClientAnswer { client, types: type_choices(), chosen }))
        })
        .await
}
