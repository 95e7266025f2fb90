//! Employees: who works here, by which telephone, until when.

use super::*;
use callcentre::domain::id::AccountId;

#[tokio::test(flavor = "multi_thread")]
async fn an_employee_is_added_and_works_at_once() {
    let app = TestApp::start().await;
    let admin = app.admin("Ольга").await;
    usual_lists(&admin).await;
    let saved = admin.hx_submit("dialog", "/admin/employees", &with(&ANNA, &[("cities", "Саратов")])).await;
    assert_eq!(saved.status, 204, "{}", saved.body);
    assert!(saved.header("hx-trigger").contains("dialog:close"));
    assert!(saved.header("hx-location").contains("\"target\":\"#employees\""));

    assert_eq!(app.sign_in("anna").await.get("/profile").await.status, 200);
    let list = admin.hx_get("employees", "/admin/employees?q=белова 101").await;
    assert_eq!(list.count("tr[id]"), 1);
    let row = list.text();
    for word in
        ["Анна Белова", "anna", "Оператор", "Саратов", "доб. 101", "sip:op101@mango.example", "Оффлайн"]
    {
        assert!(row.contains(word), "{word} in {row}");
    }
    assert!(admin.hx_get("employees", "/admin/employees?q=никто").await.text().contains("Никого не нашлось"));
    assert!(actions(&app).contains(&("employee.create".to_owned(), "Анна Белова (anna)".to_owned())));
    let journal: Vec<String> = app.read(|db| {
        audit_log::table.filter(audit_log::action.not_like("session.%")).select(audit_log::detail).load(db)
    });
    assert!(journal.iter().all(|d| !d.contains(PASSWORD)));
}

