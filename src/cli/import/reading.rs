//! What the texts of the former system mean here: pure, each with the doubt it leaves.

use std::path::{Component, Path, PathBuf};

use chrono::NaiveDateTime;
use chrono_tz::Tz;

use crate::domain::call::CallStatus;
use crate::domain::order::{StatusOrder, TypeEquipment, TypeOrder};
use crate::domain::phone::Phone;
use crate::domain::{search_words, zone};

/// A moment of a call: the clock of Moscow, which the former system stored as if it were UTC.
pub(super) fn called_at(stored: NaiveDateTime) -> NaiveDateTime {
    zone::utc(stored, Tz::Europe__Moscow)
}

/// The ids in «12, 15,16», and what among them is none.
pub(super) fn ids(list: &str) -> (Vec<i64>, Vec<String>) {
    let (mut ids, mut strange) = (Vec::new(), Vec::new());
    for part in list.split([',', ';', ' ', '\n']).map(str::trim).filter(|part| !part.is_empty()) {
        match part.parse::<i64>() {
            Ok(id) if id > 0 => ids.push(id),
            _ => strange.push(part.to_owned()),
        }
    }
    ids.sort_unstable();
    ids.dedup();
    (ids, strange)
}

/// A number, however it is written; a mess of digits that no door would take is kept as digits.
pub(super) fn phone(text: &str) -> Option<String> {
    let typed = Phone::typed(text).ok().or_else(|| Phone::parse(text));
    // «89001112233, 89004445566» and «8 900 111-22-33 Анна»: the first number that is one.
    let first = || text.split([',', ';', '/', '\n']).find_map(Phone::parse);
    let bare = || {
        let digits: String = text.chars().filter(char::is_ascii_digit).collect();
        Phone::parse(&digits)
    };
    typed.or_else(first).or_else(bare).map(|phone| phone.digits().to_owned())
}

/// A status, also one that is written a little differently.
pub(super) fn status(text: &str) -> Option<StatusOrder> {
    let folded = search_words::sort_key(text);
    let of = |status: &StatusOrder| search_words::sort_key(status.as_str()) == folded;
    StatusOrder::ALL.iter().copied().find(of)
}

/// КП, БТ, МНЧ, also spelled out.
pub(super) fn equipment(text: &str) -> Option<TypeEquipment> {
    let folded = search_words::fold(text);
    let of = |kind: &TypeEquipment| {
        search_words::fold(kind.as_str()) == folded || search_words::fold(kind.label()) == folded
    };
    TypeEquipment::ALL.iter().copied().find(of)
}

/// Впервые, Повтор, Гарантия.
pub(super) fn type_order(text: &str) -> Option<TypeOrder> {
    let folded = search_words::sort_key(text);
    TypeOrder::ALL.iter().copied().find(|kind| search_words::sort_key(kind.as_str()) == folded)
}

/// What became of a call.
pub(super) fn call_status(text: &str) -> Option<CallStatus> {
    CallStatus::parse(&text.trim().to_lowercase().replace('-', "_"))
}

/// Where a document or a recording lies below `folder`: the former system named them by keys of a bucket, by paths of
/// its machine or by addresses, of which the tail is below the folder they were copied to. Nothing above it is reached.
pub(super) fn below(folder: &Path, named: &str) -> Option<PathBuf> {
    let named = named.split_once("://").map_or(named, |(_, rest)| rest);
    let named = named.split(['?', '#']).next().unwrap_or_default().replace('\\', "/");
    let parts: Vec<&str> = Path::new(&named)
        .components()
        .filter_map(|part| match part {
            Component::Normal(part) => part.to_str(),
            _ => None,
        })
        .collect();
    let root = folder.canonicalize().ok()?;
    (0..parts.len())
        .map(|from| parts[from..].iter().fold(folder.to_owned(), |path, part| path.join(part)))
        .filter_map(|path| path.canonicalize().ok())
        .find(|path| path.starts_with(&root) && path.is_file())
}

/// The zone of a city, when it is one of the larger ones.
pub(super) fn zone_of(city: &str) -> Option<Tz> {
    let folded = search_words::sort_key(city);
    let has = |names: &str| names.split(", ").any(|name| search_words::sort_key(name) == folded);
    ZONES.iter().find(|(_, names)| has(names)).map(|(zone, _)| *zone)
}

