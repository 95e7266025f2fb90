//! Clients of the demonstration who write in Avito: what they have written so far, and what they go on writing by
//! themselves. They talk to the simulated Avito; the workplace hears of it as it does in earnest.

mod script;

use std::collections::HashMap;
use std::time::Duration;

use actix_web::web::{Bytes, Data};
use chrono::TimeDelta;
use rand::RngExt;
use serde_json::{Value, json};

use crate::app::App;
use crate::catalogs;
use crate::domain::clock::Clock;
use crate::integrations::avito::fake::{Fake, NewChat};
use crate::platform::error::AppError;
use script::{Line, TALES};

/// How often a client writes by himself.
const PAUSE_SECONDS: std::ops::Range<u64> = 18..40;
/// How often it is looked whether we have answered.
const LOOK: Duration = Duration::from_secs(4);

/// An account as the simulated Avito knows it.
#[derive(Clone)]
pub struct Persona {
    user_id: i64,
}

/// Writes the chats so far into the simulated Avito, which knows the accounts already. Blocks.
///
/// # Errors
/// Of the database.
pub fn furnish(app: &App, avito: &Fake) -> Result<Vec<Persona>, AppError> {
    let names = app.db.read_now(|db| Ok(catalogs::queries::avito_names(db)?))?;
    let personas: Vec<Persona> =
        (0..names.len()).map(|number| Persona { user_id: super::avito::number::of(number) }).collect();
    let photo = avito.add_media("e18.png", "image/png", Bytes::from(photo()));
    let now = app.clock.now();
    for (number, tale) in TALES.iter().enumerate() {
        let Some(persona) = personas.get(number % personas.len().max(1)) else { break };
        let first = tale.lines.first().map_or(0, |(minutes, _)| *minutes);
        avito.follow(Clock::set_to(now - TimeDelta::minutes(first)));
        begin(avito, persona, number);
        for (minutes, line) in tale.lines {
            avito.follow(Clock::set_to(now - TimeDelta::minutes(*minutes)));
            say(avito, &chat_id(number), line, &photo);
            if matches!(line, Line::Client(_) | Line::Photo) {
                avito.client_reads(&chat_id(number));
            }
        }
    }
    avito.follow(app.clock.clone());
    Ok(personas)
}

/// Ads the chats of the account that is the `n`-th of `of` are about: number, title, city.
pub(super) fn ads(n: usize, of: usize) -> Vec<(i64, &'static str, &'static str)> {
    (n..TALES.len())
        .step_by(of.max(1))
        .map(|number| {
            let tale = &TALES[number];
            (4_417_230_000 + i64::try_from(number).unwrap_or_default(), tale.item, tale.city)
        })
        .collect()
}

fn chat_id(number: usize) -> String {
    format!("u2i-Demo{number:04}abcdefghijkl_w")
}

fn begin(avito: &Fake, persona: &Persona, number: usize) {
    let tale = &TALES[number % TALES.len()];
    let number_of = |first: i64| first + i64::try_from(number).unwrap_or_default();
    avito.add_chat(
        persona.user_id,
        &NewChat {
            id: chat_id(number),
            client: number_of(241_877_000),
            name: tale.client.to_owned(),
            ad: Some((
                number_of(4_417_230_000),
                tale.item.to_owned(),
                tale.price.to_owned(),
                tale.city.to_owned(),
            )),
        },
    );
}

fn say(avito: &Fake, chat: &str, line: &Line, photo: &str) {
    match line {
        Line::Client(text) => {
            avito.client_says(chat, text);
        }
        Line::Us(text) => {
            avito.we_say_elsewhere(chat, text);
        }
        Line::Photo => {
            let sizes = json!({ "image": { "sizes": { "640x480": photo, "140x105": photo } } });
            avito.client_writes(chat, "image", sizes);
        }
        Line::Other(kind, content) => {
            avito.client_writes(chat, kind, serde_json::from_str(content).unwrap_or(Value::Null));
        }
    }
}

/// A display with a fault, drawn.
fn photo() -> Vec<u8> {
    let picture = image::RgbImage::from_fn(640, 480, |x, y| {
        let is_digit =
            (200..440).contains(&x) && (180..300).contains(&y) && !(x / 20 + y / 20).is_multiple_of(3);
        if is_digit { image::Rgb([214, 60, 48]) } else { image::Rgb([38, 40, 48 + (y / 16) as u8]) }
    });
    let mut bytes = Vec::new();
    let written = picture.write_to(&mut std::io::Cursor::new(&mut bytes), image::ImageFormat::Png);
    written.expect("a picture fits into memory");
    bytes
}

/// Clients write by themselves, and answer who has answered them, until the application stops.
pub async fn run(app: Data<App>, avito: std::sync::Arc<Fake>, personas: Vec<Persona>) {
    let mut stop = app.stop.subscribe();
    let live = async {
        let mut next = TALES.len();
        let mut answered: HashMap<String, usize> = HashMap::new();
        let mut pause = Duration::from_secs(6);
        loop {
            tokio::time::sleep(LOOK).await;
            for number in 0..next {
                react(&avito, &chat_id(number), number, &mut answered);
            }
            pause = pause.saturating_sub(LOOK);
            if !pause.is_zero() {
                continue;
            }
            pause = Duration::from_secs(rand::rng().random_range(PAUSE_SECONDS));
            let Some(persona) = personas.get(next % personas.len().max(1)) else { continue };
            let tale = &TALES[next % TALES.len()];
            begin(&avito, persona, next);
            avito.client_says(&chat_id(next), tale.opening);
            next += 1;
        }
    };
    tokio::select! {
        () = live => {}
        _ = stop.changed() => {}
    }
}

/// The client reads our answer, and a moment later goes on.
fn react(avito: &Fake, chat: &str, number: usize, answered: &mut HashMap<String, usize>) {
    let messages = avito.messages(chat);
    let Some(last) = messages.last() else { return };
    if last["direction"] != "out" {
        return;
    }
    let told = answered.entry(chat.to_owned()).or_default();
    if last["read"].is_null() {
        avito.client_reads(chat);
        return;
    }
    let reactions = TALES[number % TALES.len()].reactions;
    if let Some(reaction) = reactions.get(*told) {
        *told += 1;
        avito.client_says(chat, reaction);
    }
}
