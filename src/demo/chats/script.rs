//! What clients write in the demonstration. People, addresses and numbers are invented.

/// Something written, by minutes before the demonstration began.
pub enum Line {
    /// By the client.
    Client(&'static str),
    /// By us.
    Us(&'static str),
    /// The client's picture.
    Photo,
    /// Of another kind, with its content as JSON.
    Other(&'static str, &'static str),
}

/// A conversation.
pub struct Tale {
    /// The client.
    pub client: &'static str,
    /// The advertisement.
    pub item: &'static str,
    /// Its price.
    pub price: &'static str,
    /// Where.
    pub city: &'static str,
    /// What was written so far.
    pub lines: &'static [(i64, Line)],
    /// What a new client of this kind begins with.
    pub opening: &'static str,
    /// What the client says to our answers, one after another.
    pub reactions: &'static [&'static str],
}

use Line::{Client, Other, Photo, Us};

/// The conversations.
pub const TALES: &[Tale] = &[
    Tale {
        client: "Надежда П.",
        item: "Ремонт стиральных машин на дому",
        price: "от 1 200 ₽",
        city: "Саратов",
        lines: &[
            (
                1080,
                Client(
                    "Здравствуйте! Стиральная машина Bosch, не сливает воду и пишет E18. Сколько будет стоить?",
                ),
            ),
            (
                1078,
                Us(
                    "Здравствуйте, Надежда! E18 это засор или сливной насос. Диагностика бесплатно при ремонте, чистка от 1 200 ₽.",
                ),
            ),
            (1071, Client("А завтра можно? Желательно после обеда")),
            (1070, Us("Да, есть 14:30 и 15:30. Какой адрес?")),
            (130, Client("Доброе утро. ул. Рахова, 131, кв. 5, код 5В. Телефон 8 927 000-45-23")),
            (129, Photo),
            (125, Us("Записала вас на сегодня, 15:00. Мастер позвонит за час.")),
            (60, Client("Спасибо!")),
            (12, Client("Скажите, а он сможет заодно холодильник посмотреть? Гудит сильно последние дни")),
        ],
        opening: "Здравствуйте, машинка не отжимает, когда сможете приехать?",
        reactions: &["Да, подходит", "ул. Рахова, 131, кв. 5", "Хорошо, жду мастера"],
    },
    Tale {
        client: "Ильдар",
        item: "Ремонт ноутбуков, выезд",
        price: "от 500 ₽ за услугу",
        city: "Казань",
        lines: &[(7, Client("Сколько стоит диагностика ноутбука?"))],
        opening: "Ноутбук выключается через пять минут, посмотрите?",
        reactions: &["Понял. А в выходные работаете?", "Тогда в субботу, 89270001234"],
    },
    Tale {
        client: "Светлана Юрьевна",
        item: "Ремонт холодильников",
        price: "от 900 ₽",
        city: "Пенза",
        lines: &[
            (26, Client("Холодильник не морозит")),
            (20, Us("Здравствуйте! Какая модель и сколько лет?")),
            (4, Client("Атлант, лет десять. Можно сегодня вечером?")),
        ],
        opening: "Добрый день, холодильник течёт, можно сегодня?",
        reactions: &["Атлант, двухкамерный", "Да, удобно"],
    },
    Tale {
        client: "Артём",
        item: "Мастер на час",
        price: "от 700 ₽",
        city: "Саратов",
        lines: &[
            (40, Client("Нужно повесить телевизор на стену")),
            (38, Us("Какая диагональ и стена?")),
            (2, Photo),
            (1, Client("Фото отправил, посмотрите")),
        ],
        opening: "Нужно собрать шкаф, сколько возьмёте?",
        reactions: &["Два метра, три двери", "Договорились"],
    },
    Tale {
        client: "Галина Ивановна",
        item: "Ремонт холодильников",
        price: "от 900 ₽",
        city: "Энгельс",
        lines: &[(90, Client("Когда будет мастер?")), (85, Us("Мастер будет в 16:00, позвонит за час"))],
        opening: "Здравствуйте, мастер обещал перезвонить",
        reactions: &["Спасибо большое"],
    },
    Tale {
        client: "Рустам",
        item: "Мастер на час",
        price: "от 700 ₽",
        city: "Казань",
        lines: &[
            (95, Client("Розетка искрит")),
            (94, Us("Отключите автомат, мастер приедет к 17:00")),
            (
                92,
                Other(
                    "location",
                    r#"{"location":{"kind":"house","lat":55.79,"lon":49.12,"text":"Казань, улица Баумана, 7","title":"Казань, улица Баумана, 7"}}"#,
                ),
            ),
            (91, Us("Адрес получили, ждите")),
        ],
        opening: "Выбило пробки, что делать?",
        reactions: &["Отключил, жду"],
    },
    Tale {
        client: "Пётр С.",
        item: "Ремонт стиральных машин на дому",
        price: "от 1 200 ₽",
        city: "Саратов",
        lines: &[(110, Client("Не крутит барабан")), (106, Us("Какой адрес и подъезд?"))],
        opening: "Барабан стучит при отжиме",
        reactions: &["проспект Кирова 12, подъезд 3", "79270004455"],
    },
    Tale {
        client: "Ксения Л.",
        item: "Ремонт духовых шкафов",
        price: "Цена не указана",
        city: "Самара",
        lines: &[
            (140, Us("Мастер закончил, всё хорошо?")),
            (130, Client("Спасибо, всё работает!")),
            (129, Us("Рады помочь. Гарантия шесть месяцев.")),
        ],
        opening: "Духовка не включается",
        reactions: &["Электрическая"],
    },
    Tale {
        client: "Виктор",
        item: "Компьютерная помощь",
        price: "от 500 ₽ за услугу",
        city: "Тольятти",
        lines: &[
            (180, Client("Сколько стоит переустановить Windows?")),
            (170, Us("1 500 ₽ с сохранением файлов")),
            (165, Client("Нет, это дорого")),
            (160, Us("Понимаем. Если передумаете, пишите.")),
        ],
        opening: "Компьютер не видит интернет",
        reactions: &["Провод целый", "Хорошо, давайте завтра"],
    },
];
