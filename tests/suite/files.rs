//! Documents: added, shown, served, deleted; who may, and what the storage keeps of it.

use callcentre::domain::id::{AccountId, FileId, MasterId, OrderId};
use callcentre::domain::person::{Person, Role};
use callcentre::files::{DocumentOwner, FileError, MAX_FILES, store};
use callcentre::platform::db::schema::{audit_log, files, master, orders};
use callcentre::platform::storage::ContentHash;
use callcentre::schedule;
use chrono::Duration;
use diesel::prelude::*;
use image::{ImageFormat, RgbImage};
use reqwest::Method;

use crate::support::{Client, Page, TestApp, world};

const PDF: &[u8] = b"%PDF-1.4\n1 0 obj\n<< >>\nendobj\n%%EOF\n";

pub fn order(app: &TestApp, operator_id: AccountId) -> OrderId {
    world::found(app);
    another_order(app, operator_id)
}

pub fn another_order(app: &TestApp, operator_id: AccountId) -> OrderId {
    let now = app.app.clock.now();
    app.write(move |tx| {
        let client = callcentre::clients::queries::ensure(tx.db, "79001234567", "8 900 123-45-67", now)?;
        diesel::insert_into(orders::table)
            .values((
                (orders::rk.eq("Авито"), orders::city.eq("Москва"), orders::phone.eq("79001234567")),
                (orders::client_id.eq(client), orders::type_order.eq("Впервые")),
                (
                    orders::client_name.eq("Олег"),
                    orders::address.eq("Лесная, 5"),
                    orders::problem.eq("шумит"),
                ),
                (orders::date_meeting.eq(now), orders::meeting_day.eq("2026-11-23")),
                (orders::meeting_minute.eq(600), orders::type_equipment.eq("БТ")),
                (orders::status_order.eq("Ожидает"), orders::operator_name_id.eq(operator_id)),
                (orders::create_date.eq(now), orders::list_rank.eq(1), orders::list_time.eq(0_i64)),
            ))
            .returning(orders::id)
            .get_result(tx.db)
    })
}

fn person(id: AccountId) -> Person {
    Person {
        id,
        role: Role::Admin,
        name: "Ольга Белова".to_owned(),
        login: "olga".to_owned(),
        sound_on: true,
        volume_percent: 60,
        quiet_on: false,
        shows_tour: false,
        extension: None,
        work_status: None,
        needs_second_factor: false,
    }
}

pub fn picture(shade: u8) -> Vec<u8> {
    let mut bytes = std::io::Cursor::new(Vec::new());
    RgbImage::from_pixel(640, 480, image::Rgb([shade, 90, 90]))
        .write_to(&mut bytes, ImageFormat::Jpeg)
        .expect("a JPEG");
    bytes.into_inner()
}

/// An order with an admin who may add documents to it.
pub struct Desk {
    pub app: TestApp,
    pub admin: Client,
    place: DocumentOwner,
    person: Person,
}

impl Desk {
    async fn new() -> Self {
        Self::with(&[]).await
    }

    pub async fn with(settings: &[(&str, &str)]) -> Self {
        let app = TestApp::start_with(settings).await;
        let id = app.create_account(Role::Admin, "Ольга Белова");
        let place = DocumentOwner::Bso(order(&app, id));
        let admin = app.sign_in("Ольга Белова").await;
        Self { admin, place, person: person(id), app }
    }

    pub async fn store(&self, name: &str, bytes: &[u8]) -> Result<FileId, FileError> {
        let pieces: Vec<_> =
            bytes.chunks(1000).map(|c| Ok::<_, String>(actix_web::web::Bytes::copy_from_slice(c))).collect();
        store(&self.app.app, self.person.id, self.place, name, futures_util::stream::iter(pieces)).await
    }

    /// Uploads through HTTP as the script of the page does.
    async fn upload(&self, client: &Client, accept: &str, files: &[(&str, &[u8])]) -> Page {
        let mut body = b"--edge\r\nContent-Disposition: form-data; name=\"note\"\r\n\r\nno file\r\n".to_vec();
        for (name, bytes) in files {
            let head = format!(
                "--edge\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\n\
                 Content-Type: image/jpeg\r\n\r\n"
            );
            body.extend_from_slice(head.as_bytes());
            body.extend_from_slice(bytes);
            body.extend_from_slice(b"\r\n");
        }
        body.extend_from_slice(b"--edge--\r\n");
        let request = client.request(Method::POST, &self.place.url()).header("accept", accept);
        Page::of(request.header("content-type", "multipart/form-data; boundary=edge").body(body)).await
    }

