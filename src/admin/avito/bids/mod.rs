//! «БидМенеджер»: bids of ads within an admin's limits, what rules would do next and why before they do it, a change with
//! a preview, the journal and the way back.

mod rules;
pub mod work;

use std::collections::HashMap;

use actix_web::web::{Data, Path, ServiceConfig, get, post};
use actix_web::{Either, HttpRequest, HttpResponse};
use askama::Template;
use chrono_tz::Europe::Moscow;

use self::rules::{AdState, Steering, day_cost};
use self::work::{Hands, STEERING, Wanted};
use super::queries;
use super::queries::bids::{self, BidRow, ChangeRow, ChangeState};
use super::queries::top;
use super::work::{Round, Work};
use crate::app::App;
use crate::auth::signed::{Admin, Signed};
use crate::domain::id::{AdId, AvitoId, BidChangeId};
use crate::domain::money;
use crate::domain::now::Now;
use crate::domain::russian::{count, plural, roubles};
use crate::domain::zone;
use crate::integrations::avito::queries as stored;
use crate::integrations::avito::queries::Reading;
use crate::platform::audit::{self, Entry};
use crate::platform::error::AppError;
use crate::platform::live::Event;
use crate::platform::settings;
use crate::web::admin_list::AdminList;
use crate::web::field_errors::FieldErrors;
use crate::web::form::{Fields, Form, Query};
use crate::web::form_page::FormPage;
use crate::web::list::Choice;
use crate::web::page::{Page, Show};
use crate::web::path::resource;
use crate::web::reply::{Saved, Toast, list_again};

const TOOL: &str = "/admin/avito/bids";
const LIST: &str = "avito-bids";
const PLACE: AdminList = AdminList { path: TOOL, target: LIST, label: "БидМенеджер" };
/// Lines of the journal.
const LOGGED: i64 = 100;

pub(super) fn routes(config: &mut ServiceConfig) {
    config
        .service(resource(TOOL).route(get().to(show)).route(post().to(refresh)))
        .service(resource("/admin/avito/bids/apply").route(post().to(apply)))
        .service(resource("/admin/avito/bids/rules").route(post().to(steer)))
        .service(resource("/admin/avito/bids/changes/{id}/undo").route(post().to(undo)))
        .service(resource("/admin/avito/{id}/bids/day").route(post().to(set_day)))
        .service(resource("/admin/avito/{id}/bids/{number}").route(get().to(edit)).route(post().to(change)))
        .service(resource("/admin/avito/{id}/bids/{number}/limits").route(post().to(limit)));
}

struct BidView {
    avito: AvitoId,
    ad: AdId,
    title: String,
    account: String,
    bid: String,
    /// «Авито советует 110 ₽», or what else is set.
    more: String,
    /// «40 %», or «—».
    compare: String,
    from: String,
    to: String,
    contacts: String,
    contact_cost: String,
    order_cost: String,
    is_dear: bool,
    /// «86 ₽», or empty.
    next: String,
    why: String,
    /// Where a bid by hand is possible.
    is_manual: bool,
}

struct ChangeView {
    id: BidChangeId,
    title: String,
    account: String,
    at: String,
    by: String,
    /// «92 → 86 ₽».
    what: String,
    why: String,
    kind: &'static str,
    icon: &'static str,
    state: &'static str,
    error: String,
    can_undo: bool,
    undone: String,
}

struct DayView {
    avito: AvitoId,
    name: String,
    limit: String,
}

#[derive(Template)]
#[template(path = "admin/avito/bids.html", blocks = ["rows"])]
struct BidsPage {
    current: &'static str,
    again: String,
    accounts: Vec<Choice>,
    account: String,
    bids: Vec<BidView>,
    changes: Vec<ChangeView>,
    days: Vec<DayView>,
    steering: SteeringForm,
    is_on: bool,
    spent: String,
    spent_of: String,
    contacts: String,
    contact_cost: String,
    orders: String,
    order_cost: String,
    by_rules: String,
    /// How many bids rules would change.
    planned: usize,
    /// «8 720 ₽».
    day: String,
    /// What «Применить» may do: `AD:BID,…`.
    plan: String,
    read: String,
    troubles: Vec<String>,
    progress: Option<(usize, usize)>,
}

