//! What people are told of: kinds of notifications, who hears of each by itself, and the two ways out of the program.

use super::person::Role;

crate::text_enum! {
    /// What a notification is about.
    NoticeKind {
        /// Clients nobody talked to.
        Missed = "missed",
        /// A chat whose client waits for an answer.
        Chat = "chat",
        /// A promise to call whose time has come.
        Promise = "promise",
        /// A visit that was moved.
        Moved = "moved",
        /// A shift: a break that is too long, work that is handed over.
        Shift = "shift",
        /// A bad review.
        Review = "review",
        /// A source of news that is silent.
        Source = "source",
        /// Mail or a proxy that does not work.
        Link = "link",
        /// A backup that was not taken.
        Backup = "backup",
        /// The certificate of the site.
        Certificate = "certificate",
        /// A disk that is getting full.
        Disk = "disk",
        /// Work of the program that fails.
        Trouble = "trouble",
        /// Somebody touched a client who is made up.
        Canary = "canary",
        /// Yesterday in numbers; goes outside only.
        Report = "report",
    }
}

impl NoticeKind {
    /// What it is called in settings.
    pub fn label(self) -> &'static str {
        match self {
            Self::Missed => "Пропущенные звонки",
            Self::Chat => "Чат ждёт ответа",
            Self::Promise => "Пора перезвонить",
            Self::Moved => "Встреча перенесена",
            Self::Shift => "Смена",
            Self::Review => "Плохой отзыв",
            Self::Source => "Источник молчит",
            Self::Link => "Почта или прокси не работают",
            Self::Backup => "Резервная копия не снята",
            Self::Certificate => "Сертификат заканчивается",
            Self::Disk => "Мало места на диске",
            Self::Trouble => "Сбой в работе программы",
            Self::Canary => "Тронули подставного клиента",
            Self::Report => "Ежедневный отчёт",
        }
    }

    /// When it comes, in a line below.
    pub fn hint(self) -> &'static str {
        match self {
            Self::Missed => "клиент не дозвонился, и ему ещё не ответили",
            Self::Chat => "клиент на Авито ждёт дольше десяти минут",
            Self::Promise => "настало обещанное время; админам — если прошёл ещё час",
            Self::Moved => "у заказа другое время визита; тому, кто его принял, и админам",
            Self::Shift => "вам передают дела; админам — чей-то перерыв намного дольше положенного",
            Self::Review => "на Авито: три звезды или меньше",
            Self::Source => "нет событий телефонии или новостей Авито",
            Self::Link => "ящик с записями, прокси, Telegram или почта уведомлений",
            Self::Backup => "не удалась или не снималась больше двух суток",
            Self::Certificate => "сайт перестанет открываться через две недели или раньше",
            Self::Disk => "свободного места почти не осталось",
            Self::Trouble => "события не разобраны, записи не получены, работа по расписанию не удаётся",
            Self::Canary => "кто-то открыл, набрал или выгрузил клиента, которого придумали для этого",
            Self::Report => "вчерашние числа: звонки, заказы, деньги",
        }
    }

    /// The picture beside it.
    pub fn icon(self) -> &'static str {
        match self {
            Self::Missed => "phone-x",
            Self::Chat => "messages",
            Self::Promise => "clock",
            Self::Moved => "calendar-event",
            Self::Shift => "users",
            Self::Review => "flag",
            Self::Source => "wifi-off",
            Self::Link => "mail",
            Self::Backup => "database",
            Self::Certificate => "lock",
            Self::Disk => "server",
            Self::Trouble => "alert-triangle",
            Self::Canary => "eye",
            Self::Report => "chart-bar",
        }
    }

    /// `bad`, `warn` or nothing: how it is coloured.
    pub fn tone(self) -> &'static str {
        match self {
            Self::Missed | Self::Review | Self::Disk | Self::Certificate | Self::Canary => "bad",
            Self::Source | Self::Link | Self::Backup | Self::Trouble | Self::Chat | Self::Shift => "warn",
            Self::Promise | Self::Moved | Self::Report => "",
        }
    }

    /// Where all of its kind are.
    pub fn href(self) -> &'static str {
        match self {
            Self::Missed => "/telephony/debts",
            Self::Chat => "/messages",
            Self::Promise => "/telephony/callbacks",
            Self::Moved => "/orders",
            Self::Shift => "/shift",
            Self::Review => "/admin/avito/reviews",
            Self::Source | Self::Link | Self::Backup | Self::Certificate | Self::Disk | Self::Trouble => {
                "/admin/system"
            }
            Self::Canary => "/admin/data",
            Self::Report => "/admin/stats",
        }
    }

    /// How long one waits for others to be told of together, and how long nothing of its kind is sent to the same
    /// person after that, in seconds.
    pub fn pace(self) -> (i64, i64) {
        match self {
            Self::Missed | Self::Chat => (60, 600),
            Self::Promise | Self::Moved | Self::Shift => (10, 180),
            Self::Review | Self::Backup | Self::Certificate | Self::Disk => (10, 600),
            Self::Canary => (0, 60),
            Self::Source | Self::Link | Self::Trouble => (30, 600),
            Self::Report => (0, 0),
        }
    }

    /// Whether people of a role are told of it at all.
    pub fn is_for(self, role: Role) -> bool {
        match self {
            Self::Missed | Self::Chat | Self::Promise | Self::Moved | Self::Shift | Self::Source => true,
            Self::Review
            | Self::Link
            | Self::Backup
            | Self::Certificate
            | Self::Disk
            | Self::Canary
            | Self::Trouble => role == Role::Admin,
            Self::Report => false,
        }
    }
}

crate::text_enum! {
    /// Who hears of a notification.
    Audience {
        /// Everybody.
        All = "all",
        /// Admins.
        Admins = "admins",
        /// One person.
        Person = "person",
        /// One person, and the admins.
        PersonAndAdmins = "person_and_admins",
    }
}

crate::text_enum! {
    /// A way out of the program.
    Channel {
        /// A message of a bot.
        Telegram = "telegram",
        /// A letter.
        Mail = "mail",
    }
}

impl Channel {
    /// What people call it.
    pub fn label(self) -> &'static str {
        match self {
            Self::Telegram => "Telegram",
            Self::Mail => "Почта",
        }
    }

    /// Its picture.
    pub fn icon(self) -> &'static str {
        match self {
            Self::Telegram => "message-circle",
            Self::Mail => "mail",
        }
    }
}

crate::text_enum! {
    /// How it stands with a message on its way out.
    OutState {
        /// Waits for its time.
        Queued = "queued",
        /// Is being sent.
        Sending = "sending",
        /// Was taken.
        Sent = "sent",
        /// Will not be taken, or was not for too long.
        Failed = "failed",
    }
}
