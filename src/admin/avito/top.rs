//! «Статистика ТОП»: the best and the worst ads of a period, by what they bring and not by how often they are looked at;
//! the curve of the days. Figures are Avito's, kept with their time; orders are ours.

use std::cmp::Ordering;
use std::collections::HashMap;

use actix_web::web::{Data, ServiceConfig, get, post};
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;
use chrono::{NaiveDate, NaiveDateTime, TimeDelta};
use chrono_tz::Europe::Moscow;

use super::queries;
use super::queries::top::{self, About, AdRow, DayRow, PERIODS};
use super::work::{Round, Work};
use crate::app::App;
use crate::auth::signed::{Admin, Signed};
use crate::chats::content::safe_url;
use crate::domain::chart::{Chart, Series};
use crate::domain::id::{AdId, AvitoId};
use crate::domain::now::Now;
use crate::domain::russian::{count, roubles};
use crate::domain::zone;
use crate::integrations::avito::queries as stored;
use crate::integrations::avito::queries::Reading;
use crate::platform::error::AppError;
use crate::web::form::{Fields, Query};
use crate::web::list::Choice;
use crate::web::page::{Page, Show};
use crate::web::path::resource;
use crate::web::reply::{Toast, list_again};

const TOOL: &str = "/admin/avito/top";
const LIST: &str = "avito-top";
/// Ads that are shown.
const SHOWN: usize = 50;
/// Days of the curve at least.
const CURVE: i64 = 14;
/// With fewer views a share of contacts says nothing.
const ENOUGH_VIEWS: i64 = 20;

pub(super) fn routes(config: &mut ServiceConfig) {
    config.service(resource(TOOL).route(get().to(show)).route(post().to(refresh)));
}

/// By what ads are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum By {
    Orders,
    Contacts,
    Views,
    Conversion,
    Spending,
}

impl By {
    const ALL: [(Self, &'static str, &'static str); 5] = [
        (Self::Orders, "orders", "По заказам"),
        (Self::Contacts, "contacts", "По контактам"),
        (Self::Views, "views", "По просмотрам"),
        (Self::Conversion, "conversion", "По конверсии"),
        (Self::Spending, "spending", "По расходу"),
    ];

    fn of(word: &str) -> Self {
        Self::ALL.into_iter().find(|(_, name, _)| *name == word).map_or(Self::Orders, |(by, ..)| by)
    }

    fn word(self) -> &'static str {
        Self::ALL.into_iter().find(|(by, ..)| *by == self).map_or("", |(_, word, _)| word)
    }
}

/// What the page is asked for.
#[derive(Clone, Debug)]
struct Wanted {
    account: Option<AvitoId>,
    days: i64,
    by: By,
    is_worst: bool,
    ad: Option<AdId>,
}

impl Wanted {
    fn of(query: &Fields) -> Self {
        let days = query.number("days").unwrap_or(30);
        Self {
            account: query.id("account"),
            days: if PERIODS.iter().any(|(known, _)| *known == days) { days } else { 30 },
            by: By::of(query.text("by")),
            is_worst: query.text("order") == "worst",
            ad: query.id("ad"),
        }
    }

    fn href(&self) -> String {
        let mut fields = Fields::default();
        if let Some(account) = self.account {
            fields.push("account", &account.to_string());
        }
        if self.days != 30 {
            fields.push("days", &self.days.to_string());
        }
        if self.by != By::Orders {
            fields.push("by", self.by.word());
        }
        if self.is_worst {
            fields.push("order", "worst");
        }
        if let Some(ad) = self.ad {
            fields.push("ad", &ad.to_string());
        }
        let query = fields.encode();
        if query.is_empty() { TOOL.to_owned() } else { format!("{TOOL}?{query}") }
    }
}

struct Tab {
    label: String,
    href: String,
    is_current: bool,
}

struct AdView {
    place: usize,
    title: String,
    url: String,
    /// «Сервис Север · Саратов».
    meta: String,
    is_shown: bool,
    views: String,
    contacts: String,
    /// «4,9 %».
    conversion: String,
    orders: String,
    /// Of the best, in per cent.
    share: i64,
    spending: String,
    /// Per order; «—» without one.
    cost: String,
    /// The days of this ad.
    href: String,
    is_open: bool,
}

struct DayView {
    day: String,
    views: String,
    contacts: String,
    favorites: String,
}

#[derive(Template)]
#[template(path = "admin/avito/top.html", blocks = ["rows"])]
struct TopPage {
    current: &'static str,
    again: String,
    tabs: Vec<Tab>,
    periods: Vec<Tab>,
    orders: Vec<Tab>,
    accounts: Vec<Choice>,
    account: String,
    days: i64,
    by: &'static str,
    order: &'static str,
    ads: Vec<AdView>,
    /// Ads there are.
    total: usize,
    sums: Sums,
    /// What the curve is of.
    curve_of: String,
    views: Chart,
    contacts: Chart,
    table: Vec<DayView>,
    all_href: String,
    /// «Итоги прочитаны 14:05, дни 13:40».
    read: String,
    /// Accounts whose figures are older than they should be.
    troubles: Vec<String>,
    progress: Option<(usize, usize)>,
}

