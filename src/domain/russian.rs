//! Russian words that depend on numbers and moments: plurals, dates, durations, money. Pure; used by templates.

use chrono::{Datelike, NaiveDate, NaiveDateTime, Timelike};

/// The form of a noun after `n`: `plural(5, ["заказ", "заказа", "заказов"])` gives «заказов».
pub fn plural(n: u64, forms: [&str; 3]) -> &str {
    match (n % 10, n % 100) {
        (_, 11..=14) => forms[2],
        (1, _) => forms[0],
        (2..=4, _) => forms[1],
        _ => forms[2],
    }
}

/// «1 минуту», «2 минуты», «15 минут»: how long to wait.
pub fn minutes(n: u64) -> String {
    format!("{n} {}", plural(n, ["минуту", "минуты", "минут"]))
}

/// «10 мин», «2 ч 10 мин»: a length in short, as tables and counters say it.
pub fn hours(minutes: i64) -> String {
    let minutes = minutes.max(0);
    match (minutes / 60, minutes % 60) {
        (0, rest) => format!("{rest} мин"),
        (hours, rest) => format!("{hours} ч {rest} мин"),
    }
}

/// «5 минут», «2 часа», «3 дня»: a length in its largest unit, in whole words; empty under a minute.
pub fn lasting(seconds: u64) -> String {
    match seconds {
        0..60 => String::new(),
        60..3600 => minutes(seconds / 60),
        3600..86_400 => format!("{} {}", seconds / 3600, plural(seconds / 3600, ["час", "часа", "часов"])),
        _ => days(seconds / 86_400),
    }
}

/// «1 день», «3 дня», «12 дней».
pub fn days(n: u64) -> String {
    format!("{n} {}", plural(n, ["день", "дня", "дней"]))
}

/// The words with a capital letter, as a sentence begins.
pub fn sentence(words: &str) -> String {
    let mut letters = words.chars();
    let first: String = letters.next().into_iter().flat_map(char::to_uppercase).collect();
    first + letters.as_str()
}

/// A length of a talk: `1:17`, `45:00`, `1:02:03`.
pub fn duration(seconds: i64) -> String {
    let s = seconds.max(0);
    match s / 3600 {
        0 => format!("{}:{:02}", s / 60, s % 60),
        h => format!("{h}:{:02}:{:02}", s / 60 % 60, s % 60),
    }
}

const WEEKDAYS: [&str; 7] = ["пн", "вт", "ср", "чт", "пт", "сб", "вс"];
const WEEKDAYS_LONG: [&str; 7] =
    ["понедельник", "вторник", "среда", "четверг", "пятница", "суббота", "воскресенье"];
const ON_WEEKDAYS: [&str; 7] =
    ["в понедельник", "во вторник", "в среду", "в четверг", "в пятницу", "в субботу", "в воскресенье"];
const MONTHS: [&str; 12] = [
    "января",
    "февраля",
    "марта",
    "апреля",
    "мая",
    "июня",
    "июля",
    "августа",
    "сентября",
    "октября",
    "ноября",
    "декабря",
];

/// «Ноябрь 2026».
pub fn month(day: NaiveDate) -> String {
    const NAMES: [&str; 12] = [
        "Январь",
        "Февраль",
        "Март",
        "Апрель",
        "Май",
        "Июнь",
        "Июль",
        "Август",
        "Сентябрь",
        "Октябрь",
        "Ноябрь",
        "Декабрь",
    ];
    format!("{} {}", NAMES[day.month0() as usize], day.year())
}

/// «чт».
pub fn weekday(day: NaiveDate) -> &'static str {
    WEEKDAYS[day.weekday().num_days_from_monday() as usize]
}

/// «четверг».
pub fn weekday_long(day: NaiveDate) -> &'static str {
    WEEKDAYS_LONG[day.weekday().num_days_from_monday() as usize]
}

/// «во вторник».
pub fn on_weekday(day: NaiveDate) -> &'static str {
    ON_WEEKDAYS[day.weekday().num_days_from_monday() as usize]
}

/// «чт» of 3: the name of a weekday by its number, 0 is Monday; empty for any other number.
pub fn weekday_name(number: i32) -> &'static str {
    usize::try_from(number).ok().and_then(|n| WEEKDAYS.get(n)).copied().unwrap_or_default()
}

