//! `/orders`: filters, slot grid and table of one address. The whole page, its rows (`orders`) or its grid
//! (`slots-card`) are answered from the same address, so that reloading, sharing and live updates agree.

use actix_web::http::{StatusCode, header};
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, Responder};
use askama::Template;
use chrono::NaiveDate;

use super::bar::{Bar, Owner, PAGE, Refusal};
use super::columns::{Key, Layout};
use super::filter::{OrderFilter, address, address_with};
use super::rows::{Clocks, RowView};
use super::slot_grid::SlotsView;
use crate::app::App;
use crate::auth::signed::{Anyone, Signed};
use crate::catalogs;
use crate::domain::city::City;
use crate::domain::id::OrderId;
use crate::domain::order::{StatusOrder, TypeEquipment, TypeOrder};
use crate::domain::russian;
use crate::orders::queries::drafts;
use crate::orders::queries::list::{self, FoundOrders};
use crate::platform::db::Db;
use crate::platform::error::AppError;
use crate::tables::layout::Key as _;
use crate::tables::queries::saved_filters;
use crate::tables::{queries as tables, sheet};
use crate::web::form::{Fields, Query};
use crate::web::list::{Choice, Pager, Slice};
use crate::web::page::{Page, Show};
use crate::web::request;

/// The list of orders.
pub async fn index(
    person: Signed<Anyone>,
    request: HttpRequest,
    app: Data<App>,
    Query(fields): Query,
) -> Result<HttpResponse, AppError> {
    let owner = Owner::of(&person);
    if request.query_string().is_empty() && !request::is_fragment_request(&request) {
        let own = app.db.read(move |db| Ok(saved_filters::default_query(db, PAGE, owner.id)?)).await?;
        if let Some(query) = own {
            let to = format!("/orders?{query}");
            return Ok(HttpResponse::Found().insert_header((header::LOCATION, to)).finish());
        }
    }
    let push = (request::wanted_part(&request) == Some("main")).then(|| address(&fields));
    let response = show(&request, &app, owner, fields, None, StatusCode::OK).await?;
    Ok(match push {
        Some(address) => request::pushing(response, &address),
        None => response,
    })
}

/// The list of `fields` for `owner`, with what was wrong with a form of its bar.
pub(super) async fn show(
    request: &HttpRequest,
    app: &App,
    owner: Owner,
    fields: Fields,
    refusal: Option<Refusal>,
    status: StatusCode,
) -> Result<HttpResponse, AppError> {
    let wanted = request::wanted_part(request).map(ToOwned::to_owned);
    let (zone, now) = (app.config.business_zone, app.clock.now());
    let page = app
        .db
        .read(move |db| {
            let cities = catalogs::queries::cities(db)?;
            let clocks = Clocks { now, business: zone, cities: &cities };
            let mut page = OrdersPage::load(db, owner, &fields, wanted.as_deref(), &clocks)?;
            if matches!(wanted.as_deref(), None | Some("main")) {
                page.bar = Some(Bar::load(db, &owner, &fields, &page.layout, refusal)?);
            }
            Ok(page)
        })
        .await?;
    Ok(Show(page, status).respond_to(request))
}

#[derive(Template)]
#[template(path = "orders/index.html", blocks = ["rows", "grid"])]
struct OrdersPage {
    fields: Fields,
    filter: OrderFilter,
    rows: Vec<RowView>,
    /// The search was given up.
    is_too_general: bool,
    layout: Layout,
    bar: Option<Bar>,
    pager: Pager,
    choices: Option<Choices>,
    slots: Option<SlotsView>,
    url: String,
    /// The order whose dialog opens over the list.
    open: Option<OrderId>,
}

/// What the filters choose from.
struct Choices {
    cities: Vec<Choice>,
    masters: Vec<Choice>,
    equipment: Vec<Choice>,
    rk: Vec<Choice>,
}

impl Page for OrdersPage {
    fn title(&self) -> String {
        "Заказы".to_owned()
    }

    fn section(&self) -> &'static str {
        "orders"
    }

    fn part(&self, target: &str) -> Option<askama::Result<String>> {
        match target {
            "main" => Some(self.render()),
            "orders" => Some(self.as_rows().render()),
            "slots-card" => Some(self.as_grid().render()),
            _ => None,
        }
    }
}

impl OrdersPage {
    fn load(
        db: &mut Db,
        owner: Owner,
        fields: &Fields,
        wanted: Option<&str>,
        clocks: &Clocks,
    ) -> diesel::QueryResult<Self> {
        let filter = OrderFilter::of(fields);
        let slice = Slice::of(fields);
        let (found, layout) = match wanted {
            Some("slots-card") => (FoundOrders::default(), Layout::default()),
            _ => (list::page(db, &filter, slice, clocks.business)?, tables::layout(db, owner.id)?),
        };
        let shown = i64::try_from(found.rows.len()).unwrap_or_default();
        let behind = found.rows.last().map(|last| last.key(filter.sort.column).to_text());
        let mut rows: Vec<RowView> =
            found.rows.into_iter().map(|order| RowView::new(order, clocks)).collect();
        if !rows.is_empty() {
            let left = drafts::orders_left(db, owner.id)?;
            rows.iter_mut().for_each(|row| row.has_draft = left.contains(&row.order.id));
        }
        let mut plain = fields.clone();
        plain.set("open", "");
        plain.set("after", "");
        let mut pager = Pager::new("/orders", &plain, slice, shown, found.total);
        if let (Some(behind), false) = (behind, pager.next.is_empty()) {
            pager.next = format!("{}&after={behind}", pager.next);
        }
        Ok(Self {
            rows,
            is_too_general: found.is_too_general,
            layout,
            bar: None,
            pager,
            choices: match wanted {
                Some("orders" | "slots-card") => None,
                _ => Some(Choices::load(db, clocks.cities)?),
            },
            slots: match wanted {
                Some("orders") => None,
                _ => Some(SlotsView::load(db, fields, &filter, clocks)?),
            },
            url: address(fields),
            open: fields.id("open"),
            fields: plain,
            filter,
        })
    }

