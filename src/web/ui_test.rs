//! Every shared template, rendered: the macros of `templates/ui`, the frame, sign-in, the error page.

use askama::Template;
use scraper::{Html, Selector};

use crate::domain::help::HelpPage;
use crate::domain::id::AccountId;
use crate::domain::person::WorkStatus;

struct Choice {
    value: &'static str,
    label: &'static str,
}

struct PageLink {
    label: String,
    href: String,
    is_current: bool,
}

/// What a person may type anywhere.
const HOSTILE: &str = r#"<img src=x onerror="alert(1)">'"#;

#[derive(Template)]
#[template(
    ext = "html",
    source = r#"
{%- import "ui/icons.html" as icons -%}
{%- import "ui/form.html" as form -%}
{%- import "ui/table.html" as table -%}
{%- import "ui/feedback.html" as feedback -%}
{% call icons::status("wait", "Ожидает", "hourglass") %}{% endcall %}
{% call icons::chip("ok", "phone-incoming", "из звонка") %}{% endcall %}
{% call icons::copy_button(text, "Скопировать номер") %}{% endcall %}
{% call form::field("Адрес", "address", "order-address", text, required=true, error="Добавьте дом", placeholder="Улица, дом") %}{% endcall %}
{% call form::field("Телефон", "phone", "order-phone", "+7", kind="tel", hint="Любая запись") %}{% endcall %}
{% call form::password("Пароль", "password", "new-password", "new-password") %}{% endcall %}
{% call form::textarea("Проблема", "problem", "order-problem", text, rows=4) %}{% endcall %}
{% call form::select_field("Город", "city", "order-city", choices, "2", empty="Выберите город") %}{% endcall %}
{% call form::choice_field("Техника", "type_equipment", "order-equipment", choices, chosen, error="Выберите") %}{% endcall %}
{% call form::check("Помнить", "remember", checked=true) %}{% endcall %}
{% call form::filter_select("Город", "f_city", choices, chosen) %}{% endcall %}
{% call form::filter_date("Встреча", "date", "") %}{% endcall %}
{% call form::search("q", "q", text, "Номер", "Поиск по номеру", "orders__search") %}{% endcall %}
<table><tr>{% call table::sort_head("Встреча", "/orders?sort=date", "ascending", "orders-list") %}{% endcall %}</tr></table>
{% call table::pager(1, 50, "около 12 000", pages, "", "/orders?page=2", "orders-list") %}{% endcall %}
{% call table::pending("orders") %}{% endcall %}
{% call feedback::callout("bad", text) %}<button class="btn" type="button">Повторить</button>{% endcall %}
{% call feedback::toast("bad", "Не сохранено", text) %}{% endcall %}
{% call feedback::empty("search", "Ничего не нашлось", text) %}{% endcall %}
"#
)]
struct Kit<'a> {
    text: &'a str,
    choices: Vec<Choice>,
    chosen: String,
    pages: Vec<PageLink>,
}

fn kit() -> Html {
    let kit = Kit {
        text: HOSTILE,
        choices: vec![Choice { value: "1", label: "Саратов" }, Choice { value: "2", label: "Казань" }],
        chosen: "1".to_owned(),
        pages: vec![
            PageLink { label: "1".to_owned(), href: "/orders".to_owned(), is_current: true },
            PageLink { label: "…".to_owned(), href: String::new(), is_current: false },
        ],
    };
    Html::parse_document(&kit.render().expect("the kit renders"))
}

fn count(page: &Html, selector: &str) -> usize {
    page.select(&Selector::parse(selector).expect("a valid selector")).count()
}

#[track_caller]
fn assert_one(page: &Html, selector: &str) {
    assert_eq!(count(page, selector), 1, "exactly one {selector} in {}", page.html());
}

#[test]
fn a_field_ties_its_label_and_its_error_to_the_input() {
    let page = kit();
    assert_one(&page, "label[for=order-address]");
    assert_one(
        &page,
        "input#order-address[name=address][required][aria-invalid=true][aria-describedby=order-address-error]",
    );
    assert_one(&page, "#order-address-error.field__error svg.icon");
    assert_one(&page, "input#order-phone[type=tel][aria-describedby=order-phone-hint]:not([aria-invalid])");
    assert_one(&page, "button[data-reveal=new-password]");
}

