//! The fields of an order that people change, and who may change which. The account decides, never the form.

use crate::domain::person::Role;

crate::text_enum! {
    /// A field that can be changed after the order was made; the text is its name in forms, columns and history.
    Field {
        /// Campaign.
        Rk = "rk",
        /// City of the client.
        City = "city",
        /// Avito account.
        AvitoName = "avito_name",
        /// The client's number.
        Phone = "phone",
        /// New, returning, warranty.
        TypeOrder = "type_order",
        /// The client's name in this order.
        ClientName = "client_name",
        /// Where to go.
        Address = "address",
        /// When, on the clock of the city.
        DateMeeting = "date_meeting",
        /// What is repaired.
        TypeEquipment = "type_equipment",
        /// What is broken.
        Problem = "problem",
        /// Where the order stands.
        StatusOrder = "status_order",
        /// Why it was refused.
        RefusalReason = "refusal_reason",
        /// Who goes.
        MasterId = "master_id",
        /// Kopecks the client paid.
        Result = "result",
        /// Kopecks spent on parts.
        Expenditure = "expenditure",
        /// For colleagues.
        Comment = "comment",
    }
}

impl Field {
    /// Its name for people.
    pub fn label(self) -> &'static str {
        match self {
            Self::Rk => "РК",
            Self::City => "Город",
            Self::AvitoName => "Авито аккаунт",
            Self::Phone => "Телефон",
            Self::TypeOrder => "Тип заявки",
            Self::ClientName => "Имя клиента",
            Self::Address => "Адрес",
            Self::DateMeeting => "Дата встречи",
            Self::TypeEquipment => "Тип техники",
            Self::Problem => "Проблема",
            Self::StatusOrder => "Статус",
            Self::RefusalReason => "Причина",
            Self::MasterId => "Мастер",
            Self::Result => "Итог",
            Self::Expenditure => "Расход",
            Self::Comment => "Комментарий",
        }
    }

    /// Whether a role may change it (the product's list of rights).
    pub fn may_change(self, role: Role) -> bool {
        match (role, self) {
            (Role::Admin, _) => true,
            (Role::Operator, Self::Rk | Self::ClientName | Self::Result | Self::Expenditure) => false,
            (
                Role::Operator,
                Self::City
                | Self::AvitoName
                | Self::Phone
                | Self::TypeOrder
                | Self::Address
                | Self::DateMeeting
                | Self::TypeEquipment
                | Self::Problem
                | Self::StatusOrder
                | Self::RefusalReason
                | Self::MasterId
                | Self::Comment,
            ) => true,
        }
    }

    /// What is said to a role that may not.
    pub fn refusal(self) -> String {
        format!("«{}» меняет только администратор", self.label())
    }

    /// Text of one line.
    pub fn is_line(self) -> bool {
        !matches!(self, Self::Problem | Self::Comment)
    }

    /// An order cannot be without it.
    pub fn is_required(self) -> bool {
        matches!(
            self,
            Self::Rk
                | Self::City
                | Self::Phone
                | Self::TypeOrder
                | Self::Address
                | Self::DateMeeting
                | Self::TypeEquipment
                | Self::Problem
        )
    }
}
