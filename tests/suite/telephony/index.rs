//! The list of calls: filters, search, groups, pages; the counter of missed ones; the pages of a call and a client.

use callcentre::domain::person::Role;
use callcentre::platform::db::schema::{accounts, call_results, phones};
use diesel::prelude::*;

use crate::support::calls::{at, call, city, move_on, name_client, order};
use crate::support::{Client, Page, TestApp};

/// Ten in the morning in Moscow.
const NOW: &str = "2026-11-22T07:00:00";

async fn start() -> (TestApp, Client) {
    let app = TestApp::start().await;
    app.app.clock.stop_at(at(NOW));
    let operator = app.operator_at("Анна Белова", "101").await;
    (app, operator)
}

/// Ids of the rows, in order.
fn ids(page: &Page) -> Vec<i64> {
    let document = scraper::Html::parse_document(&format!("<table>{}</table>", page.body));
    let rows = scraper::Selector::parse("tr[id^=call-]").expect("a selector");
    document
        .select(&rows)
        .filter_map(|row| row.value().attr("id")?.strip_prefix("call-")?.parse().ok())
        .collect()
}

async fn listed(client: &Client, query: &str) -> Vec<i64> {
    let page = client.hx_get("calls", &format!("/telephony?{query}")).await;
    assert_eq!(page.status, 200, "{}", page.body);
    ids(&page)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_list_is_a_page_a_part_and_nothing_for_strangers() {
    let (app, operator) = start().await;
    let id = call("79001234567", "2026-11-22T06:00:00").of("Тверь", "Авито", "Сергей БТ").put(&app);
    let page = operator.get("/telephony").await;
    assert_eq!((page.status, page.count("h1"), page.is_fragment()), (200, 1, false));
    let row = format!("#calls #call-{id}");
    assert_eq!(page.attr(&row, "data-state").as_deref(), Some("ended"));
    let text = page.text_of(&row);
    for words in [
        "09:00",
        "+7 900 123-45-67",
        "Тверь",
        "Авито",
        "Сергей БТ",
        "+7 845 200-01-01",
        "Пропущен",
        "не перезвонили",
    ] {
        assert!(text.contains(words), "no {words} in {text}");
    }
    assert_eq!(page.attr(&format!("{row} .call__act a"), "href"), Some(format!("/orders/new?call={id}")));
    assert!(
        page.text_of(&format!("{row} button.call__main.dial")).contains("Перезвонить"),
        "owed: called back"
    );
    let heads = page.texts(".data--calls thead th");
    assert!(heads.contains(&"Номер".to_owned()), "{heads:?}");
    assert_eq!(page.texts("th.k-line [data-more], th.k-line [data-less]"), ["Источник, линия", "Линия"]);
    assert_eq!(
        page.text_of(&format!("{row} .call__line [aria-hidden]")),
        "01-01",
        "its last digits are always seen"
    );
    let part = operator.hx_get("telephony", "/telephony").await;
    assert!(part.is_fragment() && part.has("#telephony") && !part.has("main"));
    let rows = operator.hx_get("calls", "/telephony").await;
    assert!(rows.is_fragment() && !rows.has("form"));
    assert_eq!(ids(&rows), [id]);
    assert_eq!(app.anon().get("/telephony").await.status, 303);
    assert_eq!(app.anon().hx_get("calls", "/telephony").await.status, 401);
    let admin = app.admin("Ольга").await.get("/telephony").await;
    assert!(admin.has(&row) && !admin.has("#incoming"));
    assert!(!admin.has(&format!("{row} .dial")), "who has no telephone calls nobody");
    assert_eq!(admin.text_of(&format!("{row} .call__act")), "Создать заявку");
}

#[tokio::test(flavor = "multi_thread")]
async fn columns_of_calls_are_chosen_and_stay_so() {
    let (app, operator) = start().await;
    let id = call("79001234567", "2026-11-22T06:00:00").of("Тверь", "Авито", "Сергей БТ").put(&app);
    let heads = |page: &Page| page.texts(".data--calls thead th:not(.is-off)");
    let usual = operator.get("/telephony").await;
    assert_eq!(usual.count(".data--calls thead th"), 3 + 10);
    let sheet = async |page: &Page| {
        let address = page.attr("#table-sheet", "href").expect("the rules of the columns");
        let sheet = operator.get(&address).await;
        assert_eq!(sheet.status, 200);
        assert!(sheet.header("content-type").starts_with("text/css"));
        assert!(sheet.header("cache-control").contains("immutable"), "its address holds all it depends on");
        sheet.text().to_owned()
    };
    let rules = sheet(&usual).await;
    assert!(rules.contains(".data [data-column=rk] { display: none; }"), "{rules}");
    assert!(
        !rules.contains("[data-column=line] { display") && !rules.contains("[data-column=result] { display"),
        "these are always seen: {rules}"
    );
    assert!(usual.has(&format!("#call-{id} .call__rk[data-column=rk]")), "rows give way as their heads do");

    let fields = [
        ("column", "result"),
        ("column", "duration"),
        ("column", "nonsense"),
        ("column", "number"),
        ("width_number", "203"),
        ("query", "city=Тверь"),
    ];
    let answer = operator.hx_submit("telephony", "/telephony/columns", &fields).await;
    assert!(answer.status == 200 && answer.is_fragment());
    assert!(answer.has(&format!("#call-{id}")) && answer.has("select[name=city] option[selected]"));
    let own = operator.get("/telephony").await;
    assert_eq!(
        heads(&own),
        ["Вид", "Время", "Итог", "Длит.", "Номер", "Клиент", "Источник, линияЛиния", "Действия"]
    );
    assert_eq!(own.attr("th.k-number", "data-w").as_deref(), Some("200"));
    assert!(sheet(&own).await.contains(".data th[data-column=number] { width: 200px; }"));
    assert_eq!(own.count(&format!("#call-{id} > *")), 8, "also the rows");
    assert_eq!(own.count(".columns__line input[type=hidden]"), 4, "what cannot be hidden");
    let vera = app.operator_at("Вера", "102").await.get("/telephony").await;
    assert_eq!(vera.count(".data--calls thead th"), 13, "they are the person's own");
    assert_eq!(operator.get("/orders").await.count(".data--orders thead th"), 16, "and of this list");

    let plain =
        operator.submit("/telephony/columns", &[("reset", "on"), ("query", "quick=missed&x=1")]).await;
    assert_eq!((plain.status, plain.header("location")), (303, "/telephony?quick=missed&x=1"));
    assert_eq!(operator.get("/telephony").await.count(".data--calls thead th"), 13);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_toolbar_says_what_is_asked_for() {
    let (app, operator) = start().await;
    let me = app
        .read(|db| accounts::table.filter(accounts::name.eq("Анна Белова")).select(accounts::id).first(db));
    let mine = call("79000000003", "2026-11-22T05:00:00").answered(Some(me), 90).put(&app);
    let other = call("79000000001", "2026-11-21T06:00:00").put(&app);
    let day = |page: &Page| page.text_of(".calls-bar__day .filter__value");
    let all = operator.get("/telephony").await;
    assert_eq!(
        (day(&all).as_str(), all.texts(".calls-bar__quick a[aria-current]")),
        ("все даты", vec!["Все".to_owned()])
    );
    let own = all.attr(".calls-bar__quick a:last-child", "href").expect("one's own calls");
    let own = operator.get(&own).await;
    assert_eq!(
        (ids(&own), own.texts(".calls-bar__quick a[aria-current]")),
        (vec![mine], vec!["Мои".to_owned()])
    );
    for (choice, label, expected) in
        [(3, "сегодня", vec![mine]), (4, "вчера", vec![other]), (5, "7 дней", vec![mine, other])]
    {
        let href = all.attr(&format!(".calls-day .menu__item:nth-child({choice})"), "href").expect("a day");
        let page = operator.get(&href).await;
        assert_eq!((day(&page).as_str(), ids(&page)), (label, expected), "{href}");
    }
    for (query, label) in [
        ("quick=hour", "за час"),
        ("from=2026-11-20", "с 20.11"),
        ("to=2025-11-20", "по 20.11.2025"),
        ("from=2026-11-19&to=2026-11-20", "19.11–20.11"),
    ] {
        assert_eq!(day(&operator.get(&format!("/telephony?{query}")).await), label);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_says_how_long_it_was_waited_and_where_it_came_from() {
    let (app, operator) = start().await;
    let missed = call("79000000001", "2026-11-22T06:00:00").of("Тверь", "Листовка", "").put(&app);
    let reached = call("79000000002", "2026-11-22T06:00:00")
        .of("Тверь", "Авито", "Сергей БТ")
        .outbound()
        .answered(None, 61)
        .put(&app);
    let page = operator.get("/telephony").await;
    let cell = |id: i64, name: &str| page.text_of(&format!("#call-{id} .call__{name}"));
    assert!(cell(missed, "rec").starts_with("ждал "), "{}", cell(missed, "rec"));
    assert_eq!((cell(reached, "status").as_str(), cell(reached, "rec").as_str()), ("Дозвонились", "1:01"));
    assert_eq!(cell(missed, "line"), "Листовка 01-01+7 845 200-01-01");
    assert_eq!(cell(reached, "line"), "Сергей БТ 01-01+7 845 200-01-01");
}

#[tokio::test(flavor = "multi_thread")]
async fn colleagues_calling_each_other_are_nowhere() {
    let (app, operator) = start().await;
    let id = call("102", "2026-11-22T06:00:00").internal().answered(None, 60).put(&app);
    assert!(listed(&operator, "").await.is_empty());
    assert!(listed(&operator, "fold=off").await.is_empty());
    assert_eq!(operator.get(&format!("/calls/{id}")).await.status, 404);
    assert!(operator.get("/telephony").await.text().contains("Звонков пока нет"));
}

#[tokio::test(flavor = "multi_thread")]
async fn each_filter_narrows_the_list() {
    let (app, operator) = start().await;
    let boris = app.create_account(Role::Operator, "Борис");
    let missed = call("79000000001", "2026-11-20T06:00:00").of("Тверь", "Авито", "Сергей БТ").put(&app);
    let busy =
        call("79000000002", "2026-11-21T06:00:00").of("Самара", "Листовка", "").status("busy").put(&app);
    let answered = call("79000000003", "2026-11-22T05:00:00")
        .of("Тверь", "Листовка", "")
        .answered(Some(boris), 90)
        .put(&app);
    let no_answer = call("79000000004", "2026-11-22T06:30:00").outbound().status("no_answer").put(&app);
    let ringing = call("79000000005", "2026-11-22T06:59:00").live("ringing", &[("102", "ringing")]).put(&app);
    let all = vec![ringing, no_answer, answered, busy, missed];
    let city = |name: &str| form_urlencoded(&[("city", name)]);
    for (query, expected) in [
        (String::new(), all.clone()),
        ("quick=all".into(), all.clone()),
        ("quick=missed".into(), vec![busy, missed]),
        ("quick=answered".into(), vec![answered]),
        ("quick=today".into(), vec![ringing, no_answer, answered]),
        ("quick=hour".into(), vec![ringing, no_answer]),
        ("status=missed".into(), vec![missed]),
        ("status=missed&status=busy".into(), vec![busy, missed]),
        ("status=live".into(), vec![ringing]),
        ("status=live&status=no_answer".into(), vec![ringing, no_answer]),
        (city("Тверь"), vec![answered, missed]),
        (form_urlencoded(&[("rk", "Листовка"), ("city", "Самара")]), vec![busy]),
        (form_urlencoded(&[("account", "Сергей БТ")]), vec![missed]),
        (format!("operator={boris}"), vec![answered]),
        ("from=2026-11-21&to=2026-11-21".into(), vec![busy]),
        ("to=2026-11-20".into(), vec![missed]),
        ("sort=time".into(), all.iter().rev().copied().collect()),
        ("sort=-duration&per_page=1".into(), vec![answered]),
        ("status=nonsense&from=x&page=0".into(), all.clone()),
    ] {
        for fold in ["", "&fold=off"] {
            assert_eq!(listed(&operator, &format!("{query}{fold}")).await, expected, "{query}{fold}");
        }
    }
    let page = operator.get(&format!("/telephony?{}&quick=missed", city("Тверь"))).await;
    assert!(
        page.has("select[name=city] option[selected]")
            && page.has("select[name=quick] option[selected][value=missed]")
    );
    assert_eq!(page.text_of(".calls-bar__filters .count"), ", задано: 1");
    assert!(page.has("a[href='/telephony']"));
}

fn form_urlencoded(fields: &[(&str, &str)]) -> String {
    reqwest::Url::parse_with_params("http://x/", fields)
        .expect("a query")
        .query()
        .unwrap_or_default()
        .to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_is_found_by_any_spelling_of_number_and_name() {
    let (app, operator) = start().await;
    let anna = call("+7 (900) 123-45-67", "2026-11-22T05:00:00").put(&app);
    let other = call("79119998877", "2026-11-22T05:30:00").put(&app);
    name_client(&app, "79001234567", "Ёлкина Анна");
    name_client(&app, "79119998877", "Пётр Ковалёв");
    for q in [
        "8 900 123-45-67",
        "+7 (900) 123 45 67",
        "79001234567",
        "9001234567",
        "8 (900) 123",
        "45-67",
        "234",
        "елкина",
        "ЁЛКИНА",
        "Анна ёл",
        "tkrbyf",
        "`krbyf",
    ] {
        assert_eq!(listed(&operator, &form_urlencoded(&[("q", q)])).await, [anna], "{q}");
    }
    for q in ["ковалев", "rjdfktd"] {
        assert_eq!(listed(&operator, &form_urlencoded(&[("q", q)])).await, [other], "{q}");
    }
    for q in ["Сидоров", "%%%", "'\"", "777", "12345678901234567890"] {
        assert!(listed(&operator, &form_urlencoded(&[("q", q)])).await.is_empty(), "{q}");
    }
    let nothing = operator.get("/telephony?q=777").await;
    assert!(nothing.text().contains("Ничего не найдено"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_search_that_means_many_clients_goes_through_the_calls() {
    let (app, operator) = start().await;
    let mut expected: Vec<i64> = Vec::new();
    for n in 0..305 {
        let number = format!("7900555{n:04}");
        expected.push(call(&number, "2026-11-22T05:00:00").put(&app));
        name_client(&app, &number, "Иван Петров");
    }
    call("79110000000", "2026-11-22T05:00:00").put(&app);
    expected.reverse();
    for q in ["900555", "иван", "bdfy"] {
        let query = form_urlencoded(&[("q", q), ("per_page", "100")]);
        assert_eq!(listed(&operator, &query).await, expected[..100], "{q}");
        let page = operator.get(&format!("/telephony?{query}&page=4")).await;
        assert!(page.text_of(".pager").contains("301–305 из более чем 300"), "{}", page.text_of(".pager"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn calls_of_one_client_are_one_row_across_all_pages() {
    let (app, operator) = start().await;
    let mut own = Vec::new();
    for hour in 0..4 {
        own.push(call("79001111111", &format!("2026-11-2{hour}T05:00:00")).of("Тверь", "", "").put(&app));
    }
    let other = call("79002222222", "2026-11-21T06:00:00").put(&app);
    let hidden = [call("", "2026-11-20T01:00:00").put(&app), call("", "2026-11-20T02:00:00").put(&app)];
    assert_eq!(listed(&operator, "").await, [own[3], other, hidden[1], hidden[0]]);
    assert_eq!(listed(&operator, "per_page=2").await, [own[3], other]);
    assert_eq!(listed(&operator, "per_page=2&page=2").await, [hidden[1], hidden[0]]);
    assert_eq!(listed(&operator, "fold=off").await.len(), 7);
    // Within the filter: the newest of the filtered calls heads the group.
    assert_eq!(listed(&operator, "to=2026-11-21").await, [other, own[1], hidden[1], hidden[0]]);
    assert_eq!(listed(&operator, "sort=time").await, [hidden[0], hidden[1], other, own[3]]);

    let page = operator.get("/telephony?to=2026-11-21").await;
    let more = format!("#call-{}-group", own[1]);
    assert!(page.text_of(&more).contains("+1"));
    let open = page.attr(&more, "href").expect("an address");
    let opened = operator.get(&open).await;
    assert_eq!(ids(&opened), [other, own[1], own[0], hidden[1], hidden[0]]);
    assert!(opened.has(&format!("#call-{}.call--member", own[0])));
    assert_eq!(opened.attr(&more, "aria-expanded").as_deref(), Some("true"));
    let closed = operator.get(&opened.attr(&more, "href").expect("an address")).await;
    assert_eq!(ids(&closed).len(), 4);
    // A newer call takes the head; the group stays open.
    let newest = call("79001111111", "2026-11-21T07:00:00").of("Тверь", "", "").put(&app);
    assert_eq!(ids(&operator.get(&open).await)[..3], [newest, own[1], own[0]]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_next_page_goes_on_where_this_one_ended() {
    let (app, operator) = start().await;
    let mut expected: Vec<i64> =
        (0..7).map(|n| call(&format!("7900000000{n}"), "2026-11-22T05:00:00").put(&app)).collect();
    expected.reverse();
    let first = operator.get("/telephony?per_page=3").await;
    let next = first.attr(".pager a[rel=next]", "href").expect("a next page");
    // What rings meanwhile moves nothing on the pages to come.
    call("79110000000", "2026-11-22T06:59:00").put(&app);
    let second = operator.get(&next).await;
    assert_eq!(ids(&second), expected[3..6]);
    assert!(second.text_of(".pager").contains("4–6 из 8"));
    let third = operator.get(&second.attr(".pager a[rel=next]", "href").expect("a next page")).await;
    assert_eq!(ids(&third), expected[6..]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_live_call_stands_in_the_list_and_changes_its_state() {
    let (app, operator) = start().await;
    let id = call("79001234567", "2026-11-22T06:59:30").live("ringing", &[("102", "ringing")]).put(&app);
    let row = format!("#call-{id}");
    let page = operator.get("/telephony").await;
    assert_eq!(page.attr(&row, "data-state").as_deref(), Some("ringing"));
    assert_eq!(
        page.attr(&format!("{row} [data-since]"), "data-since"),
        Some(at("2026-11-22T06:59:30").and_utc().timestamp().to_string())
    );
    assert!(page.has("#calls[data-live-list~=calls]") && page.has("[data-live-pending=calls]"));
    move_on(&app, id, "talking", r#"[{"extension":"102","doing":"talking"}]"#);
    let rows = operator.hx_get("calls", "/telephony").await;
    assert_eq!(rows.attr(&row, "data-state").as_deref(), Some("talking"));
    assert!(rows.text_of(&row).contains("Разговор"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_missed_call_is_owed_until_somebody_has_talked_to_the_client() {
    let (app, operator) = start().await;
    call("79000000009", "2026-11-21T20:30:00").put(&app);
    let early = call("79000000001", "2026-11-21T21:30:00").put(&app);
    call("79000000001", "2026-11-22T05:00:00").status("busy").put(&app);
    call("79000000002", "2026-11-22T05:00:00").put(&app);
    call("", "2026-11-22T05:10:00").put(&app);
    call("79000000003", "2026-11-22T05:00:00").outbound().status("no_answer").put(&app);
    let count = |page: Page| page.texts(".count").first().cloned().unwrap_or_default();
    // Calls that are put straight into the database are found by the look after debts.
    callcentre::debts::look_after(&app.app).expect("looked after");
    assert_eq!(count(operator.get("/telephony/missed-count").await), "пропущено 3", "clients, not calls");
    assert!(operator.get("/telephony").await.has(".calls-sections [data-mirror=nav-missed]"));
    // An attempt is not a conversation.
    call("79000000001", "2026-11-22T05:20:00").outbound().status("no_answer").put(&app);
    assert_eq!(count(operator.get("/telephony/missed-count").await), "пропущено 3");
    call("79000000001", "2026-11-22T05:30:00").outbound().answered(None, 30).put(&app);
    call("79000000002", "2026-11-22T05:40:00").answered(None, 30).put(&app);
    let now = app.app.clock.now();
    for number in ["79000000001", "79000000002"] {
        app.write(|tx| callcentre::debts::queries::settle(tx, number, now));
    }
    assert_eq!(count(operator.get("/telephony/missed-count").await), "пропущено 1", "since yesterday");
    let page = operator.get("/telephony?fold=off&quick=missed").await;
    assert!(
        page.text_of(&format!("#call-{early}")).contains("перезвонили в 08:30"),
        "{}",
        page.text_of(&format!("#call-{early}"))
    );
    assert!(page.text().contains("дозвонился в 08:40"));
    assert_eq!(page.count(".call--miss"), 1, "yesterday's call is still owed");
}

#[tokio::test(flavor = "multi_thread")]
async fn half_past_eleven_at_night_is_still_today() {
    let (app, operator) = start().await;
    city(&app, "Калининград", "Europe/Kaliningrad");
    city(&app, "Самара", "Europe/Samara");
    let late = call("79000000001", "2026-11-22T20:30:00").of("Самара", "", "").put(&app);
    let next = call("79000000002", "2026-11-22T21:10:00").of("Калининград", "", "").put(&app);
    app.app.clock.stop_at(at("2026-11-22T20:45:00"));
    assert_eq!(listed(&operator, "from=2026-11-22&to=2026-11-22").await, [late]);
    let page = operator.get("/telephony?quick=today").await;
    // Whatever the city, events are shown by the business clock.
    assert!(page.text_of(&format!("#call-{late} .call__time")).contains("23:30"));
    app.app.clock.stop_at(at("2026-11-22T21:30:00"));
    assert_eq!(listed(&operator, "quick=today").await, [next]);
    let page = operator.get("/telephony").await;
    assert!(page.text_of(&format!("#call-{late} .call__time")).contains("22.11 23:30"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_says_everything_on_its_page_and_in_the_dialog() {
    let (app, operator) = start().await;
    let anna = app.create_account(Role::Operator, "Вера Орлова");
    let legs = r#"[{"call_id":"1","location":"ivr","appeared_at":1795330800,"connected_at":1795330800,"ended_at":1795330805},
        {"call_id":"2","location":"abonent","extension":"101","appeared_at":1795330805,"connected_at":1795330810,"ended_at":1795330900,"reason":1110}]"#;
    let id = call("79001234567", "2026-11-22T05:00:00").answered(Some(anna), 90).legs(legs).put(&app);
    let client = name_client(&app, "79001234567", "<script>alert(1)</script>");
    let number = order(&app, client, anna, "Готово", Some(id));
    let page = operator.get(&format!("/calls/{id}")).await;
    assert_eq!((page.status, page.count("h1")), (200, 1));
    let text = page.text();
    for words in [
        "+7 900 123-45-67",
        "<script>alert(1)</script>",
        "Вера Орлова",
        "1:30",
        "Разговор: Анна Белова (доб. 101)",
        "положил трубку звонивший",
    ] {
        assert!(text.contains(words), "no {words} in {text}");
    }
    assert!(!page.body.contains("<script>alert"));
    assert!(page.has(&format!("a[href='/orders?open={number}']")));
    assert!(page.has(&format!("a[href='/orders/new?call={id}']")));
    assert!(!page.has(".call-entry"), "the telephony's own name of a call tells an operator nothing");
    assert!(
        app.admin("Ольга")
            .await
            .get(&format!("/calls/{id}"))
            .await
            .text_of(".call-entry")
            .contains("телефонии")
    );
    let dialog = operator.hx_get("dialog", &format!("/calls/{id}")).await;
    assert!(dialog.is_fragment() && dialog.has("#dialog-title") && dialog.has("[data-close]"));
    assert_eq!(operator.get("/calls/999999").await.status, 404);
    assert_eq!(app.anon().get(&format!("/calls/{id}")).await.status, 303);
    let list = operator.get("/telephony").await;
    assert_eq!(list.text_of(&format!("#call-{id} .call__act")), format!("№ {number}"));
    assert!(!list.body.contains("<script>alert"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_has_one_line_of_time() {
    let (app, operator) = start().await;
    let anna = app.create_account(Role::Operator, "Вера Орлова");
    call("79001234567", "2026-11-20T05:00:00").put(&app);
    let second = call("79001234567", "2026-11-21T05:00:00").answered(Some(anna), 60).put(&app);
    let client = name_client(&app, "79001234567", "Марина Ковалёва");
    let number = order(&app, client, anna, "Отказ", Some(second));
    let page = operator.get(&format!("/clients/{client}")).await;
    assert_eq!(page.text_of("h1"), "Марина Ковалёва");
    assert!(page.text().contains("900 123-45-67"));
    let totals = page.text_of(".client-totals").replace(char::is_whitespace, "");
    assert!(totals.contains("Отказов1"), "{totals}");
    assert!(page.has("a[href='/orders/new?phone=%2B7%20900%20123-45-67']"));
    let lines = page.texts(".client-history > li");
    assert_eq!(lines.len(), 3);
    assert!(
        lines[0].contains(&format!("№ {number}"))
            && lines[1].contains("Отвечен")
            && lines[2].contains("Пропущен")
    );
    assert_eq!(operator.get("/clients/999999").await.status, 404);
    assert_eq!(app.anon().get(&format!("/clients/{client}")).await.status, 303);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_line_is_called_by_its_name_and_the_longest_result_gets_its_room() {
    let (app, operator) = start().await;
    let id = call("79001234567", "2026-11-22T06:00:00").of("Тверь", "Авито", "Сергей БТ").put(&app);
    let long = "Договорились созвониться после того, как хозяйка вернётся из отпуска";
    app.write(|tx| {
        let line = (
            phones::number.eq("78452000101"),
            phones::name.eq("Листовка"),
            phones::created_at.eq(at("2026-11-20T06:00:00")),
        );
        diesel::insert_into(phones::table).values(line).execute(tx.db)?;
        diesel::insert_into(call_results::table).values(call_results::name.eq(long)).execute(tx.db)
    });
    let page = operator.get("/telephony").await;
    let cell = format!("#call-{id} .call__line");
    assert_eq!(page.text_of(&cell), "Сергей БТ Листовка");
    assert!(page.attr(&cell, "title").expect("a title").starts_with("Листовка, +7 845 200-01-01"));
    let address = page.attr("#table-sheet", "href").expect("rules");
    let rules = operator.get(&address).await.text().to_owned();
    let head = ".data th[data-column=result] { width: ";
    let (_, width) = rules.split_once(head).expect("a rule of the results");
    let width: u16 = width.split("px").next().and_then(|n| n.parse().ok()).expect("a number");
    assert!((240..270).contains(&width), "half of 68 letters: {width}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_begun_from_a_call_is_marked_in_its_row() {
    let (app, operator) = start().await;
    let id = call("79001234567", "2026-11-22T06:00:00").put(&app);
    let button = format!("#call-{id} [href='/orders/new?call={id}']");
    let plain = operator.get("/telephony").await;
    assert!(!plain.has(&format!("{button}[aria-label^=Черновик]")));
    let kept = operator.submit(&format!("/orders/draft/call-{id}"), &[("problem", "Не греет")]).await;
    assert_eq!(kept.status, 204);
    let marked = operator.get("/telephony").await;
    assert!(
        marked.has(&format!("{button}[aria-label^=Черновик]")),
        "{}",
        marked.text_of(&format!("#call-{id}"))
    );
    let admin = app.admin("Ольга").await.get("/telephony").await;
    assert!(!admin.has(&format!("{button}[aria-label^=Черновик]")), "it is the person's own");
    operator.submit(&format!("/orders/draft/call-{id}/drop"), &[]).await;
    assert!(!operator.get("/telephony").await.has(&format!("{button}[aria-label^=Черновик]")));
}