    async fn list(&self, client: &Client) -> Page {
        client.hx_get(&self.place.element_id(), &self.place.url()).await
    }

    fn rows(&self) -> i64 {
        self.app.read(|db| files::table.count().get_result(db))
    }

    fn reads(&self) -> i64 {
        self.app.read(|db| audit_log::table.filter(audit_log::action.eq("file.read")).count().get_result(db))
    }

    fn stored(&self) -> usize {
        let mut count = 0;
        self.app.app.storage.list(|_| count += 1).expect("a list");
        count
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_document_opens_for_signed_in_people_with_headers_that_disarm_it() {
    let desk = Desk::new().await;
    let id = desk.store("БСО Фомин.JPEG", &picture(200)).await.expect("kept");
    let operator = desk.app.operator("Анна").await;
    assert_eq!(desk.app.anon().get(&format!("/files/{id}")).await.status, 303);
    let answer = operator.request(Method::GET, &format!("/files/{id}")).send().await.expect("an answer");
    assert_eq!(answer.status().as_u16(), 200);
    let header = |name: &str| answer.headers()[name].to_str().expect("ASCII").to_owned();
    assert_eq!(header("content-type"), "image/jpeg");
    assert_eq!(header("x-content-type-options"), "nosniff");
    assert_eq!(header("cache-control"), "private, no-store");
    assert_eq!(header("x-frame-options"), "DENY");
    assert_eq!(header("cross-origin-resource-policy"), "same-origin");
    assert!(header("content-security-policy").starts_with("default-src 'none'"));
    assert!(header("content-security-policy").ends_with("; sandbox"));
    let name = "filename*=UTF-8''%D0%91%D0%A1%D0%9E%20%D0%A4%D0%BE%D0%BC%D0%B8%D0%BD.jpg";
    assert!(header("content-disposition").starts_with("inline; "));
    assert!(header("content-disposition").ends_with(name));
    let bytes = answer.bytes().await.expect("a body");
    let shown = image::load_from_memory_with_format(&bytes, ImageFormat::Jpeg).expect("the picture");
    assert_eq!((shown.width(), shown.height()), (640, 480));

    let download = operator.get(&format!("/files/{id}?download=1")).await;
    assert!(download.header("content-disposition").starts_with("attachment; "));
    let thumb = operator.request(Method::GET, &format!("/files/{id}/thumb")).send().await.expect("an answer");
    assert_eq!(thumb.headers()["content-type"], "image/jpeg");
    let small = image::load_from_memory(&thumb.bytes().await.expect("a body")).expect("a picture");
    assert_eq!((small.width(), small.height()), (320, 240));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pdf_is_shown_and_heic_is_only_downloaded() {
    let desk = Desk::new().await;
    let pdf = desk.store("чек.jpg", PDF).await.expect("a PDF under another name is a PDF");
    let page = desk.admin.get(&format!("/files/{pdf}")).await;
    assert_eq!((page.header("content-type"), page.body.as_bytes()), ("application/pdf", PDF));
    assert!(page.header("content-disposition").starts_with("inline; filename=\"___.pdf\""));
    let policy = page.header("content-security-policy");
    assert!(policy.starts_with("default-src 'none'") && !policy.contains("sandbox"), "Safari: {policy}");
    assert_eq!(desk.admin.get(&format!("/files/{pdf}/thumb")).await.header("content-type"), "image/svg+xml");

    let heic = desk.store("IMG_1.HEIC", b"\0\0\0\x18ftypheic\0\0\0\0mif1heicrest").await.expect("kept");
    let page = desk.admin.get(&format!("/files/{heic}")).await;
    assert_eq!(page.header("content-type"), "image/heic");
    assert!(page.header("content-disposition").starts_with("attachment; "));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_document_is_refused_in_words_and_leaves_nothing() {
    let desk = Desk::new().await;
    let large = vec![b'x'; 10 * 1024 * 1024 + 1];
    let cases: [(&str, &[u8], &str); 6] = [
        ("photo.jpg", b"<html><script>alert(1)</script>", "Такой формат"),
        ("vector.png", b"<svg xmlns='http://www.w3.org/2000/svg'/>", "Такой формат"),
        ("moving.gif", b"GIF89a\x01\0\x01\0\0\0\0;", "Такой формат"),
        ("broken.jpg", b"\xff\xd8\xff\xe0broken", "повреждена"),
        ("empty.pdf", b"", "пуст"),
        ("large.pdf", &large, "Больше 10 МБ"),
    ];
    for (name, bytes, words) in cases {
        let error = desk.store(name, bytes).await.expect_err(name);
        assert!(error.words().contains(words), "{name}: {}", error.words());
    }
    assert_eq!((desk.rows(), desk.stored()), (0, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn one_bad_file_does_not_lose_the_others() {
    let desk = Desk::new().await;
    let files: [(&str, &[u8]); 3] = [("a.jpg", &picture(10)), ("b.gif", b"GIF89a"), ("c.pdf", PDF)];
    let page = desk.upload(&desk.admin, "application/json", &files).await;
    assert_eq!(page.status, 200, "{}", page.body);
    let answer: serde_json::Value = serde_json::from_str(&page.body).expect("JSON");
    assert!(answer["files"][0]["id"].is_i64() && answer["files"][2]["id"].is_i64(), "{answer}");
    assert_eq!(answer["files"][1]["name"], "b.gif");
    assert!(answer["files"][1]["error"].as_str().expect("words").contains("Такой формат"));
    assert_eq!(desk.rows(), 2);

    let refused = desk.upload(&desk.admin, "application/json", &[("b.gif", b"GIF89a")]).await;
    assert_eq!(refused.status, 422);
    // Without scripts: back to the order, or a page that says what was refused.
    let plain = desk.upload(&desk.admin, "text/html", &[("d.jpg", &picture(60))]).await;
    assert_eq!(
        (plain.status, plain.header("location")),
        (303, format!("/orders/{}", desk.place.order().expect("of an order")).as_str())
    );
    let told = desk.upload(&desk.admin, "text/html", &[("b.gif", b"GIF89a")]).await;
    assert!(told.status == 400 && told.text().contains("b.gif: Такой формат"), "{}", told.text());
    assert_eq!(desk.upload(&desk.admin, "text/html", &[]).await.status, 400);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_breaks_off_keeps_what_was_whole() {
    let desk = Desk::new().await;
    let mut body =
        b"--edge\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.pdf\"\r\n\r\n".to_vec();
    body.extend_from_slice(PDF);
    body.extend_from_slice(
        b"\r\n--edge\r\nContent-Disposition: form-data; name=\"file\"; filename=\"b.pdf\"\r\n\r\n",
    );
    body.extend_from_slice(&PDF[..12]);
    let request = desk.admin.request(Method::POST, &desk.place.url()).header("accept", "application/json");
    let page =
        Page::of(request.header("content-type", "multipart/form-data; boundary=edge").body(body)).await;
    let answer: serde_json::Value = serde_json::from_str(&page.body).expect("JSON");
    assert!(answer["files"][0]["id"].is_i64(), "{answer}");
    assert!(answer["files"][1]["error"].as_str().expect("words").contains("прервалась"));
    assert_eq!(desk.rows(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_content_is_one_document_and_a_place_has_its_limit() {
    let desk = Desk::new().await;
    let first = desk.store("a.jpg", &picture(1)).await.expect("kept");
    assert_eq!(desk.store("again.jpg", &picture(1)).await.expect("the same"), first);
    assert_eq!((desk.rows(), desk.stored()), (1, 2), "one document: the picture and the small one");
    for n in 1..MAX_FILES {
        let pdf = [PDF, n.to_string().as_bytes()].concat();
        desk.store(&format!("{n}.pdf"), &pdf).await.expect("kept");
    }
    let error = desk.store("one more.jpg", &picture(99)).await.expect_err("full");
    assert!(error.words().contains("уже 20 файлов"), "{}", error.words());
    assert_eq!(desk.store("again.jpg", &picture(1)).await.expect("is there already"), first);
}

#[tokio::test(flavor = "multi_thread")]
async fn many_uploads_at_once_do_not_pass_the_limit() {
    let desk = Desk::new().await;
    let pdfs: Vec<Vec<u8>> = (0..MAX_FILES + 5).map(|n| [PDF, n.to_string().as_bytes()].concat()).collect();
    let all = futures_util::future::join_all(pdfs.iter().map(|pdf| desk.store("чек.pdf", pdf))).await;
    assert_eq!(all.iter().filter(|kept| kept.is_ok()).count(), MAX_FILES);
    assert_eq!(desk.rows(), MAX_FILES as i64);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_list_shows_what_is_there_and_only_admins_may_change_it() {
    let desk = Desk::new().await;
    let operator = desk.app.operator("Анна").await;
    assert_eq!(desk.list(&operator).await.text_of(".files__none"), "Документов пока нет");
    let (picture, pdf) = (
        desk.store("<b>БСО</b>.png", &picture(5)).await.expect("kept"),
        desk.store("чек.pdf", PDF).await.expect("kept"),
    );
    let seen = desk.list(&desk.admin).await;
    assert!(seen.is_fragment() && seen.has(&format!("#{}", desk.place.element_id())));
    assert_eq!(seen.texts(".file__name"), ["b_.jpg", "чек.pdf"]);
    assert_eq!(seen.attr(&format!("#file-{picture} img"), "src"), Some(format!("/files/{picture}/thumb")));
    assert!(!seen.has(&format!("#file-{pdf} img")));
    assert!(seen.text_of(".file__meta").ends_with("· Белова О."));
    assert!(seen.has(&format!("form[action='/files/{pdf}/delete'] button[data-confirm]")));
    assert!(!desk.list(&operator).await.has("form"), "an operator deletes nothing");

    assert_eq!(operator.submit(&format!("/files/{pdf}/delete"), &[]).await.status, 403);
    assert_eq!(desk.upload(&operator, "application/json", &[("c.pdf", PDF)]).await.status, 403);
    assert_eq!(desk.upload(&desk.app.anon(), "application/json", &[("c.pdf", PDF)]).await.status, 401);
    assert_eq!(desk.rows(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deleted_document_is_gone_for_everybody_and_can_be_sent_again() {
    let desk = Desk::new().await;
    let id = desk.store("чек.pdf", PDF).await.expect("kept");
    let target = desk.place.element_id();
    let answer = desk.admin.hx_submit(&target, &format!("/files/{id}/delete"), &[]).await;
    assert_eq!(answer.status, 204);
    assert!(answer.header("hx-trigger").contains("files:changed"));
    for path in [format!("/files/{id}"), format!("/files/{id}?download=1"), format!("/files/{id}/thumb")] {
        assert_eq!(desk.admin.get(&path).await.status, 404, "{path}");
    }
    assert_eq!(desk.admin.submit(&format!("/files/{id}/delete"), &[]).await.status, 404);
    assert!(!desk.list(&desk.admin).await.has(".file"));
    assert_ne!(desk.store("чек.pdf", PDF).await.expect("kept"), id);
    let actions: Vec<String> = desk.app.read(|db| {
        audit_log::table
            .filter(audit_log::action.not_like("session.%"))
            .order(audit_log::id)
            .select(audit_log::action)
            .load(db)
    });
    assert_eq!(actions, ["file.create", "file.delete", "file.create"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn papers_of_masters_and_employees_do_not_exist_for_others() {
    let desk = Desk::new().await;
    let (anna, boris) = (desk.app.operator("Анна").await, desk.app.operator("Борис").await);
    let anna_id: AccountId = desk.app.read(|db| {
        use callcentre::platform::db::schema::accounts;
        accounts::table.filter(accounts::name.eq("Анна")).select(accounts::id).first(db)
    });
    let master_id: MasterId = desk.app.write(|tx| {
        diesel::insert_into(master::table)
            .values(master::name.eq("Рустам"))
            .returning(master::id)
            .get_result(tx.db)
    });
    let desk_of_master = Desk { place: DocumentOwner::Master(master_id), ..desk };
    let of_master = desk_of_master.store("паспорт.pdf", PDF).await.expect("kept");
    let desk = Desk { place: DocumentOwner::Employee(anna_id), ..desk_of_master };
    let of_anna = desk.store("договор.pdf", PDF).await.expect("kept");
    let open = async |client: &Client, id: FileId| client.get(&format!("/files/{id}")).await.status;
    assert_eq!((open(&desk.admin, of_master).await, open(&desk.admin, of_anna).await), (200, 200));
    assert_eq!((open(&anna, of_master).await, open(&anna, of_anna).await), (404, 404), "not even one's own");
    assert_eq!((open(&boris, of_master).await, open(&boris, of_anna).await), (404, 404));
    assert_eq!(desk.list(&boris).await.status, 404);
    assert_eq!(desk.upload(&boris, "application/json", &[("c.pdf", PDF)]).await.status, 404);
    // What was asked for is given with a reason only, and lies in the storage as nobody can read it.
    let asked = desk.admin.get(&format!("/files/{of_anna}")).await;
    assert!(asked.text().contains("Зачем открываете документ"), "{}", asked.text());
    let address = format!("/files/{of_anna}");
    assert_eq!(desk.admin.submit(&address, &[("reason", "так")]).await.status, 422);
    assert_eq!(anna.submit(&address, &[("reason", "хочу посмотреть")]).await.status, 403);
    let opened = desk.admin.submit(&address, &[("reason", "сверить договор")]).await;
    assert_eq!((opened.status, opened.header("content-type")), (200, "application/pdf"));
    assert_eq!(opened.body.as_bytes(), PDF);
    assert_eq!(desk.admin.submit(&format!("/files/{of_master}"), &[("reason", "сверить")]).await.status, 404);
    let why: Vec<String> = desk.app.read(|db| {
        audit_log::table.filter(audit_log::detail.like("%зачем%")).select(audit_log::detail).load(db)
    });
    assert_eq!(why, [format!("Документ, сотрудник № {anna_id}; зачем: сверить договор")]);
    // The same content twice, one of them encrypted.
    assert_eq!((desk.rows(), desk.stored()), (2, 2));
    // A paper that was stored before papers were encrypted is, within the hour.
    let plain: String = desk.app.read(|db| files::table.find(of_master).select(files::hash).first(db));
    desk.app.write(|tx| {
        diesel::update(files::table.find(of_anna))
            .set((files::hash.eq(&plain), files::sealed_key.eq(None::<String>)))
            .execute(tx.db)
    });
    let app = desk.app.app.clone();
    tokio::task::spawn_blocking(move || schedule::run_now(&app, "seal-papers"))
        .await
        .expect("no panic")
        .expect("encrypted");
    let sealed: (String, Option<String>) =
        desk.app.read(|db| files::table.find(of_anna).select((files::hash, files::sealed_key)).first(db));
    assert!(sealed.0 != plain && sealed.1.is_some());
    let again = desk.admin.submit(&address, &[("reason", "сверить договор")]).await;
    assert_eq!(again.body.as_bytes(), PDF);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_opened_what_is_logged_once_an_hour() {
    let desk = Desk::new().await;
    let id = desk.store("чек.pdf", PDF).await.expect("kept");
    let now = desk.app.app.clock.now();
    desk.app.app.clock.stop_at(now);
    for path in [format!("/files/{id}"), format!("/files/{id}?download=1"), format!("/files/{id}/thumb")] {
        assert_eq!(desk.admin.get(&path).await.status, 200);
    }
    assert_eq!(desk.reads(), 1);
    desk.app.app.clock.stop_at(now + Duration::minutes(61));
    desk.admin.get(&format!("/files/{id}")).await;
    assert_eq!(desk.reads(), 2);
    desk.app.operator("Анна").await.get(&format!("/files/{id}")).await;
    assert_eq!(desk.reads(), 3);
    let (subject, detail): (String, String) = desk.app.read(|db| {
        audit_log::table
            .filter(audit_log::action.not_like("session.%"))
            .order(audit_log::id.desc())
            .select((audit_log::subject, audit_log::detail))
            .first(db)
    });
    assert_eq!(
        (subject, detail),
        (format!("чек.pdf (№ {id})"), format!("БСО, заказ № {}", desk.place.order().expect("of an order")))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_and_nothing_has_no_documents() {
    let desk = Desk::new().await;
    for path in ["/files/0", "/files/999999", "/files/x", "/files?kind=passport&owner=1", "/files?kind=bso"] {
        assert_eq!(desk.admin.get(path).await.status, 404, "{path}");
    }
    let desk = Desk { place: DocumentOwner::Bso(OrderId(999_999)), ..desk };
    assert!(matches!(desk.store("чек.pdf", PDF).await, Err(FileError::NoOwner)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_storage_that_fails_is_said_in_words_and_no_row_is_written() {
    let desk = Desk::new().await;
    let kept = desk.store("чек.pdf", PDF).await.expect("kept");
    // A file where the folder of temporary files was: nothing can be written, whoever the server runs as.
    let temporary = desk.app.app.config.data_dir.join("files/tmp");
    std::fs::remove_dir(&temporary).expect("an empty folder");
    std::fs::write(&temporary, b"").expect("a file");
    let page = desk.upload(&desk.admin, "application/json", &[("a.jpg", &picture(3))]).await;
    assert_eq!(page.status, 422);
    assert!(page.body.contains("Не удалось сохранить файл"), "{}", page.body);
    assert_eq!(desk.rows(), 1);
    assert_eq!(desk.admin.get(&format!("/files/{kept}")).await.status, 200, "what was kept still opens");
}

#[tokio::test(flavor = "multi_thread")]
async fn content_without_a_row_is_swept_a_day_later() {
    let desk = Desk::new().await;
    let id = desk.store("a.jpg", &picture(7)).await.expect("kept");
    let deleted = desk.store("b.pdf", PDF).await.expect("kept");
    desk.admin.submit(&format!("/files/{deleted}/delete"), &[]).await;
    // A crash between the content and its row, and one in the middle of an upload.
    let orphan = desk.app.app.storage.put_bytes("an orphan".into()).await.expect("stored").hash;
    std::fs::write(desk.app.app.config.data_dir.join("files/tmp/crashed"), b"half").expect("a leftover");
    let is_there =
        async |hash: &ContentHash| desk.app.app.storage.get(hash).await.expect("readable").is_some();
    let sweep_at = async |moment| {
        desk.app.app.clock.stop_at(moment);
        let app = desk.app.app.clone();
        tokio::task::spawn_blocking(move || schedule::run_now(&app, "sweep-storage"))
            .await
            .expect("no panic")
            .expect("swept");
    };
    let now = desk.app.app.clock.now();
    sweep_at(now).await;
    assert!(is_there(&orphan).await, "its row may still come");
    sweep_at(now + Duration::hours(25)).await;
    assert!(!is_there(&orphan).await);
    assert_eq!(
        std::fs::read_dir(desk.app.app.config.data_dir.join("files/tmp")).expect("a folder").count(),
        0
    );
    assert_eq!(desk.stored(), 3, "the picture, its small one, and the document that was deleted");
    desk.app.app.clock.stop_at(now);
    // Sessions of that day may have ended by themselves meanwhile.
    let admin = desk.app.sign_in("Ольга Белова").await;
    for path in [format!("/files/{id}"), format!("/files/{id}/thumb")] {
        assert_eq!(admin.get(&path).await.status, 200);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_does_not_know_the_storage_cannot_sweep_it() {
    let desk = Desk::new().await;
    desk.store("чек.pdf", PDF).await.expect("kept");
    let folder = desk.app.app.config.data_dir.join("files");
    let sweep = async |app: &TestApp| {
        let app = app.app.clone();
        tokio::task::spawn_blocking(move || schedule::run_now(&app, "sweep-storage"))
            .await
            .expect("no panic")
            .expect("ran");
    };
    sweep(&desk.app).await;
    let stranger = TestApp::start_with(&[("STORAGE_URL", &format!("file://{}", folder.display()))]).await;
    stranger.app.clock.stop_at(desk.app.app.clock.now() + Duration::days(3));
    sweep(&stranger).await;
    assert_eq!(desk.stored(), 1);
}