/// «19 ноября», with the year when it is not the year of `today`.
pub fn day(day: NaiveDate, today: NaiveDate) -> String {
    let text = format!("{} {}", day.day(), MONTHS[day.month0() as usize]);
    if day.year() == today.year() { text } else { format!("{text} {}", day.year()) }
}

/// «сегодня», «завтра», «вчера», otherwise «чт, 19 ноября».
pub fn day_near(date: NaiveDate, today: NaiveDate) -> String {
    match (date - today).num_days() {
        0 => "сегодня".to_owned(),
        1 => "завтра".to_owned(),
        -1 => "вчера".to_owned(),
        _ => format!("{}, {}", weekday(date), day(date, today)),
    }
}

/// `19.11`, with the year when it is not the year of `today`.
pub fn day_short(date: NaiveDate, today: NaiveDate) -> String {
    if date.year() == today.year() {
        format!("{:02}.{:02}", date.day(), date.month())
    } else {
        format!("{:02}.{:02}.{}", date.day(), date.month(), date.year())
    }
}

/// `14:05`.
pub fn time(moment: NaiveDateTime) -> String {
    format!("{:02}:{:02}", moment.hour(), moment.minute())
}

/// `14:05` on `today`, otherwise `19.11 14:05`.
pub fn moment(moment: NaiveDateTime, today: NaiveDate) -> String {
    if moment.date() == today {
        time(moment)
    } else {
        format!("{} {}", day_short(moment.date(), today), time(moment))
    }
}

/// How many: `10 000`; the thousands are held together by a no-break space.
pub fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push('\u{a0}');
        }
        text.push(digit);
    }
    text
}

/// «612 МБ», «2,4 ГБ», «340 КБ»: in the unit in which it has two or three figures.
pub fn size(bytes: u64) -> String {
    const UNITS: [&str; 5] = ["Б", "КБ", "МБ", "ГБ", "ТБ"];
    let (mut whole, mut tenths, mut unit) = (bytes, 0, 0);
    while whole >= 1024 && unit + 1 < UNITS.len() {
        tenths = whole % 1024 * 10 / 1024;
        whole /= 1024;
        unit += 1;
    }
    match (unit, whole) {
        (1.., 0..10) => format!("{whole},{tenths}\u{a0}{}", UNITS[unit]),
        _ => format!("{whole}\u{a0}{}", UNITS[unit]),
    }
}

/// Roubles of kopecks: `12 400` or `12 400,50`; the thousands are held together by a no-break space.
pub fn roubles(kopecks: i64) -> String {
    let text = count((kopecks / 100).unsigned_abs());
    let sign = if kopecks < 0 { "−" } else { "" };
    match (kopecks % 100).abs() {
        0 => format!("{sign}{text}"),
        rest => format!("{sign}{text},{rest:02}"),
    }
}

/// Initials for an avatar: «Анна Белова» gives «АБ».
pub fn initials(name: &str) -> String {
    name.split_whitespace().filter_map(|word| word.chars().next()).take(2).collect::<String>().to_uppercase()
}

/// «Белова А.»: surname-first short form of «Анна Белова», «Белова Анна» and «Белова Анна Сергеевна»; a single word
/// stays as it is. What tells neither name nor surname is taken for name and surname.
pub fn short_name(name: &str) -> String {
    let words: Vec<&str> = name.split_whitespace().collect();
    let (surname, first) = match words.as_slice() {
        [surname, first, third, ..] if is_patronymic(third) => (surname, first),
        [first, second, surname, ..] if is_patronymic(second) => (surname, first),
        [one, other, ..] if is_first_name(other) && !is_first_name(one) => (one, other),
        [one, other, ..] if is_first_name(one) && !is_first_name(other) => (other, one),
        [one, other, ..] if is_surname(one) && !is_surname(other) => (one, other),
        [first, surname, ..] => (surname, first),
        _ => return name.trim().to_owned(),
    };
    format!("{surname} {}.", first.chars().next().unwrap_or_default())
}

fn is_patronymic(word: &str) -> bool {
    const ENDS: [&str; 7] = ["ович", "евич", "ична", "овна", "евна", "инична", "оглы"];
    let word = word.to_lowercase();
    ENDS.iter().any(|end| word.ends_with(end))
        || ["ильич", "лукич", "кузьмич", "фомич"].contains(&word.as_str())
}

