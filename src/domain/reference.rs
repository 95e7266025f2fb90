//! The pages of the reference (Справочник): the firm's own rules and prices.

crate::text_enum! {
    /// A page, named as in its address.
    ReferencePage {
        /// Shift, duties, abbreviations.
        EmployeeRules = "employee-rules",
        /// How a call becomes an order.
        OrderRules = "order-rules",
        /// What repairs cost.
        Pricing = "pricing",
        /// What is no order, and why.
        NonOrders = "non-orders",
    }
}

impl ReferencePage {
    /// What it is called in menus.
    pub fn title(self) -> &'static str {
        match self {
            Self::EmployeeRules => "Правила сотрудника",
            Self::OrderRules => "Правило приема заказов",
            Self::Pricing => "Прайс",
            Self::NonOrders => "Незаказы",
        }
    }

    /// Its address.
    pub fn href(self) -> String {
        format!("/reference/{self}")
    }
}
