//! Everything that happened, in one line.

use callcentre::files::FileKind;

use super::{MARINA, desk};
use crate::support::orders::at;

#[tokio::test(flavor = "multi_thread")]
async fn what_happened_stands_in_one_line_newest_first() {
    let desk = desk().await;
    let client = desk.client(MARINA, "Марина");
    let first = desk.call(MARINA, "2026-11-20T09:00:00");
    let order = desk.order(MARINA, "ул. Чапаева, 48");
    let last = desk.call(MARINA, "2026-11-23T09:30:00");
    let receipt = desk.document(order, FileKind::Expenditure, "чек.pdf", at("2026-11-23T09:15:00"));
    let gone = desk.document(order, FileKind::Bso, "лишнее.pdf", at("2026-11-23T09:16:00"));
    let olga = desk.olga.submit(&format!("/files/{gone}/delete"), &[]).await;
    assert_eq!(olga.status, 303);
    let ids = |page: &crate::support::Page| -> Vec<String> {
        let html = scraper::Html::parse_document(&page.body);
        let events = scraper::Selector::parse(".client-event").expect("a selector");
        html.select(&events).filter_map(|e| e.value().id().map(str::to_owned)).collect()
    };
    let card = format!("/clients/{client}");
    let (call, old, made, file) = (
        format!("call-{last}"),
        format!("call-{first}"),
        format!("order-{order}"),
        format!("document-{receipt}"),
    );
    for (address, expected) in [
        (card.clone(), vec![&call, &file, &made, &old]),
        (format!("{card}?show=calls"), vec![&call, &old]),
        (format!("{card}?show=orders"), vec![&made]),
        (format!("{card}?show=files"), vec![&file]),
        (format!("{card}?show=nonsense&before=%00"), vec![&call, &file, &made, &old]),
    ] {
        let page = desk.anna.get(&address).await;
        assert_eq!(ids(&page), expected.into_iter().cloned().collect::<Vec<_>>(), "{address}");
    }
    let page = desk.anna.get(&card).await;
    assert_eq!(page.texts(".client-line .seg__item"), ["Все 4", "Звонки 2", "Заказы 1", "Документы 1"]);
    let document = page.text_of(&format!("#{file}"));
    for words in ["Чек расхода", "чек.pdf", "PDF, 2,4 МБ", "Белова А.", &format!("№ {order}")]
    {
        assert!(document.contains(words), "no {words} in {document}");
    }
    assert!(page.has(&format!("#{file} a[href='/files/{receipt}']")));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_long_line_is_read_page_by_page_without_gaps_or_repetitions() {
    let desk = desk().await;
    let client = desk.client(MARINA, "Марина");
    // Several of the same moment stand across the edges of the pages.
    for n in 0..110 {
        desk.call(MARINA, &format!("2026-11-{:02}T09:00:00", 1 + n / 20));
    }
    let order = desk.order(MARINA, "ул. Чапаева, 48");
    for (show, all) in [("", 111), ("calls", 110)] {
        let mut address = format!("/clients/{client}?show={show}");
        let (mut seen, mut pages) = (Vec::new(), 0);
        loop {
            let page = desk.anna.get(&address).await;
            let html = scraper::Html::parse_document(&page.body);
            let events = scraper::Selector::parse(".client-event").expect("a selector");
            seen.extend(html.select(&events).filter_map(|e| e.value().id().map(str::to_owned)));
            pages += 1;
            assert!(page.has(".client-line__more a[href*='before'] , .client-line__more"));
            match page.attr("a.btn:has(use[href$='#arrow-down'])", "href") {
                Some(next) => address = next,
                None => break,
            }
        }
        let mut unique = seen.clone();
        unique.sort();
        unique.dedup();
        assert_eq!((seen.len(), unique.len(), pages), (all, all, 3), "{show}");
        assert_eq!(seen[0] == format!("order-{order}"), show.is_empty());
    }
    // A mark of a kind that is not shown, and marks of nothing, begin at the beginning.
    for before in ["1763888400000-1-5", "0-0-0-0", "-5-0-1", "9223372036854775807-0-1", "абв"] {
        let page = desk.anna.get(&format!("/clients/{client}?show=calls&before={before}")).await;
        assert_eq!((page.status, page.count(".client-event")), (200, 50), "{before}");
    }
}