fn is_surname(word: &str) -> bool {
    const ENDS: [&str; 24] = [
        "ов",
        "ова",
        "ев",
        "ева",
        "ёв",
        "ёва",
        "ин",
        "ина",
        "ын",
        "ына",
        "ский",
        "ская",
        "цкий",
        "цкая",
        "ко",
        "ук",
        "юк",
        "чук",
        "ян",
        "дзе",
        "швили",
        "их",
        "ых",
        "ец",
    ];
    let word = word.to_lowercase();
    ENDS.iter().any(|end| word.ends_with(end))
}

/// Common first names, those that end like surnames above all.
fn is_first_name(word: &str) -> bool {
    const NAMES: &str = "александр александра алексей алена алина алла альбина анастасия анатолий ангелина андрей анна \
        антон антонина аркадий арсений артем артур арина богдан борис вадим валентин валентина валерий валерия василий \
        вера вероника виктор виктория виталий владимир владислав всеволод вячеслав галина геннадий георгий герман глеб \
        григорий дана данил даниил дарья денис диана дина динара дмитрий евгений евгения егор екатерина елена \
        елизавета жанна захар зинаида зоя иван игорь илья инна ирина ильдар карина кирилл клавдия константин ксения \
        кристина лариса лев леонид лидия лилия любовь людмила майя максим марат маргарита марина мария марк марьям матвей \
        михаил надежда назар наталия наталья никита николай нина оксана олег олеся ольга павел петр полина раиса регина \
        ринат роберт родион роман руслан рустам савелий светлана святослав семен сергей снежана софия софья станислав \
        степан таисия тамара татьяна тарас тимофей тимур ульяна федор филипп эдуард элина эльвира эльдар эмма юлия юрий \
        яков яна ярослав ярослава";
    let word = word.to_lowercase().replace('ё', "е");
    NAMES.split_whitespace().any(|name| name == word)
}

/// A text of one line as it is kept: no control characters, nothing that turns the direction of writing, single
/// spaces.
pub fn clean(text: &str) -> String {
    let is_mark = |c: char| matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}');
    let plain: String =
        text.chars().filter(|c| !is_mark(*c)).map(|c| if c.is_control() { ' ' } else { c }).collect();
    plain.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_have_two_or_three_figures() {
        let told = [500, 340 * 1024, 2_600_000, 641_728_512, 2_577_000_000_000].map(size);
        let wanted = ["500 Б", "340 КБ", "2,4 МБ", "612 МБ", "2,3 ТБ"];
        assert_eq!(told.map(|text| text.replace('\u{a0}', " ")), wanted);
    }

    #[test]
    fn nouns_follow_the_number() {
        let forms = ["заказ", "заказа", "заказов"];
        for (n, word) in
            [(1, "заказ"), (3, "заказа"), (5, "заказов"), (11, "заказов"), (21, "заказ"), (112, "заказов")]
        {
            assert_eq!(plural(n, forms), word, "{n}");
        }
    }

    #[test]
    fn money_is_grouped_and_kopecks_shown_only_when_there_are_some() {
        assert_eq!(roubles(1_240_000), "12\u{a0}400");
        assert_eq!(roubles(1_240_050), "12\u{a0}400,50");
        assert_eq!(roubles(50_000), "500");
        assert_eq!(roubles(-105), "−1,05");
    }

    #[test]
    fn counts_are_grouped_and_have_no_kopecks() {
        assert_eq!([count(0), count(999), count(12_400)], ["0", "999", "12\u{a0}400"]);
    }

    #[test]
    fn durations_read_like_a_player() {
        assert_eq!(duration(77), "1:17");
        assert_eq!(duration(3723), "1:02:03");
        assert_eq!(duration(-5), "0:00");
    }

    #[test]
    fn names_shorten_to_the_surname() {
        assert_eq!(short_name("Анна Белова"), "Белова А.");
        assert_eq!(short_name("Рустам"), "Рустам");
        for name in ["Белова Анна", "Белова Анна Сергеевна", "Анна Сергеевна Белова", "  Анна  Белова "]
        {
            assert_eq!(short_name(name), "Белова А.", "{name}");
        }
        for (name, short) in [
            ("Константин Лев", "Лев К."),
            ("Галкина Марина", "Галкина М."),
            ("Марина Галкина", "Галкина М."),
            ("Шевченко Пётр", "Шевченко П."),
            ("Иванов Гарри", "Иванов Г."),
            ("Вера Третья", "Третья В."),
            ("Ким Мирон", "Мирон К."),
        ] {
            assert_eq!(short_name(name), short, "{name}");
        }
        assert_eq!(initials("Анна Белова"), "АБ");
    }
}
