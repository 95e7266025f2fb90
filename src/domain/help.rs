//! The pages of the user guide («Помощь»), and which of them is about which address.

crate::text_enum! {
    /// A page of the guide, named as in its address.
    HelpPage {
        /// Signing in, the header, keys.
        Start = "start",
        /// From the ringing call to the order.
        Calls = "calls",
        /// Missed calls and promises.
        Debts = "debts",
        /// The list, the form, the order.
        Orders = "orders",
        /// The grid of times.
        Slots = "slots",
        /// Chats.
        Messages = "messages",
        /// Statistics.
        Numbers = "numbers",
        /// What a month pays and why.
        Salary = "salary",
        /// Password, second factor, sessions, sounds.
        Profile = "profile",
        /// When something does not go as it should.
        Troubles = "troubles",
        /// Employees, their documents, sessions, hours.
        AdminPeople = "admin-people",
        /// Schemes, entries by hand, closing a month.
        AdminSalary = "admin-salary",
        /// Lines, Mango Office, the mailbox with recordings.
        AdminTelephony = "admin-telephony",
        /// Accounts of Avito and their tools.
        AdminAvito = "admin-avito",
        /// Lists, masters, limits, the reference.
        AdminLists = "admin-lists",
        /// Reports, overview, journal.
        AdminReports = "admin-reports",
        /// State of the system, backups.
        AdminSystem = "admin-system",
    }
}

impl HelpPage {
    /// What it is called.
    pub fn title(self) -> &'static str {
        match self {
            Self::Start => "Начало смены",
            Self::Calls => "Звонок и заказ",
            Self::Debts => "Не перезвонили и обещания",
            Self::Orders => "Заказы",
            Self::Slots => "Слоты времени",
            Self::Messages => "Центр сообщений",
            Self::Numbers => "Статистика",
            Self::Salary => "Зарплата",
            Self::Profile => "Профиль и вход",
            Self::Troubles => "Если что-то пошло не так",
            Self::AdminPeople => "Сотрудники",
            Self::AdminSalary => "Зарплата: схемы и закрытие",
            Self::AdminTelephony => "Телефония и почта",
            Self::AdminAvito => "Авито",
            Self::AdminLists => "Списки, мастера, лимиты",
            Self::AdminReports => "Отчёты и журнал",
            Self::AdminSystem => "Состояние и копии",
        }
    }

    /// Only admins read it.
    pub fn is_admins(self) -> bool {
        self >= Self::AdminPeople
    }

    /// Its address.
    pub fn href(self) -> String {
        format!("/help/{self}")
    }

    /// What is said about the page at `path`.
    pub fn of(path: &str) -> Self {
        let found = PLACES.iter().find(|(place, _)| {
            path.strip_prefix(place).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        });
        found.map_or(Self::Start, |(_, page)| *page)
    }
}

/// Addresses and what is said about them; the first that fits.
const PLACES: &[(&str, HelpPage)] = &[
    ("/telephony/debts", HelpPage::Debts),
    ("/telephony/callbacks", HelpPage::Debts),
    ("/telephony", HelpPage::Calls),
    ("/calls", HelpPage::Calls),
    ("/clients", HelpPage::Calls),
    ("/orders", HelpPage::Orders),
    ("/messages", HelpPage::Messages),
    ("/stats", HelpPage::Numbers),
    ("/salary", HelpPage::Salary),
    ("/shift", HelpPage::Start),
    ("/profile", HelpPage::Profile),
    ("/admin/employees", HelpPage::AdminPeople),
    ("/admin/time-sheet", HelpPage::AdminPeople),
    ("/admin/salary", HelpPage::AdminSalary),
    ("/admin/phones", HelpPage::AdminTelephony),
    ("/admin/mango", HelpPage::AdminTelephony),
    ("/admin/mail", HelpPage::AdminTelephony),
    ("/admin/avito", HelpPage::AdminAvito),
    ("/admin/lists", HelpPage::AdminLists),
    ("/admin/masters", HelpPage::AdminLists),
    ("/admin/slots", HelpPage::AdminLists),
    ("/admin/reference", HelpPage::AdminLists),
    ("/admin/data", HelpPage::AdminSystem),
    ("/admin/notifications", HelpPage::AdminSystem),
    ("/admin/system", HelpPage::AdminSystem),
    ("/admin", HelpPage::AdminReports),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_leads_to_what_is_said_about_it() {
        for (path, page) in [
            ("/telephony/debts", HelpPage::Debts),
            ("/telephony", HelpPage::Calls),
            ("/orders/12", HelpPage::Orders),
            ("/ordersx", HelpPage::Start),
            ("/admin/avito/bids", HelpPage::AdminAvito),
            ("/admin/stats", HelpPage::AdminReports),
            ("/", HelpPage::Start),
        ] {
            assert_eq!(HelpPage::of(path), page, "{path}");
        }
        assert!(!HelpPage::Troubles.is_admins() && HelpPage::AdminPeople.is_admins());
    }
}