#[test]
fn choices_mark_what_is_selected() {
    let page = kit();
    assert_one(&page, "#order-city option[selected][value='2']");
    assert_one(&page, "input[type=radio][name=type_equipment][value='1'][checked]");
    assert_one(&page, ".filter--on select[name=f_city] option[selected][value='1']");
    assert_eq!(count(&page, "select[name=f_city] option"), 3, "«Все» and two cities");
}

#[test]
fn text_from_people_never_becomes_markup() {
    let page = kit();
    assert_eq!(count(&page, "img"), 0);
    let field = Selector::parse("#order-address").expect("a valid selector");
    let value = page.select(&field).next().and_then(|input| input.attr("value"));
    assert_eq!(value, Some(HOSTILE), "and comes back exactly as typed");
}

#[test]
fn list_parts_are_real_links_with_htmx_on_top() {
    let page = kit();
    assert_one(
        &page,
        "th[aria-sort=ascending] a[href='/orders?sort=date'][hx-get='/orders?sort=date'][hx-target='#orders-list']",
    );
    assert_one(&page, ".pager a[aria-current=page][href='/orders']");
    assert_one(&page, ".pager a[rel=next][href='/orders?page=2']");
    assert_one(&page, "button[data-live-pending=orders][data-many][hidden]");
}

struct ShellUser {
    id: AccountId,
    name: String,
    initials: String,
    role_label: &'static str,
    is_admin: bool,
    shows_tour: bool,
}

struct WorkStatusView {
    status: WorkStatus,
    label: &'static str,
    since_label: String,
    reasons: Vec<String>,
    amber: i64,
    red: i64,
    after_call: Option<crate::domain::person::AfterCallView>,
}

#[derive(Template)]
#[template(path = "layout.html")]
struct Layout<'a> {
    title: &'a str,
    section: &'a str,
    user: Option<ShellUser>,
    work_status: Option<WorkStatusView>,
    theme: &'a str,
    density: &'a str,
    keys: &'a str,
    sound_on: bool,
    volume: i32,
    quiet_on: bool,
    server_time: i64,
    live_mark: &'a str,
    said: String,
    help: HelpPage,
    body: String,
}

fn layout(user: Option<ShellUser>, work_status: Option<WorkStatusView>) -> String {
    let layout = Layout {
        title: "Заказы",
        section: "orders",
        user,
        work_status,
        theme: "dark",
        density: "compact",
        keys: "on",
        sound_on: true,
        volume: 60,
        quiet_on: false,
        server_time: 1_795_000_000,
        live_mark: "boot:1",
        said: HOSTILE.to_owned(),
        help: HelpPage::Orders,
        body: "<main id=\"main\"><h1>Заказы</h1></main>".to_owned(),
    };
    layout.render().expect("the frame renders")
}

fn operator() -> String {
    let user = ShellUser {
        id: AccountId(7),
        name: "Анна Белова".to_owned(),
        initials: "АБ".to_owned(),
        role_label: "Оператор",
        is_admin: false,
        shows_tour: true,
    };
    let status = WorkStatusView {
        status: WorkStatus::Online,
        label: "Онлайн",
        since_label: "с 9:00".to_owned(),
        amber: 0,
        red: 0,
        after_call: None,
        reasons: vec!["Обед".to_owned(), "Технический".to_owned()],
    };
    layout(Some(user), Some(status))
}

fn admin() -> String {
    let user = ShellUser {
        id: AccountId(1),
        name: "Пётр Ильин".to_owned(),
        initials: "ПИ".to_owned(),
        role_label: "Администратор",
        is_admin: true,
        shows_tour: false,
    };
    layout(Some(user), None)
}

