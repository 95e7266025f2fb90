//! The fields of an order that people change, and who may change which. The account decides, never the form.

use diesel::backend::Backend;
use diesel::deserialize::{self, FromSql, FromSqlRow};
use diesel::expression::AsExpression;
use diesel::serialize::{self, Output, ToSql};
use diesel::sql_types::Text;

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

crate::text_enum! {
    /// What is written down of an order beside changes of its fields.
    Happening {
        /// It was made.
        Created = "created",
        /// The client called about it again.
        Repeat = "repeat",
        /// It was made although there was one like it.
        Duplicate = "duplicate",
        /// It was made where no place was left.
        Overbook = "overbook",
        /// It was joined with a chat of Avito.
        Chat = "chat",
    }
}

/// What a line of an order's history tells of, as `order_history.field` keeps it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, AsExpression, FromSqlRow)]
#[diesel(sql_type = Text)]
pub enum HistoryField {
    /// A field has changed.
    Field(Field),
    /// Something else.
    Happening(Happening),
}

impl HistoryField {
    /// The field, when one has changed.
    pub fn field(self) -> Option<Field> {
        match self {
            Self::Field(field) => Some(field),
            Self::Happening(_) => None,
        }
    }

    /// The text in the column.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Field(field) => field.as_str(),
            Self::Happening(happening) => happening.as_str(),
        }
    }

    fn parse(text: &str) -> Option<Self> {
        Field::parse(text).map(Self::Field).or_else(|| Happening::parse(text).map(Self::Happening))
    }
}

impl<DB: Backend> ToSql<Text, DB> for HistoryField
where
    str: ToSql<Text, DB>,
{
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, DB>) -> serialize::Result {
        <str as ToSql<Text, DB>>::to_sql(self.as_str(), out)
    }
}

impl<DB: Backend> FromSql<Text, DB> for HistoryField
where
    String: FromSql<Text, DB>,
{
    fn from_sql(bytes: DB::RawValue<'_>) -> deserialize::Result<Self> {
        let text = <String as FromSql<Text, DB>>::from_sql(bytes)?;
        Self::parse(&text).ok_or_else(|| format!("unknown field \"{text}\" in the history").into())
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
