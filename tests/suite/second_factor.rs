//! The second factor: what it keeps out, what it lets in, and how nobody is shut out for good.

use callcentre::auth::second_factor::code_at;
use callcentre::domain::person::Role;
use callcentre::platform::db::schema::{audit_log, second_factors};
use chrono::Duration;
use diesel::prelude::*;
use secrecy::SecretString;

use crate::support::app::PASSWORD;
use crate::support::{Client, Page, TestApp};

/// The key a page offers.
fn offered(page: &Page) -> SecretString {
    page.text_of("#factor-key").replace(' ', "").into()
}

/// The application's code at this moment; the clock goes on half a minute, so that the next one is another.
fn code(app: &TestApp, key: &SecretString) -> String {
    app.app.clock.stop_at(app.app.clock.now() + Duration::seconds(30));
    code_at(key, app.app.clock.unix()).expect("a code")
}

/// Sets the second factor of `client` up and gives its key and codes on paper.
async fn set_up(app: &TestApp, client: &Client) -> (SecretString, Vec<String>) {
    let begun = client.submit("/profile/second-factor", &[("password", PASSWORD)]).await;
    assert_eq!(begun.status, 303, "{}", begun.text());
    let page = client.get("/profile/second-factor").await;
    let key = offered(&page);
    let done = client.submit("/profile/second-factor/confirm", &[("totp", &code(app, &key))]).await;
    assert_eq!(done.status, 200, "{}", done.text());
    (key, done.texts("#recovery-codes code"))
}