#[derive(Default)]
struct Sums {
    views: String,
    contacts: String,
    orders: String,
    spending: String,
    cost: String,
}

impl Page for TopPage {
    fn title(&self) -> String {
        "Статистика ТОП".to_owned()
    }

    fn section(&self) -> &'static str {
        "admin"
    }

    fn part(&self, target: &str) -> Option<askama::Result<String>> {
        (target == LIST).then(|| self.as_rows().render())
    }
}

/// An ad with our orders.
struct Ranked {
    row: AdRow,
    orders: i64,
}

impl Ranked {
    fn conversion(&self) -> Option<f64> {
        (self.row.views > 0).then(|| self.row.contacts as f64 / self.row.views as f64)
    }
}

/// Puts ads in their order; what says nothing comes last in both directions.
fn rank(ads: &mut [Ranked], by: By, is_worst: bool) {
    let number = |ad: &Ranked| -> Option<f64> {
        match by {
            By::Orders => Some(ad.orders as f64),
            By::Contacts => Some(ad.row.contacts as f64),
            By::Views => Some(ad.row.views as f64),
            By::Conversion => ad.conversion().filter(|_| ad.row.views >= ENOUGH_VIEWS),
            By::Spending => ad.row.spending.map(|spending| spending as f64),
        }
    };
    ads.sort_by(|a, b| {
        let order = match (number(a), number(b)) {
            (Some(a), Some(b)) if is_worst => a.total_cmp(&b),
            (Some(a), Some(b)) => b.total_cmp(&a),
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (None, None) => Ordering::Equal,
        };
        // Of equals the one that brings more for less is better.
        let also = (b.row.contacts, a.row.spending).cmp(&(a.row.contacts, b.row.spending));
        order.then(if is_worst { also.reverse() } else { also }).then(a.row.ad.cmp(&b.row.ad))
    });
}

fn money(kopecks: i64) -> String {
    format!("{}\u{a0}₽", roubles(kopecks))
}

fn number(number: i64) -> String {
    count(number.unsigned_abs())
}

/// «4,9 %».
fn share(part: f64) -> String {
    format!("{:.1}\u{a0}%", part * 100.0).replace('.', ",")
}

impl AdView {
    fn of(ad: &Ranked, place: usize, about: &HashMap<AdId, About>, most: i64, wanted: &Wanted) -> Self {
        let known = about.get(&ad.row.ad).cloned().unwrap_or_default();
        let is_open = wanted.ad == Some(ad.row.ad);
        let here = Wanted { ad: (!is_open).then_some(ad.row.ad), ..wanted.clone() };
        let cost = ad.row.spending.filter(|_| ad.orders > 0).map(|spending| spending / ad.orders);
        Self {
            place,
            title: if known.title.is_empty() {
                format!("Объявление № {}", ad.row.ad)
            } else {
                known.title
            },
            url: safe_url(&known.url),
            meta: [ad.row.account.as_str(), known.address.as_str()]
                .into_iter()
                .filter(|part| !part.is_empty())
                .collect::<Vec<_>>()
                .join(" · "),
            is_shown: known.is_shown,
            views: number(ad.row.views),
            contacts: number(ad.row.contacts),
            conversion: ad.conversion().map_or("—".to_owned(), share),
            orders: number(ad.orders),
            share: if most > 0 { ad.orders * 100 / most } else { 0 },
            spending: ad.row.spending.map_or("—".to_owned(), money),
            cost: cost.map_or("—".to_owned(), money),
            href: here.href(),
            is_open,
        }
    }
}

/// Every day from `from` to `to`, also those nothing was told of.
fn whole_days(told: Vec<DayRow>, from: NaiveDate, to: NaiveDate) -> Vec<(NaiveDate, i64, i64, i64)> {
    let told: HashMap<String, (i64, i64, i64)> =
        told.into_iter().map(|(day, views, contacts, kept)| (day, (views, contacts, kept))).collect();
    from.iter_days()
        .take_while(|day| *day <= to)
        .map(|day| {
            let (views, contacts, kept) = told.get(&day.to_string()).copied().unwrap_or_default();
            (day, views, contacts, kept)
        })
        .collect()
}

