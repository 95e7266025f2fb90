//! What people arrange around the list of orders: columns, filters with names, files to take away.

use calamine::{Data, Reader, Xlsx};
use callcentre::domain::id::MasterId;
use callcentre::domain::order::{StatusOrder, TypeEquipment};
use callcentre::orders::list::filter::OrderFilter;
use callcentre::orders::queries::export;
use callcentre::platform::db::schema::{audit_log, master, orders, saved_filters};
use callcentre::platform::db::words::Words;
use callcentre::web::form::Fields;
use chrono_tz::Europe::Moscow;
use diesel::connection::{Connection, InstrumentationEvent};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};

use crate::support::orders::{at, make, meeting, office};
use crate::support::{Client, TestApp};

async fn keep(client: &Client, name: &str, query: &str) -> crate::support::Page {
    client.hx_submit("main", "/orders/filters", &[("name", name), ("query", query)]).await
}

/// The id of a saved filter.
fn id_of(app: &TestApp, name: &str) -> i64 {
    app.read(|db| {
        saved_filters::table.filter(saved_filters::name.eq(name)).select(saved_filters::id).first(db)
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_filter_gets_a_name_is_found_again_renamed_and_forgotten() {
    let (app, _) = office().await;
    let anna = app.sign_in("Анна Белова").await;
    let plain = anna.get("/orders").await;
    assert!(
        plain.has("#saved-filters .bar__chip[aria-current]") && !plain.has("#filter-save"),
        "nothing to save yet"
    );
    let list = anna.get("/orders?status=Ожидает&city=Москва").await;
    assert_eq!(list.attr("#filter-save [name=query]", "value").as_deref(), list_query(&list).as_deref());

    let saved = keep(&anna, "Москва ждёт", "city=Москва&status=Ожидает&page=2&open=7").await;
    assert_eq!((saved.status, saved.has("main#main")), (200, true));
    // Other order of fields, other page: the same filter.
    let again = anna.get("/orders?status=Ожидает&city=Москва&per_page=20").await;
    assert_eq!(again.texts(".bar__chip[aria-current]"), ["Москва ждёт"]);
    assert!(!again.has("#filter-save"), "it has a name already");
    let href = again.attr(".bar__chip[aria-current]", "href").expect("an address to share");
    assert!(href.contains("per_page=20") && !href.contains("open"), "{href}");

    let id = id_of(&app, "Москва ждёт");
    let path = format!("/orders/filters/{id}");
    let query = "city=Москва&status=Ожидает";
    let renamed = anna.hx_submit("main", &path, &[("name", "Ждут"), ("query", query)]).await;
    assert_eq!(renamed.texts(".bar__chip[aria-current]"), ["Ждут"]);

    keep(&anna, "Ждут", "city=Самара").await;
    let replaced = anna.get("/orders?city=Самара").await;
    assert_eq!(replaced.texts(".bar__chip"), ["Все заказы", "Ждут"], "the same name is the same filter");

    assert_eq!(anna.submit(&format!("{path}/delete"), &[("query", "city=Самара")]).await.status, 303);
    assert_eq!(anna.get("/orders?city=Самара").await.count(".bar__chip:not(.bar__chip--add)"), 1);
}

fn list_query(list: &crate::support::Page) -> Option<String> {
    let url = list.attr("#orders", "data-live-url")?;
    url.split_once('?').map(|(_, query)| query.to_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_that_will_not_do_is_said_beside_it() {
    let (app, _) = office().await;
    let anna = app.sign_in("Анна Белова").await;
    for (name, query, why) in [
        ("", "city=Москва", "Назовите"),
        (&*"ы".repeat(61), "city=Москва", "60 знаков"),
        ("Всё", "page=2", "сохранять нечего"),
    ] {
        let page = keep(&anna, name, query).await;
        assert_eq!(page.status, 422, "{name}");
        if query != "page=2" {
            assert!(
                page.text_of("#filter-new-error").contains(why),
                "{name}: {}",
                page.text_of("#filter-new-error")
            );
            assert_eq!(page.attr("#filter-new", "value").as_deref(), Some(name));
        }
    }
    keep(&anna, "Один", "city=Москва").await;
    keep(&anna, "Два", "city=Самара").await;
    let path = format!("/orders/filters/{}", id_of(&app, "Два"));
    let taken = anna.hx_submit("main", &path, &[("name", "Один"), ("query", "city=Самара")]).await;
    assert_eq!(taken.status, 422);
    assert!(taken.text_of("#filter-name-error").contains("уже есть"));
    for n in 0..38 {
        assert_eq!(keep(&anna, &format!("Ф{n}"), "city=Тверь").await.status, 200);
    }
    assert_eq!(keep(&anna, "Лишний", "city=Тверь").await.status, 422, "forty are enough");
    assert_eq!(keep(&anna, "Ф1", "city=Тверь&q=а").await.status, 200, "replacing one is no other one");
}

#[tokio::test(flavor = "multi_thread")]
async fn filters_belong_to_one_person() {
    let (app, _) = office().await;
    let (anna, oleg) = (app.sign_in("Анна Белова").await, app.operator("Олег").await);
    keep(&anna, "Мой", "city=Москва").await;
    let path = format!("/orders/filters/{}", id_of(&app, "Мой"));
    assert!(!oleg.get("/orders").await.text().contains("Мой"));
    let stolen = oleg.submit(&path, &[("name", "Чужой"), ("query", "")]).await;
    assert_eq!(stolen.status, 404);
    assert_eq!(oleg.submit(&format!("{path}/delete"), &[("query", "")]).await.status, 404);
    assert_eq!(anna.get("/orders").await.texts(".bar__chip"), ["Все заказы", "Мой"]);
    assert_eq!(keep(&oleg, "Мой", "city=Самара").await.status, 200, "names are the person's own too");
    assert_eq!(
        app.anon().submit("/orders/filters", &[("name", "x"), ("query", "city=Москва")]).await.status,
        303
    );
    // The address itself may be shared.
    let href =
        anna.get("/orders?city=Москва").await.attr(".bar__chip[aria-current]", "href").expect("an address");
    assert_eq!(oleg.get(&href).await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_filter_may_open_with_the_list() {
    let (app, _) = office().await;
    let anna = app.sign_in("Анна Белова").await;
    keep(&anna, "Один", "city=Москва").await;
    keep(&anna, "Два", "city=Самара").await;
    assert_eq!(anna.get("/orders").await.status, 200);
    for name in ["Один", "Два"] {
        let path = format!("/orders/filters/{}", id_of(&app, name));
        let fields = [("name", name), ("is_default", "on"), ("query", "city=Самара")];
        assert_eq!(anna.hx_submit("main", &path, &fields).await.status, 200);
    }
    let opened = anna.get("/orders").await;
    assert_eq!(opened.status, 302);
    let to = opened.header("location").to_owned();
    assert_eq!(anna.get(&to).await.texts(".bar__chip[aria-current]"), ["по умолчанию: Два"]);
    // Everything can still be seen, and stays so on reload.
    let everything = anna.get(&to).await.attr(".bar__chip", "href").expect("a way to everything");
    assert_eq!(anna.get(&everything).await.texts(".bar__chip[aria-current]"), ["Все заказы"]);
    assert_eq!(
        anna.hx_get("main", "/orders").await.status,
        200,
        "parts of the page are never sent elsewhere"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn columns_are_chosen_ordered_and_widened_and_stay_so() {
    let (app, id) = office().await;
    make(&app, id, |order| {
        order.result = Some(500_000);
        order.expenditure = Some(120_000);
    });
    let (anna, oleg) = (app.sign_in("Анна Белова").await, app.operator("Олег").await);
    let usual = anna.get("/orders").await;
    assert_eq!(usual.count(".data--orders thead th"), 16);
    let fields = [
        ("column", "status"),
        ("column", "clean"),
        ("column", "client"),
        ("column", "nonsense"),
        ("width_client", "203"),
        ("width_status", "9999"),
        ("width_clean", ""),
        ("query", "city=Москва&sort=-id"),
    ];
    let answer = anna.hx_submit("main", "/orders/columns", &fields).await;
    assert_eq!(answer.status, 200);
    let page = anna.get("/orders?city=Москва").await;
    assert_eq!(page.texts(".data--orders thead th:not(.is-off)"), ["№", "Статус", "Чистыми, ₽", "Клиент"]);
    assert_eq!(page.attr("th.c-client", "data-w").as_deref(), Some("200"));
    assert_eq!(page.attr("th.c-status", "data-w").as_deref(), Some("600"));
    assert_eq!(page.attr("th.c-clean", "data-w"), None);
    assert_eq!(page.texts("#orders tr > :not(.is-off)").len(), 4);
    assert!(page.has("#orders td.c-address.is-off"), "a phone's card is complete");
    assert_eq!(page.texts("#orders td.num"), ["3\u{a0}800".replace('\u{a0}', " ")]);
    let rows = anna.hx_get("orders", "/orders").await;
    assert_eq!(rows.texts("#orders tr > :not(.is-off)").len(), 4, "also what comes live");
    assert_eq!(oleg.get("/orders").await.count(".data--orders thead th"), 16, "they are the person's own");

    assert_eq!(
        anna.submit("/orders/columns", &[("column", "rk"), ("query", "city=Москва")])
            .await
            .header("location"),
        "/orders?city=%D0%9C%D0%BE%D1%81%D0%BA%D0%B2%D0%B0"
    );
    assert_eq!(anna.get("/orders").await.texts(".data--orders thead th:not(.is-off)"), ["№", "РК"]);
    anna.submit("/orders/columns", &[("reset", "on"), ("query", "")]).await;
    assert_eq!(anna.get("/orders").await.count(".data--orders thead th"), 16);
    let open: Vec<String> = anna.get("/orders").await.texts(".columns__line input:not([checked])");
    assert_eq!(open.len(), 3 + 16, "three more columns, and a width for each that is shown");
}

/// The CSV as lines of cells, without its mark.
fn lines(body: &str) -> Vec<Vec<String>> {
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(b';')
        .has_headers(false)
        .from_reader(body.trim_start_matches('\u{feff}').as_bytes());
    reader.records().map(|record| record.expect("a line").iter().map(str::to_owned).collect()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_admin_takes_the_filtered_list_away_in_its_order() {
    let (app, id) = office().await;
    let gusev: MasterId = app.write(|tx| {
        diesel::insert_into(master::table)
            .values(master::name.eq("Пётр Гусев"))
            .returning(master::id)
            .get_result(tx.db)
    });
    let formula = make(&app, id, |order| {
        order.client_name = "=HYPERLINK(\"http://x\";\"y\")".into();
        order.problem = "не греет; «свистит»\nи течёт".into();
    });
    let done = make(&app, id, |order| {
        order.city = "Самара".into();
        order.meeting = meeting("2026-11-20T10:00:00", chrono_tz::Europe::Samara);
        order.status = StatusOrder::Done;
        order.master_id = Some(gusev);
        order.result = Some(500_050);
        order.expenditure = Some(100_000);
        order.closed_at = Some(at("2026-11-20T08:00:00"));
        order.comment = "ждать звонка".into();
    });
    let other = make(&app, id, |order| order.type_equipment = TypeEquipment::Computers);
    let boss = app.admin("Ольга").await;
    assert!(boss.get("/orders").await.has("#export a[href*='format=xlsx']"));

    let page = boss.get("/orders/export?format=csv&equipment=БТ&sort=-id&page=5").await;
    assert_eq!(page.status, 200, "{}", page.body);
    assert!(page.header("content-disposition").starts_with("attachment"));
    let rows = lines(&page.body);
    let column =
        |name: &str| rows[0].iter().position(|title| title == name).unwrap_or_else(|| panic!("no {name}"));
    let ids: Vec<&String> = rows[1..].iter().map(|row| &row[0]).collect();
    assert_eq!(ids, [&done.to_string(), &formula.to_string()], "filtered, in order, all pages");
    let row = &rows[1];
    assert_eq!(row[column("Встреча (время города)")], "20.11.2026 10:00", "the city's clock");
    assert_eq!(row[column("Закрыт")], "20.11.2026 11:00", "the company's clock");
    assert_eq!((&*row[column("Мастер")], &*row[column("Комментарий")]), ("Пётр Гусев", "ждать звонка"));
    assert!(row[column("Чистыми, ₽")].starts_with("4000,5"), "{}", row[column("Чистыми, ₽")]);
    let name = &rows[2][column("Клиент")];
    assert!(!name.starts_with('='), "a formula stays words: {name}");

    let book =
        boss.request(reqwest::Method::GET, "/orders/export?format=xlsx").send().await.expect("an answer");
    assert_eq!(book.status(), 200);
    let bytes = book.bytes().await.expect("a body");
    let mut book: Xlsx<_> =
        calamine::open_workbook_from_rs(std::io::Cursor::new(bytes.to_vec())).expect("a workbook");
    let sheet = book.worksheet_range_at(0).expect("a sheet").expect("cells");
    let ids: Vec<i64> = sheet
        .rows()
        .skip(1)
        .map(|row| match row[0] {
            Data::Float(n) => n as i64,
            ref other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(ids, [formula, other, done]);

    let journal: Vec<(String, String)> = app.read(|db| {
        audit_log::table
            .filter(audit_log::action.eq("orders.export"))
            .order(audit_log::id)
            .select((audit_log::subject, audit_log::detail))
            .load(db)
    });
    assert_eq!(journal.len(), 2);
    assert!(journal[0].1.starts_with("2 строк, csv, equipment="), "{}", journal[0].1);
    assert!(journal[1].1.contains("3 строк, xlsx, все заказы"), "{}", journal[1].1);
}

#[tokio::test(flavor = "multi_thread")]
async fn files_are_for_admins_and_one_at_a_time() {
    let (app, id) = office().await;
    for _ in 0..3 {
        make(&app, id, |_| {});
    }
    let anna = app.sign_in("Анна Белова").await;
    assert!(!anna.get("/orders").await.has("#export"));
    assert_eq!(anna.get("/orders/export?format=csv").await.status, 403);
    assert_eq!(app.anon().get("/orders/export?format=csv").await.status, 303);
    let boss = app.admin("Ольга").await;
    assert_eq!(boss.get("/orders/export?format=exe").await.status, 400);
    // Refused, begun and read, broken off: each gives the turn back.
    assert_eq!(boss.get("/orders/export?format=csv").await.status, 200);
    let held = app.app.exports.clone();
    let turn = held.turn(app.read(|db| {
        use callcentre::platform::db::schema::accounts;
        accounts::table.filter(accounts::name.eq("Ольга")).select(accounts::id).first(db)
    }));
    assert!(turn.is_some());
    let busy = boss.get("/orders/export?format=csv").await;
    assert_eq!(busy.status, 409);
    assert!(busy.text().contains("Дождитесь конца"));
    assert_eq!(app.admin("Второй").await.get("/orders/export?format=csv").await.status, 200);
    drop(turn);
    assert_eq!(boss.get("/orders/export?format=xlsx").await.status, 200);
}

fn reader(app: &TestApp, pairs: &[(&str, &str)]) -> (export::Reader, i64) {
    let mut fields = Fields::default();
    for (name, value) in pairs {
        fields.set(name, value);
    }
    let (reader, count, _) =
        app.read(|db| export::reader(db, &OrderFilter::of(&fields), Moscow)).expect("a quick search");
    (reader, count)
}

#[tokio::test(flavor = "multi_thread")]
async fn batches_give_every_row_once_in_every_order_with_two_questions_each() {
    let (app, id) = office().await;
    for n in 0..23 {
        make(&app, id, |order| {
            // Equal keys on purpose: the id decides between them.
            order.meeting = meeting(&format!("2026-11-24T1{}:00:00", n % 3), Moscow);
            if n % 4 == 0 {
                order.status = StatusOrder::Done;
                order.closed_at = Some(at("2026-11-23T08:00:00"));
            }
        });
    }
    for sort in ["", "id", "-id", "meeting", "-meeting", "created", "-created", "closed", "-closed"] {
        for limit in [1, 5, 23, 50] {
            let (mut reader, count) = reader(&app, &[("sort", sort)]);
            assert_eq!(count, 23);
            let mut got: Vec<i64> = Vec::new();
            app.read(|db| {
                loop {
                    let batch = reader.next(db, limit)?;
                    if batch.is_empty() {
                        return Ok(());
                    }
                    got.extend(batch.iter().map(|row| row.id.0));
                }
            });
            let (mut whole, _) = self::reader(&app, &[("sort", sort)]);
            let expected: Vec<i64> = app.read(|db| whole.next(db, 1000)).iter().map(|row| row.id.0).collect();
            assert_eq!(got, expected, "{sort} by {limit}");
        }
    }
    let (mut reader, _) = reader(&app, &[]);
    let questions = std::sync::Arc::new(std::sync::atomic::AtomicUsize::new(0));
    let counter = questions.clone();
    app.read(|db| {
        db.set_instrumentation(move |event: InstrumentationEvent<'_>| {
            if matches!(event, InstrumentationEvent::StartQuery { .. }) {
                counter.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            }
        });
        reader.next(db, 1)?;
        reader.next(db, 20)?;
        db.set_instrumentation(|_: InstrumentationEvent<'_>| {});
        Ok(())
    });
    assert_eq!(questions.load(std::sync::atomic::Ordering::Relaxed), 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn batches_read_the_index_of_their_order() {
    let (app, id) = office().await;
    for _ in 0..5 {
        make(&app, id, |_| {});
    }
    for (pairs, index) in [
        (vec![], "orders_list"),
        (vec![("city", "Москва")], "orders_city"),
        (vec![("sort", "-meeting")], "orders_meeting"),
        (vec![("sort", "created")], "orders_created"),
        (vec![("sort", "-closed")], "orders_closed"),
    ] {
        let (mut reader, _) = reader(&app, &pairs);
        app.read(|db| reader.next(db, 2));
        let plan = app.read(|db| reader.explain(db, 2));
        assert!(
            plan.contains(index) && !plan.contains("TEMP B-TREE") && !plan.contains("Sort"),
            "{pairs:?}:\n{plan}"
        );
    }
}

#[derive(QueryableByName)]
struct Id {
    #[diesel(sql_type = BigInt)]
    id: i64,
}

#[tokio::test(flavor = "multi_thread")]
async fn a_search_goes_back_era_by_era_newest_first() {
    let (app, id) = office().await;
    let first = make(&app, id, |_| {});
    // Ids far apart, as after years: neighbouring eras, the same one, one beyond all steps.
    let far = [40_000_i64, 40_001, 70_000, 300_000, 4_000_000];
    app.write(|tx| {
        for new in far {
            diesel::sql_query(format!(
                "INSERT INTO orders (id, rk, city, phone, client_id, type_order, client_name, address, date_meeting,
                   meeting_day, meeting_minute, type_equipment, problem, status_order, operator_name_id, create_date,
                   list_rank, list_time)
                 SELECT {new}, rk, city, phone, client_id, type_order, client_name, address, date_meeting,
                   meeting_day, meeting_minute, type_equipment, problem, status_order, operator_name_id, create_date,
                   list_rank, list_time FROM orders WHERE id = {first}"
            ))
            .execute(tx.db)?;
            diesel::sql_query(format!(
                "INSERT INTO order_search SELECT {new}, words FROM order_search WHERE order_id = {first}"
            ))
            .execute(tx.db)?;
        }
        Ok(())
    });
    let newest = |words: &[&str], limit: usize| -> Vec<i64> {
        let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
        app.read(|db| {
            let sql = Words::Orders.newest(db, "$1", limit);
            let needle = Words::needle(db, &words);
            diesel::sql_query(sql).bind::<Text, _>(needle).load::<Id>(db)
        })
        .into_iter()
        .map(|row| row.id)
        .collect()
    };
    assert_eq!(newest(&["ковал"], 100), [4_000_000, 300_000, 70_000, 40_001, 40_000, first]);
    assert_eq!(newest(&["чапаев", "48"], 3), [4_000_000, 300_000, 70_000]);
    assert_eq!(newest(&["чапаев", "49"], 3), Vec::<i64>::new());
    // A row that changes is found by its new words only.
    app.write(|tx| {
        diesel::sql_query("UPDATE order_search SET words = 'другое' WHERE order_id = 300000").execute(tx.db)
    });
    assert_eq!(newest(&["ковал"], 3), [4_000_000, 70_000, 40_001]);
    assert_eq!(newest(&["друг"], 3), [300_000]);
    app.write(|tx| diesel::delete(orders::table.find(4_000_000_i64)).execute(tx.db));
    assert_eq!(newest(&["чапаев"], 2), [70_000, 40_001]);
}