/// Types login and password, and then `code` into the form that asks for it.
async fn sign_in(app: &TestApp, login: &str, code: &str) -> (Client, Page) {
    let client = app.anon();
    let asked = client.submit("/login", &[("login", login), ("password", PASSWORD)]).await;
    assert_eq!(asked.status, 200, "{}", asked.text());
    assert!(asked.has("#totp") && !asked.has("#password"), "the code alone is asked for");
    let ticket = asked.attr("[name=ticket]", "value").expect("a ticket");
    let answer = client.submit("/login", &[("ticket", &ticket), ("totp", code)]).await;
    (client, answer)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_password_alone_opens_nothing_once_there_is_a_second_factor() {
    let app = TestApp::start().await;
    let anna = app.operator("Анна").await;
    let elsewhere = app.sign_in("Анна").await;
    let refused = anna.submit("/profile/second-factor", &[("password", "чужой пароль")]).await;
    assert!(refused.status == 422 && refused.has("#begin-password-error"));
    let (key, codes) = set_up(&app, &anna).await;
    assert_eq!(codes.len(), 10);
    assert_eq!(anna.get("/profile").await.status, 200);
    assert_eq!(elsewhere.get("/profile").await.status, 303, "other devices sign in again");
    let stored: String = app.read(|db| second_factors::table.select(second_factors::secret).first(db));
    assert!(!stored.contains(secrecy::ExposeSecret::expose_secret(&key)), "sealed in the database");

    let (client, wrong) = sign_in(&app, "Анна", "000000").await;
    assert!(wrong.status == 422 && wrong.text().contains("Код не подошёл"), "{}", wrong.text());
    assert!(wrong.has("#totp[aria-invalid=true]"), "the code is asked for again, the password is not");
    assert_eq!(client.get("/profile").await.status, 303);
    let good = code(&app, &key);
    let (client, answer) = sign_in(&app, "Анна", &good).await;
    assert_eq!((answer.status, client.get("/profile").await.status), (303, 200));
    let (_, again) = sign_in(&app, "Анна", &good).await;
    assert_eq!(again.status, 422, "a code that was looked at over a shoulder is worth nothing");

    // Scripts send everything at once, by the same names.
    let all = [("login", "Анна"), ("password", PASSWORD), ("totp", &code(&app, &key))];
    assert_eq!(app.anon().submit("/login", &all).await.status, 303);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_on_paper_works_once_and_the_ticket_for_five_minutes() {
    let app = TestApp::start().await;
    let anna = app.operator("Анна").await;
    let (key, codes) = set_up(&app, &anna).await;
    let (client, answer) = sign_in(&app, "Анна", &codes[3].to_uppercase()).await;
    assert_eq!((answer.status, client.get("/profile").await.status), (303, 200));
    assert_eq!(client.get("/profile/second-factor").await.text_of("#codes-left"), "9");
    assert_eq!(sign_in(&app, "Анна", &codes[3]).await.1.status, 422);
    let fresh = client.submit("/profile/second-factor/codes", &[("password", PASSWORD)]).await;
    assert_eq!(fresh.texts("#recovery-codes code").len(), 10);
    assert_eq!(sign_in(&app, "Анна", &codes[4]).await.1.status, 422, "the old ones are worth nothing");

    let asked = app.anon().submit("/login", &[("login", "Анна"), ("password", PASSWORD)]).await;
    let ticket = asked.attr("[name=ticket]", "value").expect("a ticket");
    let empty = app.anon().submit("/login", &[("ticket", &ticket), ("totp", "")]).await;
    assert!(empty.status == 422 && empty.text().contains("Введите код"), "{}", empty.text());
    app.app.clock.stop_at(app.app.clock.now() + Duration::minutes(6));
    let late = app.anon().submit("/login", &[("ticket", &ticket), ("totp", &code(&app, &key))]).await;
    assert!(late.status == 422 && late.has("#password") && late.text().contains("вышло"), "{}", late.text());
    let forged = app.anon().submit("/login", &[("ticket", &"00".repeat(80)), ("totp", "123456")]).await;
    assert!(forged.status == 422 && forged.has("#password"));

    let off = client.submit("/profile/second-factor/off", &[("password", "чужой пароль")]).await;
    assert_eq!(off.status, 422);
    assert_eq!(client.submit("/profile/second-factor/off", &[("password", PASSWORD)]).await.status, 303);
    let plain = [("login", "Анна"), ("password", PASSWORD)];
    assert_eq!(app.anon().submit("/login", &plain).await.status, 303);
    let told: Vec<String> = app.read(|db| {
        audit_log::table
            .filter(audit_log::action.eq("profile.second-factor"))
            .order(audit_log::id)
            .select(audit_log::detail)
            .load(db)
    });
    assert_eq!(told, ["включён", "новые резервные коды", "выключен"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_who_type_one_code_at_once_one_is_let_in() {
    let app = TestApp::start().await;
    let anna = app.operator("Анна").await;
    let (key, _) = set_up(&app, &anna).await;
    let good = code(&app, &key);
    let tries = (0..8).map(|_| sign_in(&app, "Анна", &good));
    let answers = futures_util::future::join_all(tries).await;
    assert_eq!(answers.iter().filter(|(_, answer)| answer.status == 303).count(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn guessing_codes_comes_to_an_end() {
    let app = TestApp::start().await;
    let anna = app.operator("Анна").await;
    set_up(&app, &anna).await;
    let mut refused = 0;
    for n in 0..14 {
        if sign_in(&app, "Анна", &format!("00000{}", n % 10)).await.1.status == 429 {
            refused += 1;
        }
    }
    assert!(refused > 0, "fourteen wrong codes were looked at");
}

#[tokio::test(flavor = "multi_thread")]
async fn admins_who_have_to_have_one_see_nothing_else_until_they_do() {
    let app = TestApp::start().await;
    let (olga, boris) = (app.admin("Ольга").await, app.admin("Борис").await);
    let anna = app.operator("Анна").await;
    let asked = [("asked", "on")];
    let first = olga.submit("/admin/employees/second-factor", &asked).await;
    assert_eq!(first.header("location"), "/profile/second-factor", "nobody shuts themselves out");
    assert_eq!(boris.get("/admin").await.status, 200);
    set_up(&app, &olga).await;
    assert_eq!(
        olga.submit("/admin/employees/second-factor", &asked).await.header("location"),
        "/admin/employees"
    );
    assert_eq!(olga.get("/admin").await.status, 200);

    for address in ["/admin", "/orders", "/", "/profile", "/live"] {
        let answer = boris.get(address).await;
        let led = answer.status == 303 && answer.header("location") == "/profile/second-factor";
        assert!(led || answer.status == 403, "{address}: {}", answer.status);
    }
    let part = boris.hx_get("employees", "/admin/employees").await;
    assert_eq!(part.status, 403);
    let page = boris.get("/profile/second-factor").await;
    assert!(page.text().contains("Администраторы входят с кодом") && !page.has(".topbar"), "{}", page.text());
    assert_eq!(anna.get("/orders").await.status, 200, "operators are not asked");
    set_up(&app, &boris).await;
    assert_eq!(boris.get("/admin").await.status, 200);
    assert_eq!(olga.submit("/admin/employees/second-factor", &[]).await.status, 303);
    assert!(olga.get("/admin/employees").await.text().contains("Спрашивать код"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_telephone_is_no_lost_account() {
    let app = TestApp::start().await;
    let olga = app.admin("Ольга").await;
    let anna_id = app.create_account(Role::Operator, "Анна");
    let anna = app.sign_in("Анна").await;
    set_up(&app, &anna).await;
    let page = olga.get(&format!("/admin/employees/{anna_id}")).await;
    assert!(page.text().contains("Второй фактор"));
    let off = format!("/admin/employees/{anna_id}/second-factor/off");
    assert_eq!(anna.submit(&off, &[]).await.status, 403);
    assert_eq!(olga.submit(&off, &[]).await.status, 303);
    assert_eq!(anna.get("/profile").await.status, 303, "whoever found the telephone is out");
    let plain = [("login", "Анна"), ("password", PASSWORD)];
    assert_eq!(app.anon().submit("/login", &plain).await.status, 303);
    let told: String = app.read(|db| {
        let of = audit_log::table.filter(audit_log::action.eq("employee.second-factor"));
        of.select(audit_log::subject).first(db)
    });
    assert_eq!(told, "Анна (анна)");
}
