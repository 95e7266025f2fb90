//! Lines: the numbers clients call.

use super::*;

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_line_is_described_and_its_calls_are_completed() {
    let app = TestApp::start().await;
    let admin = app.admin("Ольга").await;
    usual_lists(&admin).await;
    let id: i64 = app.write(|tx| {
        diesel::insert_into(phones::table)
            .values((
                phones::number.eq("74950000199"),
                phones::is_known.eq(false),
                phones::created_at.eq(at("2026-11-22T10:00:00")),
            ))
            .returning(phones::id)
            .get_result(tx.db)
    });
    let ours = call(&app, "a", "74950000199");
    let other = call(&app, "b", "74950000100");
    let list = admin.get("/admin/phones").await;
    assert!(list.text_of("#phones-unknown").contains("+7 495 000-01-99"));
    assert!(list.text_of("#phones-unknown").contains("1 звонок"));
    assert!(admin.get("/admin").await.text_of("#overview-tasks").contains("1 новый номер"));

    let form = format!("/admin/phones/{id}");
    let dialog = admin.hx_get("dialog", &form).await;
    assert!(dialog.has("#phone-number[readonly]"));
    let empty = admin.hx_submit("dialog", &form, &[("number", ""), ("rk", ""), ("city", "Саратов")]).await;
    assert_eq!((empty.status, empty.has("#phone-rk-error")), (422, true));
    assert!(empty.has("#phone-city option[selected][value='Саратов']"), "the city that was chosen stays");
    let fields = [("number", "5"), ("rk", "Авито"), ("city", "Саратов"), ("avito_name", "Сергей БТ")];
    assert_eq!(admin.hx_submit("dialog", &form, &fields).await.status, 204);

    let list = admin.get("/admin/phones").await;
    assert!(!list.has("#phones-unknown") && list.text_of("#phones-known").contains("+7 495 000-01-99"));
    let label = |id: i64| -> (Option<String>, Option<String>, Option<String>) {
        app.read(|db| calls::table.find(id).select((calls::rk, calls::city, calls::avito_name)).first(db))
    };
    let named = |name: &str| Some(name.to_owned());
    assert_eq!(label(ours), (named("Авито"), named("Саратов"), named("Сергей БТ")));
    assert_eq!(label(other), (None, None, None), "a call of another line");

    let kept = admin.hx_submit("dialog", &format!("{form}/delete"), &[]).await;
    assert_eq!(kept.status, 422);
    assert!(kept.text().contains("Удалить нельзя"), "{}", kept.text());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_line_is_entered_once_in_whatever_spelling() {
    let app = TestApp::start().await;
    let admin = app.admin("Ольга").await;
    usual_lists(&admin).await;
    let fields = |number| [("number", number), ("rk", "Авито"), ("city", "Саратов"), ("avito_name", "")];
    assert_eq!(admin.submit("/admin/phones", &fields("8 (900) 123-45-67")).await.status, 303);
    let again = admin.submit("/admin/phones", &fields("+7 900 123 45 67")).await;
    assert_eq!(again.status, 422);
    assert!(again.text_of("#phone-number-error").contains("уже есть"));
    assert_eq!(again.attr("#phone-number", "value").as_deref(), Some("+7 900 123 45 67"));
    let id: i64 = app.read(|db| phones::table.select(phones::id).first(db));
    assert_eq!(admin.submit(&format!("/admin/phones/{id}/delete"), &[]).await.status, 303);
    assert_eq!(app.read(|db| phones::table.count().get_result::<i64>(db)), 0);
}
