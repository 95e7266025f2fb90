//! What actions are called, and which of them want a second look.

/// A kind of actions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Group {
    /// Its name in addresses.
    pub key: &'static str,
    /// What the filter says.
    pub label: &'static str,
    /// How its actions begin.
    pub actions: &'static [&'static str],
}

/// The filter «Что».
pub const GROUPS: [Group; 8] = [
    Group { key: "risky", label: "Только важное", actions: RISKY },
    Group { key: "sessions", label: "Входы и пароли", actions: &["session.", "profile."] },
    Group {
        key: "people", label: "Сотрудники", actions: &["employee.", "salary.", "shift.", "time_sheet."]
    },
    Group {
        key: "orders",
        label: "Заказы и слоты",
        actions: &["order.", "orders.", "slot.", "slot_limit.", "file."],
    },
    Group { key: "clients", label: "Клиенты", actions: &["client.", "phone."] },
    Group {
        key: "calls",
        label: "Звонки и записи",
        actions: &["recording.", "callback.", "result.", "line."],
    },
    Group {
        key: "settings",
        label: "Настройки",
        actions: &[
            "mango.",
            "mail.",
            "avito.",
            "proxy.",
            "list.",
            "master.",
            "reference.",
            "chat_label.",
            "job.",
            "settings.",
        ],
    },
    Group { key: "exports", label: "Выгрузки", actions: EXPORTS },
];

const EXPORTS: &[&str] = &[
    "orders.export",
    "stats.export",
    "salary.export",
    "time_sheet.export",
    "audit.export",
    "recording.download",
    "client.export",
];

/// What takes away, reveals, or changes who may do what.
const RISKY: &[&str] = &[
    "session.refuse",
    "employee.",
    "profile.password",
    "order.delete",
    "orders.export",
    "salary.reopen",
    "salary.entry",
    "salary.carry",
    "salary.export",
    "audit.export",
    "avito.reveal",
    "avito.delete",
    "avito.straight",
    "avito.webhook",
    "settings.edit",
    "mango.edit",
    "mail.edit",
    "notifications.edit",
    "notifications.recipient",
    "notifications.token.forget",
    "file.delete",
    "recording.delete",
    "recording.download",
    "slot.overbook",
    "client.merge",
    "client.export",
    "client.erase",
    "client.canary",
];

const WORDS: &[(&str, &str)] = &[
    ("session.begin", "Вход"),
    ("session.refuse", "Не смог войти"),
    ("session.end", "Завершил сеанс"),
    ("profile.password", "Сменил пароль"),
    ("employee.create", "Добавил сотрудника"),
    ("employee.edit", "Изменил сотрудника"),
    ("employee.dismiss", "Уволил сотрудника"),
    ("employee.delete", "Удалил сотрудника"),
    ("employee.session_end", "Завершил сеансы сотрудника"),
    ("salary.scheme", "Задал схему зарплаты"),
    ("salary.entry", "Внёс запись в зарплату"),
    ("salary.entry_removed", "Снял запись из зарплаты"),
    ("salary.close", "Закрыл месяц"),
    ("salary.reopen", "Открыл закрытый месяц"),
    ("salary.carry", "Перенёс поправки за закрытый месяц"),
    ("salary.export", "Выгрузил ведомость"),
    ("time_sheet.export", "Выгрузил табель"),
    ("shift.hand_over", "Передал дела смены"),
    ("shift.take", "Принял дела смены"),
    ("shift.pool", "Дела смены стали общими"),
    ("time_sheet.after_call", "Изменил время после звонка"),
    ("stats.export", "Выгрузил статистику"),
    ("audit.export", "Выгрузил журнал"),
    ("orders.export", "Выгрузил заказы"),
    ("order.delete", "Удалил заказ"),
    ("order.sheet", "Открыл лист по заказу"),
    ("slot.overbook", "Записал сверх нормы"),
    ("slot_limit.save", "Изменил лимит слотов"),
    ("slot_limit.delete", "Удалил лимит слотов"),
    ("file.read", "Открыл документ"),
    ("file.create", "Добавил документ"),
    ("file.delete", "Удалил документ"),
    ("phone.reveal", "Показал номер"),
    ("client.name", "Переименовал клиента"),
    ("client.warning", "Изменил предупреждение о клиенте"),
    ("client.consent", "Записал согласие клиента"),
    ("client.canary", "Отметил подставного клиента"),
    ("client.canary_touched", "Тронул подставного клиента"),
    ("client.export", "Выгрузил данные клиента"),
    ("client.erase", "Удалил данные клиента"),
    ("client.merge", "Объединил клиентов"),
    ("client.unmerge", "Разъединил клиентов"),
    ("recording.play", "Слушал запись"),
    ("recording.download", "Скачал запись"),
    ("recording.delete", "Удалил запись"),
    ("recording.attach", "Привязал запись"),
    ("recording.detach", "Отвязал запись"),
    ("callback.move", "Перенёс обещание"),
    ("callback.cancel", "Отменил обещание"),
    ("result.skip", "Не указал итог звонка"),
    ("line.create", "Добавил линию"),
    ("line.edit", "Изменил линию"),
    ("line.delete", "Удалил линию"),
    ("list.create", "Добавил в список"),
    ("list.edit", "Изменил список"),
    ("list.delete", "Удалил из списка"),
    ("master.create", "Добавил мастера"),
    ("master.edit", "Изменил мастера"),
    ("reference.edit", "Изменил справочник"),
    ("mango.edit", "Изменил настройки Mango"),
    ("mango.probe", "Проверил связь с Mango"),
    ("mail.edit", "Изменил настройки почты"),
    ("mail.probe", "Проверил почту"),
    ("notifications.edit", "Изменил настройки уведомлений"),
    ("notifications.recipient", "Изменил получателя уведомлений"),
    ("notifications.recipient.delete", "Удалил получателя уведомлений"),
    ("notifications.token.forget", "Удалил токен бота"),
    ("notifications.test", "Отправил проверочное сообщение"),
    ("notifications.again", "Отправил сообщение ещё раз"),
    ("notifications.report", "Отправил отчёт"),
    ("avito.create", "Добавил аккаунт Авито"),
    ("avito.edit", "Изменил аккаунт Авито"),
    ("avito.delete", "Удалил аккаунт Авито"),
    ("avito.reveal", "Посмотрел пароль прокси"),
    ("avito.probe", "Проверил аккаунт Авито"),
    ("avito.online", "Изменил вечный онлайн"),
    ("avito.answer", "Ответил на отзыв"),
    ("avito.straight", "Разрешил работу без прокси"),
    ("avito.webhook", "Сменил адрес уведомлений Авито"),
    ("avito.answers", "Переключил АвтоОтвет"),
    ("settings.edit", "Изменил настройку"),
    ("chat_label.add", "Добавил метку чатов"),
    ("job.run", "Запустил задание"),
];