/// How rules steer, as it stands in fields.
struct SteeringForm {
    contact: String,
    order: String,
    contacts: String,
    step: String,
    compare: String,
}

impl SteeringForm {
    fn of(steering: &Steering) -> Self {
        Self {
            contact: roubles(steering.contact_cost),
            order: roubles(steering.order_cost),
            contacts: steering.least_contacts.to_string(),
            step: steering.step.to_string(),
            compare: steering.compare.to_string(),
        }
    }
}

impl Page for BidsPage {
    fn title(&self) -> String {
        "БидМенеджер".to_owned()
    }

    fn section(&self) -> &'static str {
        "admin"
    }

    fn part(&self, target: &str) -> Option<askama::Result<String>> {
        (target == LIST).then(|| self.as_rows().render())
    }
}

fn money_of(kopecks: i64) -> String {
    format!("{}\u{a0}₽", roubles(kopecks))
}

fn or_dash(kopecks: Option<i64>) -> String {
    kopecks.map_or("—".to_owned(), money_of)
}

impl BidView {
    fn of(
        (row, account, state): &(BidRow, String, AdState),
        title: String,
        step: Option<&rules::Step>,
        steering: &Steering,
    ) -> Self {
        let more = match (row.bid, row.recommended, row.budget) {
            (None, _, Some(budget)) => format!("бюджет {} ({})", money_of(budget), row.budget_type),
            (_, Some(recommended), _) => format!("Авито советует {}", money_of(recommended)),
            _ => String::new(),
        };
        let forecast = row.bid.and_then(|bid| state.forecast(bid));
        let more = match forecast {
            Some((least, most)) if most > 0 && more.is_empty() => format!("ждёт {least}–{most} контактов"),
            Some((least, most)) if most > 0 => format!("{more}, ждёт {least}–{most} контактов"),
            _ => more,
        };
        let edge = |of: fn((i64, i64)) -> i64| state.limits.map(of).map(roubles).unwrap_or_default();
        Self {
            avito: row.avito_id,
            ad: row.ad_id,
            title,
            account: account.clone(),
            bid: or_dash(row.bid),
            more,
            compare: row
                .bid
                .and_then(|bid| state.compare(bid))
                .map_or("—".to_owned(), |percent| format!("{percent}\u{a0}%")),
            from: edge(|(from, _)| from),
            to: edge(|(_, to)| to),
            contacts: count(state.contacts.unsigned_abs()),
            contact_cost: or_dash(state.contact_cost()),
            order_cost: or_dash(state.order_cost()),
            is_dear: state.order_cost().is_some_and(|cost| cost > steering.order_cost),
            next: step.and_then(|step| step.bid).map(money_of).unwrap_or_default(),
            why: step.map(|step| step.why.clone()).unwrap_or_default(),
            is_manual: row.bid.is_some() || row.most_bid > 0,
        }
    }
}

impl ChangeView {
    fn of(row: ChangeRow, titles: &HashMap<AdId, top::About>, now: Now) -> Self {
        let (kind, icon, state) = match row.state {
            ChangeState::Open => ("warn", "help-circle", "проверяем"),
            ChangeState::Done => ("ok", "check", "изменено"),
            ChangeState::Failed => ("bad", "alert-circle", "не изменено"),
        };
        let mut what = format!("{} → {}", row.old_bid.map_or("—".to_owned(), roubles), money_of(row.new_bid));
        if let Some(limit) = row.new_limit {
            what.push_str(&format!(", день до {}", money_of(limit)));
        }
        Self {
            id: row.id,
            title: named(titles, row.ad),
            account: row.account,
            at: now.moment_in_words(row.at),
            by: row.by.map_or("правило".to_owned(), |name| crate::domain::russian::short_name(&name)),
            what,
            why: row.why,
            kind,
            icon,
            state,
            error: row.error,
            can_undo: row.state == ChangeState::Done && row.old_bid.is_some() && row.undone_at.is_none(),
            undone: row.undone_at.map(|at| format!("возвращено {}", now.moment(at))).unwrap_or_default(),
        }
    }
}

