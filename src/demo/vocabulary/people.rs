//! People: names with surnames of the same gender, as operators write them down.

use rand::RngExt;

use super::{pick, weigh};

const MEN: [&str; 30] = [
    "Александр",
    "Алексей",
    "Анатолий",
    "Андрей",
    "Антон",
    "Борис",
    "Вадим",
    "Валерий",
    "Виктор",
    "Виталий",
    "Владимир",
    "Вячеслав",
    "Геннадий",
    "Григорий",
    "Денис",
    "Дмитрий",
    "Евгений",
    "Иван",
    "Игорь",
    "Константин",
    "Максим",
    "Михаил",
    "Николай",
    "Олег",
    "Павел",
    "Пётр",
    "Роман",
    "Сергей",
    "Фёдор",
    "Юрий",
];
const WOMEN: [&str; 30] = [
    "Александра",
    "Алёна",
    "Алла",
    "Анастасия",
    "Анна",
    "Валентина",
    "Вера",
    "Виктория",
    "Галина",
    "Дарья",
    "Евгения",
    "Екатерина",
    "Елена",
    "Жанна",
    "Зинаида",
    "Ирина",
    "Ксения",
    "Лариса",
    "Лидия",
    "Любовь",
    "Людмила",
    "Марина",
    "Мария",
    "Надежда",
    "Наталья",
    "Нина",
    "Ольга",
    "Светлана",
    "Татьяна",
    "Юлия",
];
/// As a man bears them; [`surname`] knows the other form.
const SURNAMES: [&str; 60] = [
    "Иванов",
    "Смирнов",
    "Кузнецов",
    "Попов",
    "Васильев",
    "Петров",
    "Соколов",
    "Михайлов",
    "Новиков",
    "Фёдоров",
    "Морозов",
    "Волков",
    "Алексеев",
    "Лебедев",
    "Семёнов",
    "Егоров",
    "Павлов",
    "Козлов",
    "Степанов",
    "Николаев",
    "Орлов",
    "Андреев",
    "Макаров",
    "Никитин",
    "Захаров",
    "Зайцев",
    "Соловьёв",
    "Борисов",
    "Яковлев",
    "Григорьев",
    "Романов",
    "Воробьёв",
    "Сергеев",
    "Кузьмин",
    "Фролов",
    "Александров",
    "Дмитриев",
    "Королёв",
    "Гусев",
    "Киселёв",
    "Ильин",
    "Максимов",
    "Поляков",
    "Сорокин",
    "Виноградов",
    "Ковалёв",
    "Белов",
    "Медведев",
    "Антонов",
    "Тарасов",
    "Жуков",
    "Баранов",
    "Филиппов",
    "Комаров",
    "Белинский",
    "Островский",
    "Полевой",
    "Черкасский",
    "Ёлкин",
    "Крылов",
];
/// Father's names: a man's and a woman's patronymic.
const PATRONYMICS: [(&str, &str); 16] = [
    ("Александрович", "Александровна"),
    ("Алексеевич", "Алексеевна"),
    ("Андреевич", "Андреевна"),
    ("Борисович", "Борисовна"),
    ("Викторович", "Викторовна"),
    ("Владимирович", "Владимировна"),
    ("Дмитриевич", "Дмитриевна"),
    ("Иванович", "Ивановна"),
    ("Игоревич", "Игоревна"),
    ("Михайлович", "Михайловна"),
    ("Николаевич", "Николаевна"),
    ("Олегович", "Олеговна"),
    ("Павлович", "Павловна"),
    ("Петрович", "Петровна"),
    ("Сергеевич", "Сергеевна"),
    ("Юрьевич", "Юрьевна"),
];

/// A client as an operator writes one down: often a first name alone, of elder people with the patronymic.
pub fn client(rng: &mut impl RngExt) -> String {
    let is_woman = rng.random_bool(0.55);
    let first = first_name(rng, is_woman);
    match weigh(rng, &[(0, 40), (1, 35), (2, 25)]) {
        0 => first.to_owned(),
        1 => {
            let (his, hers) = pick(rng, &PATRONYMICS);
            format!("{first} {}", if is_woman { hers } else { his })
        }
        _ => format!("{first} {}", surname(pick(rng, &SURNAMES), is_woman)),
    }
}

/// The `index`-th employee, first name and surname; different for the first eighteen hundred.
pub fn employee(index: usize, is_woman: bool) -> String {
    let names = if is_woman { &WOMEN } else { &MEN };
    // Steps without a common divisor with the lengths: neighbours share neither name nor surname.
    let first = names[(index * 7 + 4) % names.len()];
    let last = SURNAMES[(index * 13 + index / names.len() + 59) % SURNAMES.len()];
    format!("{first} {}", surname(last, is_woman))
}

/// First names of the personas behind advertisements, in a fixed order.
pub fn persona(index: usize) -> &'static str {
    MEN[(index * 11 + 27) % MEN.len()]
}

fn first_name(rng: &mut impl RngExt, is_woman: bool) -> &'static str {
    if is_woman { pick(rng, &WOMEN) } else { pick(rng, &MEN) }
}

/// The surname as a man or a woman bears it.
fn surname(his: &str, is_woman: bool) -> String {
    if !is_woman {
        return his.to_owned();
    }
    match his.strip_suffix("ий").or_else(|| his.strip_suffix("ой")) {
        Some(stem) => format!("{stem}ая"),
        None => format!("{his}а"),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn a_surname_follows_its_bearer() {
        assert_eq!(surname("Кузнецов", true), "Кузнецова");
        assert_eq!(surname("Белинский", true), "Белинская");
        assert_eq!(surname("Полевой", true), "Полевая");
        assert_eq!(surname("Полевой", false), "Полевой");
    }

    #[test]
    fn employees_are_different_people() {
        for is_woman in [true, false] {
            let names: BTreeSet<String> = (0..200).map(|index| employee(index, is_woman)).collect();
            assert_eq!(names.len(), 200);
        }
    }
}