#[tokio::test(flavor = "multi_thread")]
async fn calls_an_extension_took_before_are_credited_to_its_employee() {
    let app = TestApp::start().await;
    let admin = app.admin("Ольга").await;
    let id = call(&app, "a", "74950000199");
    app.write(|tx| {
        diesel::update(calls::table.find(id)).set(calls::operator_extension.eq("101")).execute(tx.db)
    });
    admin.submit("/admin/employees", &ANNA).await;
    let operator: Option<AccountId> =
        app.read(|db| calls::table.find(id).select(calls::operator_id).first(db));
    assert_eq!(operator, Some(employee_id(&app, "anna")));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_form_keeps_what_was_typed_and_says_why_at_the_field() {
    let app = TestApp::start().await;
    let admin = app.admin("Ольга").await;
    admin.submit("/admin/employees", &ANNA).await;
    let twin =
        with(&ANNA, &[("name", "Вера"), ("login", "ANNA"), ("sip_address", "sip:OP101@mango.example")]);
    for page in [
        admin.submit("/admin/employees", &twin).await,
        admin.hx_submit("dialog", "/admin/employees", &twin).await,
    ] {
        assert_eq!(page.status, 422);
        assert_eq!(page.attr("input[name=name]", "value").as_deref(), Some("Вера"));
        for field in ["login", "extension", "sip"] {
            assert_eq!(
                page.attr(&format!("#employee-{field}"), "aria-describedby"),
                Some(format!("employee-{field}-error"))
            );
            assert!(page.text_of(&format!("#employee-{field}-error")).contains("Анна Белова"));
        }
        assert!(!page.body.contains(PASSWORD), "a password came back");
    }
    let wrong = with(&ANNA, &[("login", "b"), ("password", "123"), ("extension", "10a")]);
    let page = admin.submit("/admin/employees", &wrong).await;
    for field in ["login", "password", "extension"] {
        assert!(page.has(&format!("#employee-{field}-error")), "{field}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dismissal_ends_the_sessions_at_once() {
    let app = TestApp::start().await;
    let admin = app.admin("Ольга").await;
    admin.submit("/admin/employees", &ANNA).await;
    let id = employee_id(&app, "anna");
    let anna = app.sign_in("anna").await;
    anna.submit("/profile/work-status", &[("status_work", "online")]).await;
    let form = format!("/admin/employees/{id}");

    let same = with(&ANNA, &[("password", ""), ("note", "на испытании")]);
    assert_eq!(admin.submit(&form, &same).await.status, 303);
    assert!(admin.get("/admin/employees").await.has("#toasts .toast--ok"), "it is said that it is saved");
    assert_eq!(anna.get("/profile").await.status, 200, "a note ends nobody's session");

    assert_eq!(admin.submit(&form, &with(&same, &[("status", "inactive")])).await.status, 303);
    assert_eq!(anna.get("/profile").await.status, 303);
    assert_eq!(anna.hx_get("work-status", "/profile/work-status").await.status, 401);
    assert!(anna.get("/login").await.text().contains("отключена"), "the sign-in page says why it asks again");
    assert!(!app.anon().get("/login").await.has(".callout"), "and tells it nobody else");
    assert_eq!(app.anon().submit("/login", &[("login", "anna"), ("password", PASSWORD)]).await.status, 422);
    let open: i64 = app.read(|db| {
        work_status_log::table
            .filter(work_status_log::ended_at.is_null())
            .filter(work_status_log::status_work.eq("online"))
            .count()
            .get_result(db)
    });
    assert_eq!(open, 0, "a dismissed operator is not at work");
    assert!(actions(&app).contains(&("employee.dismiss".to_owned(), "Анна Белова (anna)".to_owned())));
}

#[tokio::test(flavor = "multi_thread")]
async fn another_password_or_role_ends_the_sessions_too() {
    let app = TestApp::start().await;
    let admin = app.admin("Ольга").await;
    usual_lists(&admin).await;
    admin.submit("/admin/employees", &with(&ANNA, &[("cities", "Саратов")])).await;
    let form = format!("/admin/employees/{}", employee_id(&app, "anna"));
    let anna = app.sign_in("anna").await;
    assert_eq!(admin.submit(&form, &with(&ANNA, &[("password", "совсем другой пароль")])).await.status, 303);
    assert_eq!(anna.get("/profile").await.status, 303);
    assert!(anna.get("/login").await.text().contains("Пароль этой учётной записи сменили"));

    let login = [("login", "anna"), ("password", "совсем другой пароль")];
    anna.submit("/login", &login).await;
    assert_eq!(admin.submit(&form, &with(&ANNA, &[("password", ""), ("role", "admin")])).await.status, 303);
    assert_eq!(anna.get("/profile").await.status, 303);
    anna.submit("/login", &login).await;
    assert_eq!(anna.get("/admin").await.status, 200);
    assert!(!anna.get("/admin").await.has("#work-status"), "an admin has no work status");
    let rows: (i64, i64) = app.read(|db| {
        Ok((
            callcentre_operator::table.count().get_result(db)?,
            operator_cities::table.count().get_result(db)?,
        ))
    });
    assert_eq!(rows, (0, 0));
    assert_eq!(admin.submit(&form, &with(&ANNA, &[("password", "")])).await.status, 303, "and back again");
}

#[tokio::test(flavor = "multi_thread")]
async fn admins_lock_neither_themselves_nor_everybody_out() {
    let app = TestApp::start().await;
    let admin = app.admin("Ольга").await;
    let form = format!("/admin/employees/{}", employee_id(&app, "ольга"));
    let base = [("name", "Ольга"), ("login", "ольга"), ("role", "admin"), ("status", "active")];
    let gone = admin.submit(&form, &with(&base, &[("status", "inactive")])).await;
    assert_eq!((gone.status, gone.has("#employee-status-error")), (422, true));
    let demoted = admin.submit(&form, &with(&base, &[("role", "operator")])).await;
    assert!(demoted.text_of("#employee-role-error").contains("Себя лишить прав нельзя"));
    let password = admin.submit(&form, &with(&base, &[("password", "другой пароль")])).await;
    assert!(password.text_of("#employee-password-error").contains("в профиле"));
    assert_eq!(admin.submit(&form, &with(&base, &[("name", "Ольга Первая")])).await.status, 303);
    assert_eq!(admin.get("/admin").await.status, 200);

    let second = app.admin("Игорь").await;
    let dismissed = second.submit(&form, &with(&base, &[("status", "inactive")])).await;
    assert_eq!(dismissed.status, 303, "{}", dismissed.text());
    assert_eq!(admin.get("/admin").await.status, 303);
}

#[tokio::test(flavor = "multi_thread")]
async fn sessions_of_an_employee_are_seen_and_ended_and_only_who_left_nothing_is_deleted() {
    let app = TestApp::start().await;
    let admin = app.admin("Ольга").await;
    let (first, second) = (app.operator("Анна").await, app.sign_in("Анна").await);
    let anna = employee_id(&app, "анна");
    let home = format!("/admin/employees/{anna}");
    let page = admin.get(&home).await;
    assert_eq!(page.count("input[name=device]"), 2, "{}", page.text());
    assert!(page.text().contains("127.0.0.1") && page.text().contains("Удалить нельзя"), "{}", page.text());
    let one = page.attr("input[name=device]", "value").expect("a session");
    assert_eq!(admin.submit(&format!("{home}/sessions/end"), &[("device", &one)]).await.status, 303);
    let open = async |client: &Client| client.get("/orders").await.status == 200;
    let left = [open(&first).await, open(&second).await];
    assert_eq!(left.iter().filter(|open| **open).count(), 1, "one of two has ended");
    assert_eq!(admin.submit(&format!("{home}/sessions/end"), &[]).await.status, 303);
    assert!(!open(&first).await && !open(&second).await, "and now all");
    let kept = admin.submit(&format!("{home}/delete"), &[]).await;
    assert_eq!(kept.status, 409);
    assert!(kept.text().contains("Уволен") && kept.text().contains("строки журнала"), "{}", kept.text());

    // Somebody who was added by mistake and never came.
    admin.submit("/admin/employees", &with(&ANNA, &[("login", "mistake"), ("name", "Ошибка")])).await;
    let mistake = employee_id(&app, "mistake");
    let home = format!("/admin/employees/{mistake}");
    assert!(admin.get(&home).await.text().contains("можно удалить"));
    let gone = admin.submit(&format!("{home}/delete"), &[]).await;
    assert_eq!(gone.status, 303, "{}", gone.text());
    assert_eq!(admin.get(&home).await.status, 404);
    let olga = employee_id(&app, "ольга");
    assert_eq!(
        admin.submit(&format!("/admin/employees/{olga}/delete"), &[]).await.status,
        409,
        "not oneself"
    );
    let done = actions(&app);
    assert!(
        done.iter().any(|(action, subject)| action == "employee.delete" && subject == "Ошибка (mistake)")
    );
}