fn named(titles: &HashMap<AdId, top::About>, ad: AdId) -> String {
    match titles.get(&ad).map(|about| about.title.as_str()) {
        Some(title) if !title.is_empty() => title.to_owned(),
        _ => format!("Объявление № {ad}"),
    }
}

async fn page(app: &Data<App>, query: &Fields) -> Result<BidsPage, AppError> {
    let now = app.now();
    let progress = app.avito.rounds.progress(Round::Bids.name());
    let account: Option<AvitoId> = query.id("account");
    app.db
        .read(move |db| {
            let steering = work::steering(db)?;
            let states = work::states(db, account, now.utc)?;
            let steps = work::planned(db, &states, &steering)?;
            let journal = bids::journal(db, LOGGED)?;
            let mut ads: Vec<AdId> = states.iter().map(|(row, ..)| row.ad_id).collect();
            ads.extend(journal.iter().map(|row| row.ad));
            let titles = top::about(db, &ads)?;
            let rows = queries::all(db)?;
            let shown: Vec<_> = rows
                .iter()
                .filter(|row| row.is_active && row.has_keys())
                .filter(|row| account.is_none_or(|id| id == row.id))
                .collect();
            let names: Vec<(AvitoId, String)> = rows.iter().map(|row| (row.id, row.name.clone())).collect();
            let limits = bids::day_limits(db)?;
            let today = zone::day_start(zone::local(now.utc, Moscow).date(), Moscow);
            let (totals, orders) = (top::ads(db, account, 1)?, top::orders_by_ad(db, today)?);
            let spent: i64 = totals.iter().filter_map(|ad| ad.spending).sum();
            let contacts: i64 = totals.iter().map(|ad| ad.contacts).sum();
            let orders: i64 = totals.iter().filter_map(|ad| orders.get(&ad.ad)).sum();
            let day_limit: Option<i64> = shown
                .iter()
                .map(|row| limits.get(&row.id).copied())
                .collect::<Option<Vec<_>>>()
                .filter(|all| !all.is_empty())
                .map(|all| all.iter().sum());
            let plan: Vec<(AdId, i64)> =
                steps.values().filter_map(|step| step.bid.map(|bid| (step.ad, bid))).collect();
            let only: Vec<AdState> = states.iter().map(|(.., state)| state.clone()).collect();
            let ordered: Vec<rules::Step> = states
                .iter()
                .filter_map(|(row, ..)| steps.get(&(row.avito_id, row.ad_id)).cloned())
                .collect();
            let told = queries::readings(db)?;
            let of = |id: AvitoId| told.get(&(id, Reading::Bids.as_str().to_owned()));
            let oldest = shown.iter().filter_map(|row| of(row.id)?.good_at).min();
            let troubles = shown.iter().filter_map(|row| {
                let error = of(row.id)?.error.clone();
                (!error.is_empty()).then(|| format!("«{}»: {error}", row.name))
            });
            let made = bids::made_by_rules(db, today)?.unsigned_abs();
            let each = |sum: i64, by: i64| if by > 0 { money_of(sum / by) } else { "—".to_owned() };
            Ok(BidsPage {
                current: "avito",
                again: account.map_or(TOOL.to_owned(), |id| format!("{TOOL}?account={id}")),
                accounts: Choice::ids(&names),
                account: account.map(|id| id.to_string()).unwrap_or_default(),
                bids: states
                    .iter()
                    .map(|state| {
                        let (row, ..) = state;
                        let step = steps.get(&(row.avito_id, row.ad_id));
                        BidView::of(state, named(&titles, row.ad_id), step, &steering)
                    })
                    .collect(),
                changes: journal.into_iter().map(|row| ChangeView::of(row, &titles, now)).collect(),
                days: shown
                    .iter()
                    .map(|row| DayView {
                        avito: row.id,
                        name: row.name.clone(),
                        limit: limits.get(&row.id).map(|limit| roubles(*limit)).unwrap_or_default(),
                    })
                    .collect(),
                spent: money_of(spent),
                spent_of: day_limit
                    .map_or("предел дня задан не у всех".to_owned(), |limit| {
                        format!("из {}", money_of(limit))
                    }),
                contacts: count(contacts.unsigned_abs()),
                contact_cost: format!("{} за контакт", each(spent, contacts)),
                orders: count(orders.unsigned_abs()),
                order_cost: format!("{} за заказ", each(spent, orders)),
                by_rules: format!("{made} {}", plural(made, ["раз", "раза", "раз"])),
                planned: plan.len(),
                day: money_of(day_cost(&only, &ordered)),
                plan: plan.iter().map(|(ad, bid)| format!("{ad}:{bid}")).collect::<Vec<_>>().join(","),
                is_on: steering.is_on,
                steering: SteeringForm::of(&steering),
                read: oldest
                    .map_or("ещё не прочитаны".to_owned(), |at| now.moment_in_words(at)),
                troubles: troubles.collect(),
                progress,
            })
        })
        .await
}