#[test]
fn an_operator_sees_the_work_status_and_no_administration() {
    let page = Html::parse_document(&operator());
    assert_one(&page, "#work-status[data-status=online] form[hx-target='#work-status'] button[value=online]");
    assert_one(&page, "#work-status button[name=reason][value='Обед']");
    assert_one(&page, ".nav a[href='/orders'][aria-current=page]");
    assert_one(&page, "#incoming[hx-get='/telephony/incoming']");
    assert_eq!(count(&page, "a[href='/admin']"), 0);
    assert_eq!(count(&page, "#tour [data-tour-step]"), 5, "five hints on the first day");
}

#[test]
fn an_admin_sees_the_administration_and_takes_no_calls() {
    let page = Html::parse_document(&admin());
    assert_one(&page, ".nav a[href='/admin']");
    assert_eq!(count(&page, "#work-status, #incoming"), 0);
}

#[test]
fn a_signed_out_page_has_no_header_and_no_live_stream() {
    let page = Html::parse_document(&layout(None, None));
    assert_one(&page, "main#main h1");
    assert_eq!(count(&page, "header, nav, meta[name=live-worker]"), 0);
}

#[test]
fn the_frame_obeys_the_content_security_policy() {
    for html in [operator(), admin()] {
        let page = Html::parse_document(&html);
        assert_eq!(count(&page, "[style], [onclick], script:not([src]), style"), 0);
        assert!(!html.contains("hx-on") && !html.contains("js:"));
        assert_one(&page, "link#theme-dark[media=all]");
        assert_one(&page, "#toasts > .toast--ok");
        assert_eq!(count(&page, "#toasts img"), 0, "what was said is no markup");
    }
}

#[test]
fn the_settings_of_htmx_are_valid_json() {
    let page = Html::parse_document(&operator());
    let meta = Selector::parse("meta[name=htmx-config]").expect("a valid selector");
    let content = page.select(&meta).next().and_then(|meta| meta.attr("content")).expect("htmx-config");
    let config: serde_json::Value = serde_json::from_str(content).expect("JSON");
    assert_eq!(config["allowEval"], false);
    assert_eq!(config["responseHandling"][3]["select"], ".toast");
}

struct Rect {
    x: i32,
    y: i32,
    h: u8,
}

#[derive(Template)]
#[template(path = "login.html")]
struct Login<'a> {
    login: &'a str,
    error: Option<String>,
    why: Option<&'static str>,
    next: &'a str,
    ticket: Option<&'a str>,
    art: Vec<Rect>,
}

fn login(error: Option<String>) -> Html {
    let art = vec![Rect { x: 0, y: 48, h: 3 }];
    let page = Login { login: "a.belova", error, why: None, next: "/orders?q=1", ticket: None, art };
    Html::parse_document(&page.render().expect("the sign-in page renders"))
}

#[test]
fn a_rejected_sign_in_keeps_the_login_and_asks_for_the_password() {
    let page = login(Some("Логин или пароль не подошли.".to_owned()));
    assert_one(&page, "[role=alert]");
    assert_one(&page, "input[name=login][value='a.belova']:not([autofocus])");
    assert_one(&page, "input[name=password][aria-invalid=true][autofocus]");
    assert_one(&page, "input[name=next][value='/orders?q=1']");
}

#[derive(Template)]
#[template(path = "error.html")]
struct ErrorPage<'a> {
    status: u16,
    title: &'a str,
    message: &'a str,
    code: &'a str,
    links: Vec<Link<'a>>,
}

struct Link<'a> {
    href: &'a str,
    label: &'a str,
}

#[test]
fn an_error_page_says_what_next_and_by_which_code_to_ask() {
    let links = vec![Link { href: "/orders", label: "К заказам" }, Link { href: "/", label: "На главную" }];
    let page =
        ErrorPage {
            status: 404, title: "Нет такого заказа", message: "Он удалён.", code: "7f3a", links
        };
    let page = Html::parse_document(&page.render().expect("the error page renders"));
    assert_one(&page, "a.btn--primary[href='/orders']");
    assert!(page.root_element().text().collect::<String>().contains("404 · код 7f3a"));
}
