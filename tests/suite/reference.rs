//! The reference: four pages for everybody, written by admins, every version kept.

use callcentre::platform::db::schema::{audit_log, reference_versions};
use diesel::prelude::*;

use crate::support::TestApp;

#[tokio::test(flavor = "multi_thread")]
async fn the_pages_are_of_use_from_the_first_day_and_searched_by_beginnings_of_words() {
    let app = TestApp::start().await;
    let anna = app.operator("Анна Белова").await;
    assert_eq!(anna.get("/reference").await.header("location"), "/reference/employee-rules");
    let prices = anna.get("/reference/pricing").await;
    assert_eq!(prices.text_of("h1"), "Прайс");
    assert!(prices.text_of(".prose").contains("Замена термопасты") && prices.has(".prose table"));
    assert!(prices.text_of(".reference__page").contains("исходный текст"));
    assert!(!prices.has("a[href^='/admin/reference']"), "an operator does not edit");
    assert_eq!(anna.get("/reference/secret").await.status, 404);

    let found = anna.get("/reference?q=термопаст").await;
    assert_eq!(found.text_of(".reference__hits mark").trim(), "термопасты");
    assert_eq!(
        found.attr(".reference__hits a", "href").as_deref(),
        Some("/reference/pricing#h-1"),
        "leads to its heading"
    );
    assert!(found.attr("#q", "value").is_some_and(|typed| typed == "термопаст"));
    let nothing = anna.get("/reference?q=%3Cscript%3E").await;
    assert!(nothing.text().contains("Ничего не нашлось") && !nothing.body.contains("<script>"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_is_a_version_that_people_say_to_have_read() {
    let app = TestApp::start().await;
    let (boss, anna, _) =
        (app.admin("Игорь Громов").await, app.operator("Анна Белова").await, app.operator("Вера").await);
    let form = boss.get("/admin/reference/pricing").await;
    let seen = form.attr("[name=seen]", "value").expect("a version");
    let body = "## Диагностика\n\n- Ноутбук **700 ₽**\n\n<img src=x onerror=alert(1)>\n";
    let fields = [("seen", seen.as_str()), ("body", body), ("notice", "Диагностика теперь 700 ₽")];
    let saved = boss.submit("/admin/reference/pricing", &fields).await;
    assert_eq!((saved.status, saved.header("location")), (303, "/reference/pricing"));

    let page = anna.get("/reference/pricing").await;
    assert!(page.text_of("#reference-notice").contains("Диагностика теперь 700 ₽"));
    assert!(page.text_of(".reference__page").contains("версия 1 · Громов И."));
    assert!(page.text_of(".reference__page").contains("прочитали 0 из 2"), "{}", page.text());
    assert!(page.text_of(".prose").contains("<img src=x"), "what looks like HTML is text");
    assert!(!page.has(".prose img") && page.has(".reference__menu a[aria-current] .chip"));
    let told = anna.hx_submit("main", "/reference/pricing/read", &[("version", "1")]).await;
    assert!(told.status == 200 && !told.has("#reference-notice"));
    let page = anna.get("/reference/pricing").await;
    assert!(page.text().contains("прочитали 1 из 2") && !page.has("#reference-notice"));
    assert!(boss.get("/admin/reference").await.text_of("#reference-pricing").contains("1 из 2"));

    // A correction nobody has to read is told to nobody; the word about the price stays for who has not read it.
    let fields = [("seen", "1"), ("body", "## Диагностика\n\n- Ноутбук 700 ₽\n"), ("notice", "")];
    assert_eq!(boss.submit("/admin/reference/pricing", &fields).await.status, 303);
    assert!(!anna.get("/reference/pricing").await.has("#reference-notice"));
    // Reading what is not written yet is not knowing it.
    anna.submit("/reference/pricing/read", &[("version", "99")]).await;
    let fields = [("seen", "2"), ("body", "## Диагностика\n\n- Ноутбук 900 ₽\n"), ("notice", "900 ₽")];
    assert_eq!(boss.submit("/admin/reference/pricing", &fields).await.status, 303);
    assert!(anna.get("/reference/pricing").await.text_of("#reference-notice").contains("900 ₽"));

    let old = anna.get("/reference/pricing?version=1").await;
    assert!(old.text().contains("Это прежний текст") && old.text_of(".prose").contains("700 ₽"));
    assert!(anna.get("/reference/pricing?version=0").await.text_of(".prose").contains("Замена термопасты"));
    assert_eq!(anna.get("/reference/pricing?version=7").await.status, 404);

    let back = boss.submit("/admin/reference/pricing/restore", &[("version", "0")]).await;
    assert_eq!(back.status, 303);
    assert!(anna.get("/reference/pricing").await.text_of(".prose").contains("Замена термопасты"));
    let kept: i64 = app.read(|db| reference_versions::table.count().get_result(db));
    assert_eq!(kept, 4, "nothing is ever overwritten");
    let noted: i64 =
        app.read(|db| audit_log::table.filter(audit_log::action.eq("reference.edit")).count().get_result(db));
    assert_eq!(noted, 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_who_edit_a_page_lose_nothing() {
    let app = TestApp::start().await;
    let (boss, olga) = (app.admin("Игорь Громов").await, app.admin("Ольга").await);
    let save = async |who: &crate::support::Client, seen: &str, body: &str| {
        who.submit("/admin/reference/non-orders", &[("seen", seen), ("body", body), ("notice", "")]).await
    };
    assert_eq!(save(&boss, "0", "первый").await.status, 303);
    let late = save(&olga, "0", "второй").await;
    assert_eq!(late.status, 409);
    assert!(late.text().contains("версия 1") && late.text().contains("Ваш текст остался"), "{}", late.text());
    assert_eq!(late.text_of("#reference-body").trim(), "второй");
    let seen = late.attr("[name=seen]", "value").expect("the version to look at");
    assert_eq!(save(&olga, &seen, "второй").await.status, 303);

    for (body, notice, words) in [
        ("  ", "", "Напишите текст"),
        ("второй", "", "Текст тот же"),
        ("третий", &*"я".repeat(301), "Не длиннее 300"),
    ] {
        let fields = [("seen", "2"), ("body", body), ("notice", notice)];
        let refused = olga.submit("/admin/reference/non-orders", &fields).await;
        assert!(refused.status == 422 && refused.text().contains(words), "{words}: {}", refused.text());
        assert_eq!(refused.attr("#reference-notice", "value").unwrap_or_default(), notice);
    }
    let preview = olga
        .hx_submit("reference-preview", "/admin/reference/non-orders/preview", &[("body", "## Раз")])
        .await;
    assert_eq!(preview.text_of("#reference-preview h2"), "Раз");
}

#[tokio::test(flavor = "multi_thread")]
async fn beside_the_form_stands_what_fits_its_equipment() {
    let app = TestApp::start().await;
    let anna = app.operator("Анна").await;
    let none = anna.get("/reference/side").await;
    assert!(none.is_fragment() && none.text().contains("Выберите тип техники"));
    assert!(none.text().contains("Разговор по шагам") && !none.text().contains("Холодильники"));
    let fitting = anna.get("/reference/side?type_equipment=БТ").await.text();
    for words in
        ["Бытовая техника", "Холодильники", "Не морозит одна камера", "Замок, клапан", "Разговор по шагам"]
    {
        assert!(fitting.contains(words), "{words}: {fitting}");
    }
    assert!(
        !fitting.contains("Замена термопасты") && !fitting.contains("стремянка"),
        "other equipment: {fitting}"
    );
    let found = anna.get("/reference/side?q=термопас").await;
    assert!(found.text_of("mark").contains("термопасты"), "{}", found.text());
    let page = anna.get("/orders/new").await;
    assert!(page.has("#side-panel[hidden]") && page.has("[data-side][aria-controls=side-panel]"));
}