async fn show(_: Signed<Admin>, app: Data<App>, Query(query): Query) -> Result<Show<BidsPage>, AppError> {
    Ok(Show::ok(page(&app, &query).await?))
}

async fn again(request: &HttpRequest, app: &Data<App>, said: Toast) -> Result<HttpResponse, AppError> {
    let query = Fields::parse(request.query_string().as_bytes());
    list_again(request, (LIST, TOOL), said, page(app, &query)).await
}

async fn refresh(_: Signed<Admin>, request: HttpRequest, app: Data<App>) -> Result<HttpResponse, AppError> {
    let ids: Vec<_> =
        app.db.read(|db| Ok(stored::working(db)?)).await?.into_iter().map(|(id, _)| id).collect();
    let said = if ids.is_empty() {
        Toast::new("warn", "Читать нечего", "Включите аккаунт и введите его ключи.")
    } else if Work::of(&app).start(Round::Bids, ids) {
        Toast::new("ok", "Читаем ставки Авито", "По двадцать объявлений в минуту.")
    } else {
        Toast::new("info", "Уже читаем", "")
    };
    again(&request, &app, said).await
}

/// Does what was planned when the page was shown, as far as it is still planned.
async fn apply(
    admin: Signed<Admin>,
    request: HttpRequest,
    app: Data<App>,
    Form(fields): Form,
) -> Result<HttpResponse, AppError> {
    let plan: Vec<(AdId, i64)> = fields
        .text("plan")
        .split(',')
        .filter_map(|part| {
            let (ad, bid) = part.split_once(':')?;
            Some((ad.parse().ok()?, bid.parse().ok()?))
        })
        .collect();
    let wanted = plan.len();
    let (made, failed) = work::apply(&Hands::of(&app), None, Some(plan), Some(admin.id)).await?;
    let said = match failed.first() {
        Some(why) => Toast::new("bad", format!("Изменено ставок: {made} из {wanted}"), why.clone()),
        None if made == wanted => Toast::ok(format!("Изменено ставок: {made}")),
        None => Toast::new(
            "warn",
            format!("Изменено ставок: {made} из {wanted}"),
            "С тех пор, как открыли страницу, план изменился. Посмотрите его ещё раз.",
        ),
    };
    again(&request, &app, said).await
}

