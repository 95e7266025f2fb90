//! Cities with their clocks, and addresses in them.

use chrono_tz::Tz;
use chrono_tz::{Asia, Europe};
use rand::RngExt;

use super::{pick, weigh};

/// A city: its name, its clock and how much of the business happens there.
pub struct MadeUpCity {
    /// Name.
    pub name: &'static str,
    /// Clock.
    pub zone: Tz,
    /// Share of the business, against the others.
    pub weight: u32,
    /// Streets of its own; empty: only those every city has.
    streets: &'static [&'static str],
}

const fn place(name: &'static str, zone: Tz, weight: u32, streets: &'static [&'static str]) -> MadeUpCity {
    MadeUpCity { name, zone, weight, streets }
}

/// Cities, the first four of three zones.
pub const PLACES: [MadeUpCity; 24] = [
    place(
        "Саратов",
        Europe::Saratov,
        45,
        &[
            "Чернышевского",
            "Астраханская",
            "Большая Казачья",
            "Соколовая",
            "Техническая",
            "Тархова",
            "Рахова",
        ],
    ),
    place(
        "Москва",
        Europe::Moscow,
        22,
        &[
            "Профсоюзная",
            "Нагатинская",
            "Академика Янгеля",
            "Борисовские Пруды",
            "Люблинская",
            "Красного Маяка",
        ],
    ),
    place(
        "Екатеринбург",
        Asia::Yekaterinburg,
        20,
        &["Малышева", "Белинского", "Восточная", "Техническая", "Викулова", "Луначарского", "Уральская"],
    ),
    place(
        "Самара",
        Europe::Samara,
        18,
        &["Ново-Садовая", "Стара-Загора", "Гагарина", "Аэродромная", "Авроры", "Победы", "Ташкентская"],
    ),
    place("Казань", Europe::Moscow, 16, &["Баумана", "Декабристов", "Чистопольская", "Рихарда Зорге"]),
    place("Нижний Новгород", Europe::Moscow, 15, &["Белинского", "Бекетова", "Ванеева", "Родионова"]),
    place("Пермь", Asia::Yekaterinburg, 13, &["Крупской", "Пушкина", "Уральская", "Юрша"]),
    place("Уфа", Asia::Yekaterinburg, 13, &["Менделеева", "Комсомольская", "Российская", "Ферина"]),
    place("Волгоград", Europe::Moscow, 12, &["Еременко", "Рабоче-Крестьянская", "Ангарская"]),
    place("Тольятти", Europe::Samara, 11, &["Дзержинского", "Революционная", "Юбилейная"]),
    place("Челябинск", Asia::Yekaterinburg, 11, &["Воровского", "Молодогвардейцев", "Чичерина"]),
    place("Омск", Asia::Omsk, 10, &["Масленникова", "Лукашевича", "Красный Путь"]),
    place("Новосибирск", Asia::Novosibirsk, 10, &["Дуси Ковальчук", "Богдана Хмельницкого", "Зорге"]),
    place("Калининград", Europe::Kaliningrad, 9, &["Киевская", "Черняховского", "Невского"]),
    place("Красноярск", Asia::Krasnoyarsk, 9, &["Алексеева", "Партизана Железняка", "Взлётная"]),
    place("Ижевск", Europe::Samara, 9, &["Удмуртская", "Пушкинская", "Воткинское шоссе"]),
    place("Ульяновск", Europe::Ulyanovsk, 8, &["Рябикова", "Камышинская", "Минаева"]),
    place("Барнаул", Asia::Barnaul, 8, &["Малахова", "Павловский тракт", "Попова"]),
    place("Тюмень", Asia::Yekaterinburg, 8, &["Мельникайте", "Республики", "Широтная"]),
    place("Иркутск", Asia::Irkutsk, 7, &["Байкальская", "Лермонтова", "Ржанова"]),
    place("Воронеж", Europe::Moscow, 7, &["Хользунова", "Лизюкова", "Кольцовская"]),
    place("Оренбург", Asia::Yekaterinburg, 6, &["Чкалова", "Салмышская", "Терешковой"]),
    place("Астрахань", Europe::Astrakhan, 6, &["Татищева", "Савушкина", "Яблочкова"]),
    place("Краснодар", Europe::Moscow, 6, &["Тургенева", "Ставропольская", "Селезнёва"]),
];

const COMMON_STREETS: [&str; 24] = [
    "Ленина",
    "Советская",
    "Мира",
    "Садовая",
    "Молодёжная",
    "Гагарина",
    "Кирова",
    "Пушкина",
    "Лесная",
    "Школьная",
    "Октябрьская",
    "Комсомольская",
    "Первомайская",
    "Победы",
    "Чапаева",
    "Горького",
    "Калинина",
    "Зелёная",
    "Новая",
    "Строителей",
    "Космонавтов",
    "Маяковского",
    "Чехова",
    "Рабочая",
];

impl MadeUpCity {
    /// An address as an operator writes it down.
    pub fn address(&self, rng: &mut impl RngExt) -> String {
        let own = !self.streets.is_empty() && rng.random_bool(0.6);
        let street = if own { pick(rng, self.streets) } else { pick(rng, &COMMON_STREETS) };
        let house = rng.random_range(1..=140);
        let building = weigh(rng, &[("", 75), ("а", 10), ("б", 4), (" к1", 6), ("/2", 5)]);
        match weigh(rng, &[(0, 72), (1, 18), (2, 10)]) {
            0 => format!("ул. {street}, д. {house}{building}, кв. {}", rng.random_range(1..=240)),
            1 => format!(
                "ул. {street}, д. {house}{building}, кв. {}, подъезд {}, этаж {}",
                rng.random_range(1..=240),
                rng.random_range(1..=8),
                rng.random_range(1..=16)
            ),
            _ => format!("ул. {street}, д. {house}{building}, частный дом"),
        }
    }
}