/// What an action is called; its own name when it has no other.
pub fn action(action: &str) -> &str {
    WORDS.iter().find(|(known, _)| *known == action).map_or(action, |(_, words)| words)
}

/// Whether an action wants a second look.
pub fn is_risky(action: &str) -> bool {
    RISKY.iter().any(|beginning| action.starts_with(beginning))
}

/// The actions of the group with this key; none for all.
pub fn actions(key: &str) -> Vec<&'static str> {
    let Some(group) = group(key) else { return Vec::new() };
    let is_of = |action: &str| group.actions.iter().any(|beginning| action.starts_with(beginning));
    WORDS.iter().map(|(action, _)| *action).filter(|action| is_of(action)).collect()
}

/// The group of a key.
fn group(key: &str) -> Option<&'static Group> {
    GROUPS.iter().find(|group| group.key == key)
}

/// A particular: in words, or what it was and what it became.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Part {
    /// «внутренний номер», or the whole.
    pub words: String,
    /// Before; empty when nothing was said.
    pub old: String,
    /// After.
    pub new: String,
}

/// The particulars of a line: `a: 1 → 2; b` are two, the first of which has changed.
pub fn parts(detail: &str) -> Vec<Part> {
    let part = |text: &str| match text.split_once(" → ") {
        None => Part { words: text.to_owned(), ..Part::default() },
        Some((left, new)) => {
            let (words, old) = left.split_once(": ").unwrap_or(("", left));
            Part { words: words.to_owned(), old: old.to_owned(), new: new.to_owned() }
        }
    };
    detail.split("; ").filter(|text| !text.is_empty()).map(part).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn particulars_say_what_was_and_what_became() {
        let told = parts("внутренний номер: 101 → 102; пароль");
        assert_eq!(told[0], Part { words: "внутренний номер".into(), old: "101".into(), new: "102".into() });
        assert_eq!(told[1].words, "пароль");
        assert_eq!(
            parts("«Анна» → «Вера»")[0],
            Part { words: String::new(), old: "«Анна»".into(), new: "«Вера»".into() }
        );
        assert!(parts("").is_empty());
    }

    #[test]
    fn what_has_no_words_is_called_by_its_name() {
        assert_eq!((action("order.delete"), action("moon.land")), ("Удалил заказ", "moon.land"));
        assert!(is_risky("employee.dismiss") && !is_risky("recording.play"));
    }
}