async fn steer(
    admin: Signed<Admin>,
    request: HttpRequest,
    app: Data<App>,
    Form(fields): Form,
) -> Result<HttpResponse, AppError> {
    let wrong = |words: &str| AppError::BadRequest(words.to_owned());
    let sum =
        |name: &str| money::parse(fields.text(name)).map_err(|error| AppError::BadRequest(error.to_string()));
    let number = |name: &str, range: std::ops::RangeInclusive<i64>, words: &str| {
        fields.number(name).filter(|n| range.contains(n)).ok_or_else(|| wrong(words))
    };
    let wanted = Steering {
        is_on: fields.text("is_on") == "1",
        contact_cost: sum("contact")?,
        order_cost: sum("order")?,
        least_contacts: number("contacts", 1..=1000, "Контактов для решения: от 1 до 1000.")?,
        step: number("step", 1..=50, "Шаг: от 1 до 50 процентов.")?,
        compare: number("compare", 0..=100, "Сравнение: от 0 до 100 процентов.")?,
    };
    let (by, now) = (admin.id, app.clock.now());
    let is_on = wanted.is_on;
    app.db
        .write(move |tx| {
            settings::put_json(tx.db, STEERING, &wanted, now)?;
            let detail = format!(
                "{}; контакт до {}, заказ до {}, шаг {} %, сравнение {} %, контактов от {}",
                if wanted.is_on { "меняет сам" } else { "сам не меняет" },
                money_of(wanted.contact_cost),
                money_of(wanted.order_cost),
                wanted.step,
                wanted.compare,
                wanted.least_contacts
            );
            let entry =
                Entry { by, action: "avito.bid-rules", subject: "БидМенеджер", detail: &detail };
            audit::record(tx, &entry, now)?;
            tx.announce(Event::Avito(AvitoId(0)));
            Ok(())
        })
        .await?;
    let said = if is_on {
        "Правила сохранены, раз в час меняют ставки"
    } else {
        "Правила сохранены, сами не меняют"
    };
    again(&request, &app, Toast::ok(said)).await
}

/// A sum that may be left out.
fn sum_or_none(text: &str) -> Result<Option<i64>, AppError> {
    if text.trim().is_empty() {
        return Ok(None);
    }
    let sum = money::parse(text).map_err(|error| AppError::BadRequest(error.to_string()))?;
    if sum == 0 {
        Err(AppError::BadRequest("Сумма больше нуля.".to_owned()))
    } else {
        Ok(Some(sum))
    }
}

async fn limit(
    admin: Signed<Admin>,
    request: HttpRequest,
    app: Data<App>,
    path: Path<(AvitoId, AdId)>,
    Form(fields): Form,
) -> Result<HttpResponse, AppError> {
    let key = path.into_inner();
    app.db.read(move |db| bids::one(db, key.0, key.1)?.map(|_| ()).ok_or(AppError::NotFound)).await?;
    let limits = match (sum_or_none(fields.text("from"))?, sum_or_none(fields.text("to"))?) {
        (None, None) => None,
        (Some(from), Some(to)) if from <= to => Some((from, to)),
        _ => return Err(AppError::BadRequest("Укажите «от» и «до», «от» не больше «до».".to_owned())),
    };
    let (by, now) = (admin.id, app.clock.now());
    app.db.write(move |tx| Ok(bids::set_limits(tx, key, limits, by, now)?)).await?;
    again(
        &request,
        &app,
        Toast::ok(if limits.is_some() {
            "Пределы сохранены"
        } else {
            "Пределы сняты"
        }),
    )
    .await
}

async fn set_day(
    admin: Signed<Admin>,
    request: HttpRequest,
    app: Data<App>,
    id: Path<AvitoId>,
    Form(fields): Form,
) -> Result<HttpResponse, AppError> {
    let id = id.into_inner();
    app.db.read(move |db| queries::by_id(db, id)?.map(|_| ()).ok_or(AppError::NotFound)).await?;
    let limit = sum_or_none(fields.text("limit"))?;
    let (by, now) = (admin.id, app.clock.now());
    app.db.write(move |tx| Ok(bids::set_day_limit(tx, id, limit, by, now)?)).await?;
    again(&request, &app, Toast::ok("Предел дня сохранён")).await
}