/// Cities of Russia by their clocks.
const ZONES: &[(Tz, &str)] = &[
    (Tz::Europe__Kaliningrad, "Калининград, Балтийск, Советск, Черняховск"),
    (
        Tz::Europe__Moscow,
        "Москва, Санкт-Петербург, Питер, СПб, Нижний Новгород, Казань, Ростов-на-Дону, Воронеж, Краснодар, Ярославль, \
         Махачкала, Рязань, Пенза, Липецк, Тула, Чебоксары, Курск, Ставрополь, Тверь, Брянск, Иваново, Белгород, Сочи, \
         Владимир, Архангельск, Калуга, Смоленск, Череповец, Вологда, Орёл, Мурманск, Петрозаводск, Тамбов, Йошкар-Ола, \
         Набережные Челны, Нижнекамск, Новороссийск, Таганрог, Кострома, Сыктывкар, Нальчик, Владикавказ, Грозный, \
         Великий Новгород, Псков, Подольск, Балашиха, Химки, Мытищи, Королёв, Люберцы, Красногорск, Одинцово, \
         Зеленоград, Домодедово, Серпухов, Коломна, Электросталь, Щёлково, Саранск, Дзержинск, Старый Оскол, Рыбинск, \
         Северодвинск, Альметьевск, Обнинск, Армавир, Майкоп, Пятигорск, Кисловодск, Анапа, Новомосковск",
    ),
    (Tz::Europe__Simferopol, "Симферополь, Севастополь, Керчь, Ялта, Евпатория, Феодосия"),
    (Tz::Europe__Kirov, "Киров"),
    (Tz::Europe__Volgograd, "Волгоград, Волжский, Камышин"),
    (Tz::Europe__Astrakhan, "Астрахань"),
    (Tz::Europe__Saratov, "Саратов, Энгельс, Балаково"),
    (Tz::Europe__Ulyanovsk, "Ульяновск, Димитровград"),
    (Tz::Europe__Samara, "Самара, Тольятти, Сызрань, Новокуйбышевск, Ижевск, Сарапул, Воткинск"),
    (
        Tz::Asia__Yekaterinburg,
        "Екатеринбург, Челябинск, Уфа, Пермь, Тюмень, Магнитогорск, Оренбург, Сургут, Курган, Нижневартовск, \
         Нижний Тагил, Стерлитамак, Орск, Каменск-Уральский, Златоуст, Миасс, Салават, Нефтекамск, Березники, Копейск, \
         Ханты-Мансийск, Нефтеюганск, Новый Уренгой, Ноябрьск, Тобольск, Октябрьский, Первоуральск",
    ),
    (Tz::Asia__Omsk, "Омск"),
    (Tz::Asia__Novosibirsk, "Новосибирск, Бердск"),
    (Tz::Asia__Barnaul, "Барнаул, Бийск, Рубцовск, Горно-Алтайск"),
    (Tz::Asia__Tomsk, "Томск, Северск"),
    (Tz::Asia__Novokuznetsk, "Новокузнецк, Кемерово, Прокопьевск, Междуреченск"),
    (Tz::Asia__Krasnoyarsk, "Красноярск, Норильск, Ачинск, Абакан, Кызыл"),
    (Tz::Asia__Irkutsk, "Иркутск, Братск, Ангарск, Усть-Илимск, Улан-Удэ"),
    (Tz::Asia__Chita, "Чита"),
    (Tz::Asia__Yakutsk, "Якутск, Благовещенск, Нерюнгри"),
    (Tz::Asia__Vladivostok, "Владивосток, Хабаровск, Комсомольск-на-Амуре, Уссурийск, Находка, Артём"),
    (Tz::Asia__Magadan, "Магадан"),
    (Tz::Asia__Sakhalin, "Южно-Сахалинск"),
    (Tz::Asia__Kamchatka, "Петропавловск-Камчатский"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_was_stored_by_the_clock_of_moscow() {
        let at = |text: &str| text.parse::<NaiveDateTime>().expect("a moment");
        assert_eq!(called_at(at("2026-11-23T23:30:00")), at("2026-11-23T20:30:00"));
        // Until 2014 Moscow was four hours ahead.
        assert_eq!(called_at(at("2013-06-01T01:00:00")), at("2013-05-31T21:00:00"));
    }

    #[test]
    fn ids_are_read_from_a_list_of_them() {
        assert_eq!(ids("12, 15,12;7"), (vec![7, 12, 15], Vec::new()));
        assert_eq!(ids(" ,null, -3,5"), (vec![5], vec!["null".to_owned(), "-3".to_owned()]));
        assert_eq!(ids(""), (Vec::new(), Vec::new()));
    }

    #[test]
    fn numbers_are_read_however_they_are_written() {
        for text in
            ["+7 900 123-45-67", "8(900)1234567", "9001234567", "8-900-123-45-67 Анна", "79001234567, 112"]
        {
            assert_eq!(phone(text).as_deref(), Some("79001234567"), "{text}");
        }
        for text in ["", "нет", "anonymous", "-"] {
            assert_eq!(phone(text), None, "{text}");
        }
    }

    #[test]
    fn words_of_lists_are_known_by_what_they_mean() {
        assert_eq!(status(" готово"), Some(StatusOrder::Done));
        assert_eq!(status("В  пути"), Some(StatusOrder::EnRoute));
        assert_eq!(status("Закрыт"), None);
        assert_eq!(equipment("бт"), Some(TypeEquipment::Appliances));
        assert_eq!(equipment("Муж на час"), Some(TypeEquipment::Handyman));
        assert_eq!(type_order("гарантия"), Some(TypeOrder::Warranty));
        assert_eq!(call_status("no-answer"), Some(CallStatus::NoAnswer));
        assert_eq!(zone_of("самара"), Some(Tz::Europe__Samara));
        assert_eq!(zone_of("Орел"), Some(Tz::Europe__Moscow));
        assert_eq!(zone_of("Урюпинск"), None);
    }

    #[test]
    fn files_are_found_below_their_folder_and_nowhere_else() {
        let folder = tempfile::tempdir().expect("a folder");
        let inside = folder.path().join("files");
        std::fs::create_dir_all(inside.join("orders/bso")).expect("folders");
        std::fs::write(inside.join("orders/bso/a.jpg"), "x").expect("a file");
        std::fs::write(folder.path().join("secret"), "x").expect("a file");
        std::os::unix::fs::symlink(folder.path().join("secret"), inside.join("link")).expect("a link");
        for named in [
            "orders/bso/a.jpg",
            "/app/uploads/orders/bso/a.jpg",
            "https://s3.example/bucket/orders/bso/a.jpg?X-Amz-Signature=1",
            r"C:\data\orders\bso\a.jpg",
        ] {
            assert!(below(&inside, named).is_some(), "{named}");
        }
        for named in ["", "a.jpg", "../secret", "/secret", "link", "orders/bso", "orders/bso/../../../secret"]
        {
            assert_eq!(below(&inside, named), None, "{named}");
        }
    }
}