    fn with(&self, name: &str, value: &str) -> String {
        address_with(&self.fields, &[(name, value)])
    }

    /// The head of a sortable column: a click sorts by it, another one the other way round, a third as usual.
    fn sort_link(&self, name: &str) -> String {
        let descending = format!("-{name}");
        let next = match self.fields.text("sort") {
            now if now == name => descending.as_str(),
            now if now == descending => "",
            _ => name,
        };
        self.with("sort", next)
    }

    fn sorted(&self, key: &Key) -> &'static str {
        match self.filter.sort {
            sort if Some(sort.column) != key.sort() => "",
            sort if sort.descending => "descending",
            _ => "ascending",
        }
    }

    /// The rules of the columns.
    fn sheet(&self) -> String {
        sheet::address("/orders/columns.css", &self.layout)
    }

    fn reset(&self) -> String {
        if let Some(bar) = &self.bar {
            return bar.everything.clone();
        }
        let kept = ["slots_day", "slots_city", "per_page"];
        let mut fields = Fields::default();
        for name in kept {
            fields.set(name, self.fields.text(name));
        }
        address(&fields)
    }

    fn has_status(&self, status: &StatusOrder) -> bool {
        self.filter.statuses.contains(status)
    }

    fn status_label(&self) -> String {
        match self.filter.statuses.as_slice() {
            [] => "Все".to_owned(),
            [one] => one.to_string(),
            many => format!("{}", many.len()),
        }
    }

    /// «23.11», «23.11–25.11», «с 23.11», of the first range of dates that is set.
    fn dates_label(&self) -> String {
        let short = |day: NaiveDate| russian::day_short(day, day);
        let ranges = [
            ("встреча", self.filter.meeting),
            ("закрыт", self.filter.closed),
            ("создан", self.filter.created),
        ];
        let set: Vec<String> = ranges
            .iter()
            .filter_map(|(name, range)| match *range {
                (None, None) => None,
                (Some(from), Some(to)) if from == to => Some(format!("{name} {}", short(from))),
                (Some(from), Some(to)) => Some(format!("{name} {}–{}", short(from), short(to))),
                (Some(from), None) => Some(format!("{name} с {}", short(from))),
                (None, Some(to)) => Some(format!("{name} по {}", short(to))),
            })
            .collect();
        if set.is_empty() { "любые".to_owned() } else { set.join(", ") }
    }

    fn has_dates(&self) -> bool {
        self.dates_label() != "любые"
    }

    /// «15:00 · БТ».
    fn slot_label(&self) -> Option<String> {
        let slot = self.filter.slot.as_ref()?;
        let day = russian::day_short(slot.day, slot.day);
        let equipment = self.filter.equipment.map(|e| format!(" · {e}")).unwrap_or_default();
        Some(format!("{day} {}{equipment}", slot.label()))
    }

    /// Where «+ заказ на 15:00» leads, and its words; nothing for visits outside the grid.
    fn slot_order(&self) -> Option<(String, String)> {
        let slot = self.filter.slot.as_ref().filter(|slot| slot.minute.is_some())?;
        let mut fields = Fields::default();
        fields.set("slot", &slot.to_text());
        fields.set("equipment", self.filter.equipment.map_or("", TypeEquipment::as_str));
        let city = [self.fields.text("slots_city"), self.filter.city.as_str()];
        fields.set("city", city.into_iter().find(|c| !c.is_empty()).unwrap_or_default());
        Some((format!("/orders/new?{}", fields.encode()), format!("заказ на {}", slot.label())))
    }
}

impl Choices {
    fn load(db: &mut Db, cities: &[City]) -> diesel::QueryResult<Self> {
        let mut masters =
            vec![Choice { value: "none".to_owned(), label: "Без мастера".to_owned() }];
        masters.extend(Choice::ids(&catalogs::queries::masters(db)?));
        Ok(Self {
            cities: cities.iter().map(|city| Choice::plain(&city.name)).collect(),
            masters,
            equipment: equipment_choices(),
            rk: Choice::all(&catalogs::queries::campaigns(db)?),
        })
    }
}

/// КП, БТ, МНЧ to choose from.
pub fn equipment_choices() -> Vec<Choice> {
    TypeEquipment::ALL.iter().map(|e| Choice::plain(e.as_str())).collect()
}