#[derive(Template)]
#[template(path = "admin/avito/bid.html")]
struct BidFields {
    errors: FieldErrors,
    bid: String,
    limit: String,
    /// «92 ₽».
    now: String,
    range: String,
    limits: String,
    /// Bid, comparison, forecast: to choose from.
    choices: Vec<(String, String, String)>,
    /// What would be, before it is done.
    preview: Vec<String>,
}

struct Chosen {
    row: BidRow,
    state: AdState,
    title: String,
}

async fn chosen(app: &Data<App>, (id, ad): (AvitoId, AdId)) -> Result<Chosen, AppError> {
    let now = app.clock.now();
    app.db
        .read(move |db| {
            let all = work::states(db, Some(id), now)?;
            let (row, _, state) =
                all.into_iter().find(|(row, ..)| row.ad_id == ad).ok_or(AppError::NotFound)?;
            let title = named(&top::about(db, &[ad])?, ad);
            Ok(Chosen { row, state, title })
        })
        .await
}

fn form(
    chosen: &Chosen,
    bid: String,
    limit: String,
    errors: FieldErrors,
    preview: Vec<String>,
) -> Result<FormPage, AppError> {
    let Chosen { row, state, title } = chosen;
    let choices = state.forecasts.iter().map(|one| {
        let compare = one.compare.map_or("—".to_owned(), |percent| format!("{percent}\u{a0}%"));
        (money_of(one.bid), compare, format!("{}–{}", one.least, one.most))
    });
    let span = |(least, most): (i64, i64)| {
        if most >= i64::MAX / 4 {
            format!("от {}", money_of(least))
        } else {
            format!("{}–{}", roubles(least), money_of(most))
        }
    };
    let fields = BidFields {
        errors,
        bid,
        limit,
        now: or_dash(row.bid),
        range: span(state.range),
        limits: state.limits.map_or("не заданы".to_owned(), span),
        choices: choices.collect(),
        preview,
    };
    let action = format!("/admin/avito/{}/bids/{}", row.avito_id, row.ad_id);
    Ok(FormPage::new(format!("Ставка: {title}"), action, PLACE, &fields)?)
}

async fn edit(
    _: Signed<Admin>,
    app: Data<App>,
    path: Path<(AvitoId, AdId)>,
) -> Result<Show<FormPage>, AppError> {
    let chosen = chosen(&app, path.into_inner()).await?;
    let bid = chosen.row.bid.map(roubles).unwrap_or_default();
    let limit = chosen.row.day_limit.map(roubles).unwrap_or_default();
    Ok(form(&chosen, bid, limit, FieldErrors::default(), Vec::new())?.shown())
}

/// What a change would bring, in words.
fn preview(state: &AdState, row: &BidRow, bid: i64, limit: Option<i64>) -> Vec<String> {
    let mut words = vec![format!("Ставка {} → {}", or_dash(row.bid), money_of(bid))];
    if let Some(limit) = limit {
        words.push(format!("Предел дня {} → {}", or_dash(row.day_limit), money_of(limit)));
    }
    let compare =
        |bid: i64| state.compare(bid).map_or("—".to_owned(), |percent| format!("{percent}\u{a0}%"));
    words.push(format!("Сравнение {} → {}", row.bid.map_or("—".to_owned(), compare), compare(bid)));
    if let Some((least, most)) = state.forecast(bid) {
        words.push(format!("Авито ждёт контактов: {least}–{most}"));
    }
    if let (Some(was), Some(spending)) = (row.bid.filter(|was| *was > 0), state.spending) {
        let day = spending / 7;
        words.push(format!(
            "День обойдётся примерно в {} вместо {}",
            money_of(day * bid / was),
            money_of(day)
        ));
    }
    words
}

