//! What an operator says to orders a new one may repeat.

use crate::domain::id::OrderId;

/// What the operator has said to the question; kept in the form as the hidden field `duplicate`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Answer {
    /// Nothing yet.
    #[default]
    None,
    /// A new order, whatever these others are.
    New(Vec<OrderId>),
    /// It makes good the work of this order.
    Warranty(OrderId),
}

impl Answer {
    /// Reads `new:12,15` or `warranty:12`; anything else is no answer.
    pub fn parse(text: &str) -> Self {
        let id = |text: &str| text.parse().ok();
        match text.split_once(':') {
            Some(("new", ids)) => {
                let ids: Vec<OrderId> = ids.split(',').take(30).filter_map(id).collect();
                if ids.is_empty() { Self::None } else { Self::New(ids) }
            }
            Some(("warranty", of)) => id(of).map_or(Self::None, Self::Warranty),
            _ => Self::None,
        }
    }

    /// The text [`Self::parse`] reads; empty without an answer.
    pub fn to_text(&self) -> String {
        match self {
            Self::None => String::new(),
            Self::New(ids) => {
                format!("new:{}", ids.iter().map(ToString::to_string).collect::<Vec<_>>().join(","))
            }
            Self::Warranty(id) => format!("warranty:{id}"),
        }
    }

    /// The order whose work is made good.
    pub fn parent(&self) -> Option<OrderId> {
        if let Self::Warranty(id) = self { Some(*id) } else { None }
    }

    /// True when the answer was given with the order `id` before the operator's eyes. A warranty is an answer to
    /// everything: it names the one order that matters.
    pub fn covers(&self, id: OrderId) -> bool {
        match self {
            Self::None => false,
            Self::New(ids) => ids.contains(&id),
            Self::Warranty(_) => true,
        }
    }

    /// For the history of the order: «новый, не № 12», «гарантия по № 12».
    pub fn words(&self) -> String {
        match self {
            Self::None => String::new(),
            Self::New(ids) => format!("новый, не {}", numbers(ids)),
            Self::Warranty(id) => format!("гарантия по № {id}"),
        }
    }
}

/// «№ 12, № 15».
pub fn numbers(ids: &[OrderId]) -> String {
    ids.iter().map(|id| format!("№ {id}")).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_survives_the_form_and_nonsense_is_none() {
        for answer in
            [Answer::New(vec![OrderId(12), OrderId(15)]), Answer::Warranty(OrderId(7)), Answer::None]
        {
            assert_eq!(Answer::parse(&answer.to_text()), answer);
        }
        for nonsense in ["new:", "new:x", "warranty:-1", "same:3", ":", "warranty:1,2", "new"] {
            assert_eq!(Answer::parse(nonsense), Answer::None, "{nonsense}");
        }
    }

    #[test]
    fn an_answer_covers_what_was_seen_when_it_was_given() {
        let new = Answer::New(vec![OrderId(12)]);
        assert!(new.covers(OrderId(12)) && !new.covers(OrderId(13)), "13 has come since");
        assert!(Answer::Warranty(OrderId(12)).covers(OrderId(13)) && !Answer::None.covers(OrderId(12)));
        assert_eq!(Answer::New(vec![OrderId(12), OrderId(15)]).words(), "новый, не № 12, № 15");
    }
}
