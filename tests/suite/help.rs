//! The user guide: every page opens, leads only where something is, and each page of the program leads to its own part.

use callcentre::help::{self, HelpPage};

use crate::support::orders::office;

#[tokio::test(flavor = "multi_thread")]
async fn every_page_of_the_guide_opens_and_leads_only_where_something_is() {
    let (app, _) = office().await;
    let (boss, hers) = (app.admin("Ольга").await, app.sign_in("Анна Белова").await);
    assert_eq!(hers.get("/help").await.text_of("#help-title"), HelpPage::Start.title());
    for page in HelpPage::ALL {
        let who = if page.is_admins() { &boss } else { &hers };
        let shown = who.get(&page.href()).await;
        assert_eq!(shown.status, 200, "{page}");
        assert_eq!(shown.text_of("#help-title"), page.title());
        let written = help::text(*page).matches("![").count();
        assert_eq!(shown.count(".prose img[src^='/static/help/'][alt]"), written, "{page}: every picture");
        let src = shown.attr(".prose img", "src");
        if let Some(src) = src {
            assert_eq!(who.get(&src).await.header("content-type"), "image/webp");
        }
        for (_, href) in shown.links(".prose a") {
            assert!([200, 303].contains(&who.get(&href).await.status), "{page} leads to {href}");
        }
    }
    assert_eq!(hers.get("/help/admin-people").await.status, 404, "an operator reads what concerns operators");
    assert!(!hers.get("/help/start").await.has("a[href='/help/admin-people']"));
    assert_eq!(boss.get("/help/nothing").await.status, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_lead_to_their_part_of_the_guide_and_the_guide_is_searched() {
    let (app, _) = office().await;
    let (boss, hers) = (app.admin("Ольга").await, app.sign_in("Анна Белова").await);
    assert!(hers.get("/orders").await.has("#keys a[href='/help/orders']"));
    assert!(hers.get("/telephony/debts").await.has("#menu-profile a[href='/help/debts']"));
    assert!(boss.get("/admin/system").await.has("#keys a[href='/help/admin-system']"));
    let found = hers.get("/help?q=перезвон").await;
    assert!(found.has(".reference__hits mark") && found.has("a[href^='/help/debts#']"), "{}", found.text());
    assert!(hers.get("/search?q=перезвонить позже").await.text_of("#search-found").contains("Помощь"));
    // What the words of an empty answer advise is found.
    for advised in ["слот", "перезвон"] {
        assert!(hers.get(&format!("/help?q={advised}")).await.has(".reference__hits li"), "{advised}");
    }
    assert!(hers.get("/help?q=щщщщ").await.text().contains("Ничего не нашлось"));
}

#[tokio::test(flavor = "multi_thread")]
async fn letters_stop_being_keys_when_a_person_says_so() {
    let (app, _) = office().await;
    let hers = app.sign_in("Анна Белова").await;
    let page = hers.get("/profile").await;
    assert_eq!(page.attr("html", "data-keys").as_deref(), Some("on"));
    assert_eq!(hers.submit("/profile/appearance", &[("keys", "off")]).await.status, 303);
    let page = hers.get("/orders").await;
    assert_eq!(page.attr("html", "data-keys").as_deref(), Some("off"));
    assert_eq!(page.attr("[data-keys-set=off]", "aria-pressed").as_deref(), Some("true"));
}