async fn change(
    admin: Signed<Admin>,
    app: Data<App>,
    path: Path<(AvitoId, AdId)>,
    Form(fields): Form,
) -> Result<Either<Saved, Show<FormPage>>, AppError> {
    let key = path.into_inner();
    let chosen = chosen(&app, key).await?;
    let (typed, typed_limit) = (fields.text("bid").to_owned(), fields.text("limit").to_owned());
    let mut errors = FieldErrors::default();
    let bid = errors.keep("bid", money::parse(&typed).map_err(|error| error.to_string()));
    let limit = match typed_limit.trim() {
        "" => None,
        text => errors.keep("limit", money::parse(text).map_err(|error| error.to_string())),
    };
    let limit = limit.filter(|limit| chosen.row.day_limit != Some(*limit));
    if let Some(why) = bid.and_then(|bid| rules::refusal(&chosen.state, bid)) {
        errors.add("bid", why);
    }
    if limit.is_some_and(|limit| limit < chosen.row.least_limit || limit > chosen.row.most_limit) {
        errors.add(
            "limit",
            format!(
                "Авито принимает от {} до {}",
                money_of(chosen.row.least_limit),
                money_of(chosen.row.most_limit)
            ),
        );
    }
    let Some(bid) = bid.filter(|_| errors.is_empty()) else {
        return Ok(Either::Right(form(&chosen, typed, typed_limit, errors, Vec::new())?.refused("")));
    };
    // What was looked at is what is done: other sums are looked at again.
    let seen = format!("{bid} {}", limit.unwrap_or_default());
    if fields.text("seen") != seen {
        let mut words = preview(&chosen.state, &chosen.row, bid, limit);
        words.insert(0, seen);
        return Ok(Either::Right(form(&chosen, typed, typed_limit, errors, words)?.shown()));
    }
    let wanted =
        Wanted { avito: key.0, ad: key.1, bid, limit, by: Some(admin.id), why: "вручную".to_owned() };
    match work::change(&Hands::of(&app), wanted).await? {
        Ok(()) => Ok(Either::Left(Saved::to(TOOL, LIST, "Ставка изменена"))),
        Err(why) => Ok(Either::Right(form(&chosen, typed, typed_limit, errors, Vec::new())?.refused(why))),
    }
}

/// Sets what was before, unless it has been changed since.
async fn undo(
    admin: Signed<Admin>,
    request: HttpRequest,
    app: Data<App>,
    id: Path<BidChangeId>,
) -> Result<HttpResponse, AppError> {
    let (id, now) = (id.into_inner(), app.clock.now());
    let (row, current) = app
        .db
        .read(move |db| {
            let row = bids::change(db, id)?.ok_or(AppError::NotFound)?;
            let current = bids::one(db, row.avito, row.ad)?.and_then(|bid| bid.bid);
            Ok((row, current))
        })
        .await?;
    let (Some(old), ChangeState::Done, None) = (row.old_bid, row.state, row.undone_at) else {
        return again(&request, &app, Toast::new("warn", "Возвращать нечего", "")).await;
    };
    if current != Some(row.new_bid) {
        let said = Toast::new("warn", "Ставку с тех пор меняли", "Верните её вручную, если она ещё нужна.");
        return again(&request, &app, said).await;
    }
    let wanted = Wanted {
        avito: row.avito,
        ad: row.ad,
        bid: old,
        limit: row.old_limit.filter(|_| row.new_limit.is_some()),
        by: Some(admin.id),
        why: format!("возврат изменения от {}", app.now().moment(row.at)),
    };
    let said = match work::change(&Hands::of(&app), wanted).await? {
        Ok(()) => {
            app.db.write(move |tx| Ok(bids::note_undone(tx, id, now)?)).await?;
            Toast::ok("Прежняя ставка возвращена")
        }
        Err(why) => Toast::new("bad", "Ставка не возвращена", why),
    };
    again(&request, &app, said).await
}