fn curve(label: &str, colour: u8, days: &[NaiveDate], values: impl Iterator<Item = i64>) -> Chart {
    let values: Vec<i64> = values.collect();
    let labels: Vec<String> = days.iter().map(|day| day.format("%d.%m").to_string()).collect();
    let series = Series {
        label: label.to_owned(),
        colour,
        words: values.iter().map(|value| number(*value)).collect(),
        values: values.into_iter().map(|value| value as f64).collect(),
    };
    Chart::lines(&labels, &[series])
}

/// When the figures were read, and what is in the way, for the accounts that are shown.
fn freshness(
    told: &queries::Readings,
    shown: &[(AvitoId, String)],
    days: i64,
    now: Now,
) -> (String, Vec<String>) {
    let totals =
        PERIODS.iter().find(|(known, _)| *known == days).map_or(Reading::AdsMonth, |(_, what)| *what);
    let of = |id: AvitoId, what: Reading| told.get(&(id, what.as_str().to_owned()));
    let oldest = |what: Reading| -> Option<NaiveDateTime> {
        shown.iter().filter_map(|(id, _)| of(*id, what)?.good_at).min()
    };
    let at = |what: Reading| match oldest(what) {
        Some(at) => now.moment_in_words(at),
        None => "ещё не прочитаны".to_owned(),
    };
    let troubles = shown.iter().filter_map(|(id, name)| {
        let told = [totals, Reading::AdDays].into_iter().filter_map(|what| of(*id, what));
        let error = told.map(|told| told.error.clone()).find(|error| !error.is_empty())?;
        Some(format!("«{name}»: {error}"))
    });
    (format!("Итоги Авито: {}, по дням: {}.", at(totals), at(Reading::AdDays)), troubles.collect())
}

async fn page(app: &Data<App>, wanted: Wanted) -> Result<TopPage, AppError> {
    let now = app.now();
    let progress = app.avito.rounds.progress(Round::Ads.name());
    app.db
        .read(move |db| {
            let rows = queries::all(db)?;
            let names: Vec<(AvitoId, String)> = rows.iter().map(|row| (row.id, row.name.clone())).collect();
            let shown: Vec<(AvitoId, String)> = rows
                .iter()
                .filter(|row| row.is_active && row.has_keys())
                .filter(|row| wanted.account.is_none_or(|id| id == row.id))
                .map(|row| (row.id, row.name.clone()))
                .collect();
            // Avito's days are Moscow's.
            let today = zone::local(now.utc, Moscow).date();
            let since = zone::day_start(today - TimeDelta::days(wanted.days - 1), Moscow);
            let orders = top::orders_by_ad(db, since)?;
            let mut ads: Vec<Ranked> = top::ads(db, wanted.account, wanted.days)?
                .into_iter()
                .map(|row| Ranked { orders: orders.get(&row.ad).copied().unwrap_or_default(), row })
                .collect();
            rank(&mut ads, wanted.by, wanted.is_worst);
            let total = ads.len();
            let sums = Sums::of(&ads);
            let most = ads.iter().map(|ad| ad.orders).max().unwrap_or_default();
            ads.truncate(SHOWN);
            let mut ids: Vec<AdId> = ads.iter().map(|ad| ad.row.ad).collect();
            ids.extend(wanted.ad);
            let about = top::about(db, &ids)?;
            let from = today - TimeDelta::days(wanted.days.max(CURVE) - 1);
            let days = whole_days(top::days(db, wanted.account, wanted.ad, from)?, from, today);
            let dates: Vec<NaiveDate> = days.iter().map(|(day, ..)| *day).collect();
            let curve_of = match wanted.ad {
                Some(ad) => about
                    .get(&ad)
                    .map(|about| about.title.clone())
                    .filter(|title| !title.is_empty())
                    .unwrap_or_else(|| format!("Объявление № {ad}")),
                None => "все объявления".to_owned(),
            };
            let (read, troubles) = freshness(&queries::readings(db)?, &shown, wanted.days, now);
            let tab = |label: &str, is_current: bool, other: Wanted| Tab {
                label: label.to_owned(),
                href: other.href(),
                is_current,
            };
            Ok(TopPage {
                current: "avito",
                again: wanted.href(),
                tabs: By::ALL
                    .into_iter()
                    .map(|(by, _, label)| tab(label, by == wanted.by, Wanted { by, ..wanted.clone() }))
                    .collect(),
                periods: [(1, "Сегодня"), (7, "7 дней"), (30, "30 дней")]
                    .into_iter()
                    .map(|(days, label)| tab(label, days == wanted.days, Wanted { days, ..wanted.clone() }))
                    .collect(),
                orders: [(false, "Лучшие"), (true, "Худшие")]
                    .into_iter()
                    .map(|(is_worst, label)| {
                        tab(label, is_worst == wanted.is_worst, Wanted { is_worst, ..wanted.clone() })
                    })
                    .collect(),
                accounts: Choice::ids(&names),
                account: wanted.account.map(|id| id.to_string()).unwrap_or_default(),
                days: wanted.days,
                by: wanted.by.word(),
                order: if wanted.is_worst { "worst" } else { "" },
                ads: ads
                    .iter()
                    .enumerate()
                    .map(|(place, ad)| AdView::of(ad, place + 1, &about, most, &wanted))
                    .collect(),
                total,
                sums,
                curve_of,
                views: curve("просмотры", 1, &dates, days.iter().map(|(_, views, ..)| *views)),
                contacts: curve("контакты", 3, &dates, days.iter().map(|(_, _, contacts, _)| *contacts)),
                table: days
                    .iter()
                    .rev()
                    .map(|(day, views, contacts, favorites)| DayView {
                        day: day.format("%d.%m.%Y").to_string(),
                        views: number(*views),
                        contacts: number(*contacts),
                        favorites: number(*favorites),
                    })
                    .collect(),
                all_href: Wanted { ad: None, ..wanted.clone() }.href(),
                read,
                troubles,
                progress,
            })
        })
        .await
}

impl Sums {
    fn of(ads: &[Ranked]) -> Self {
        let sum = |of: fn(&Ranked) -> i64| ads.iter().map(of).sum::<i64>();
        let spending = ads.iter().filter_map(|ad| ad.row.spending).reduce(|a, b| a + b);
        let orders = sum(|ad| ad.orders);
        let cost = spending.filter(|_| orders > 0).map(|spending| spending / orders);
        Self {
            views: number(sum(|ad| ad.row.views)),
            contacts: number(sum(|ad| ad.row.contacts)),
            orders: number(orders),
            spending: spending.map_or("—".to_owned(), money),
            cost: cost.map_or("нет заказов из чатов".to_owned(), |cost| {
                format!("{} за заказ", money(cost))
            }),
        }
    }
}

async fn show(_: Signed<Admin>, app: Data<App>, Query(query): Query) -> Result<Show<TopPage>, AppError> {
    Ok(Show::ok(page(&app, Wanted::of(&query)).await?))
}

/// Reads figures anew; Avito tells totals once a minute, so each press brings one period of each account.
async fn refresh(_: Signed<Admin>, request: HttpRequest, app: Data<App>) -> Result<HttpResponse, AppError> {
    let ids: Vec<_> =
        app.db.read(|db| Ok(stored::working(db)?)).await?.into_iter().map(|(id, _)| id).collect();
    let said = if ids.is_empty() {
        Toast::new("warn", "Читать нечего", "Включите аккаунт и введите его ключи.")
    } else if Work::of(&app).start(Round::Ads, ids) {
        Toast::new("ok", "Читаем статистику Авито", "Итоги Авито отдаёт раз в минуту: один период за раз.")
    } else {
        Toast::new("info", "Уже читаем", "")
    };
    let wanted = Wanted::of(&Fields::parse(request.query_string().as_bytes()));
    list_again(&request, (LIST, TOOL), said, page(&app, wanted)).await
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ad(id: i64, views: i64, contacts: i64, spending: Option<i64>, orders: i64) -> Ranked {
        let row =
            AdRow { avito: AvitoId(1), account: "А".to_owned(), ad: AdId(id), views, contacts, spending };
        Ranked { row, orders }
    }

    fn order(by: By, is_worst: bool) -> Vec<i64> {
        let mut ads = [
            ad(1, 1000, 10, Some(50_000), 4),
            ad(2, 100, 9, Some(90_000), 1),
            ad(3, 5, 5, None, 0),
            ad(4, 400, 40, Some(10_000), 4),
        ];
        rank(&mut ads, by, is_worst);
        ads.iter().map(|ad| ad.row.ad.0).collect()
    }

    #[test]
    fn the_best_bring_most_for_least_and_what_says_nothing_comes_last() {
        assert_eq!(order(By::Orders, false), [4, 1, 2, 3]);
        assert_eq!(order(By::Orders, true), [3, 2, 1, 4]);
        assert_eq!(order(By::Views, false), [1, 4, 2, 3]);
        assert_eq!(order(By::Conversion, false), [4, 2, 1, 3], "five views are no share");
        assert_eq!(order(By::Conversion, true), [1, 2, 4, 3]);
        assert_eq!(order(By::Spending, false), [2, 1, 4, 3]);
        assert_eq!(order(By::Spending, true), [4, 1, 2, 3], "unknown is not cheap");
    }

    #[test]
    fn days_without_events_are_days_too() {
        let day = |text: &str| text.parse::<NaiveDate>().expect("a day");
        let told = vec![("2026-11-29".to_owned(), 5, 1, 0)];
        let days = whole_days(told, day("2026-11-28"), day("2026-11-30"));
        let views: Vec<i64> = days.iter().map(|(_, views, ..)| *views).collect();
        assert_eq!(views, [0, 5, 0]);
    }
}
