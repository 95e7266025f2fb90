//! Employees and lines as the telephony's cabinet has them, and what of it we lack (docs/mango-api.md 8). Pure; nothing is
//! taken over before an admin has seen it.

pub mod queries;

use serde_json::Value;

use crate::domain::id::AccountId;
use crate::domain::phone::Phone;

/// An employee of the cabinet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CabinetEmployee {
    /// As the cabinet spells it.
    pub name: String,
    /// Internal number.
    pub extension: String,
    /// `sip:user@domain`, lower case; the first of several.
    pub sip: Option<String>,
    /// The telephony's id of the person.
    pub user_id: Option<i64>,
}

/// One of our operators.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Operator {
    /// Account.
    pub id: AccountId,
    /// Name.
    pub name: String,
    /// Internal number.
    pub extension: Option<String>,
    /// Device.
    pub sip: Option<String>,
    /// The telephony's id of the person.
    pub user_id: Option<i64>,
}

/// An employee of the cabinet and who that probably is here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proposal {
    /// Of the cabinet.
    pub employee: CabinetEmployee,
    /// Ours; `None` when nobody fits.
    pub operator: Option<Operator>,
    /// Why it is thought to be the same person, in words.
    pub why: &'static str,
}

impl Proposal {
    /// Everything is here as it is there.
    pub fn is_settled(&self) -> bool {
        self.operator.as_ref().is_some_and(|ours| {
            ours.extension.as_deref() == Some(&self.employee.extension)
                && (self.employee.sip.is_none() || ours.sip == self.employee.sip)
                && (self.employee.user_id.is_none() || ours.user_id == self.employee.user_id)
        })
    }
}

/// The employees in an answer to `config/users/request`; those without an internal number cannot be called and are
/// left out.
pub fn employees(answer: &Value) -> Vec<CabinetEmployee> {
    let text = |value: &Value| match value {
        Value::String(text) => Some(text.trim().to_owned()).filter(|t| !t.is_empty()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    };
    let list = answer.get("users").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let read = |user: &Value| {
        let (general, telephony) = (&user["general"], &user["telephony"]);
        let sips = general["sips"].as_array().into_iter().flatten().filter_map(text);
        let numbers = telephony["numbers"].as_array().into_iter().flatten();
        let devices = numbers.filter(|n| n["protocol"] == "sip").filter_map(|n| text(&n["number"]));
        Some(CabinetEmployee {
            name: text(&general["name"]).unwrap_or_default(),
            extension: text(&telephony["extension"])?,
            sip: sips.chain(devices).next().map(|sip| as_address(&sip)),
            user_id: general["user_id"].as_i64().or_else(|| text(&general["user_id"])?.parse().ok()),
        })
    };
    list.iter().filter_map(read).collect()
}

fn as_address(sip: &str) -> String {
    let sip = sip.to_lowercase();
    if sip.starts_with("sip:") { sip } else { format!("sip:{sip}") }
}

/// The numbers in an answer to `incominglines`, with what the cabinet calls them.
pub fn lines(answer: &Value) -> Vec<(String, String)> {
    let list = answer.get("lines").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let read = |line: &Value| {
        let number = match &line["number"] {
            Value::String(text) => text.clone(),
            Value::Number(number) => number.to_string(),
            _ => return None,
        };
        let number = Phone::parse(&number)?.digits().to_owned();
        let name = line["name"].as_str().filter(|n| !n.is_empty()).or_else(|| line["comment"].as_str());
        Some((number, name.unwrap_or_default().to_owned()))
    };
    list.iter().filter_map(read).collect()
}

/// Who is who: by internal number, then by device, then by name. An operator is proposed once.
pub fn propose(employees: Vec<CabinetEmployee>, operators: &[Operator]) -> Vec<Proposal> {
    type Same = fn(&CabinetEmployee, &Operator) -> bool;
    let ways: [(&'static str, Same); 3] = [
        ("внутренний номер", |theirs, ours| {
            ours.extension.as_ref() == Some(&theirs.extension)
        }),
        ("SIP-адрес", |theirs, ours| theirs.sip.is_some() && ours.sip == theirs.sip),
        ("имя", |theirs, ours| !theirs.name.is_empty() && folded(&theirs.name) == folded(&ours.name)),
    ];
    let mut proposals: Vec<Proposal> =
        employees.into_iter().map(|employee| Proposal { employee, operator: None, why: "" }).collect();
    let mut taken: Vec<AccountId> = Vec::new();
    for (why, same) in ways {
        for proposal in proposals.iter_mut().filter(|p| p.operator.is_none()) {
            let found = operators.iter().find(|o| !taken.contains(&o.id) && same(&proposal.employee, o));
            if let Some(operator) = found {
                taken.push(operator.id);
                (proposal.operator, proposal.why) = (Some(operator.clone()), why);
            }
        }
    }
    proposals
}

/// Words in any order, however they are spelled.
fn folded(name: &str) -> Vec<String> {
    let mut words = crate::domain::search_words::words(name);
    words.sort();
    words
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn operator(id: AccountId, name: &str, extension: Option<&str>, sip: Option<&str>) -> Operator {
        let owned = |text: Option<&str>| text.map(str::to_owned);
        Operator { id, name: name.to_owned(), extension: owned(extension), sip: owned(sip), user_id: None }
    }

    #[test]
    fn people_are_recognised_by_number_device_and_name() {
        let answer = json!({ "users": [
            { "general": { "name": "Кто-то", "user_id": "7", "sips": [] }, "telephony": { "extension": "101" } },
            { "general": { "name": "Другой", "user_id": 8, "sips": ["OP102@x"] }, "telephony": { "extension": 102 } },
            { "general": { "name": "Артём Белов" }, "telephony": { "extension": "103", "numbers": [] } },
            { "general": { "name": "Робот" }, "telephony": { "extension": "" } },
        ]});
        let ours = [
            operator(AccountId(1), "Белов Артем", None, None),
            operator(AccountId(2), "Анна", Some("101"), None),
            operator(AccountId(3), "Борис", Some("999"), Some("sip:op102@x")),
        ];
        let proposals = propose(employees(&answer), &ours);
        let said: Vec<_> = proposals.iter().map(|p| (p.operator.as_ref().map(|o| o.id), p.why)).collect();
        assert_eq!(
            said,
            [
                (Some(AccountId(2)), "внутренний номер"),
                (Some(AccountId(3)), "SIP-адрес"),
                (Some(AccountId(1)), "имя")
            ]
        );
        assert!(proposals.iter().all(|p| !p.is_settled()));
        assert_eq!(proposals[0].employee.user_id, Some(7));
    }

    #[test]
    fn lines_are_canonical_and_strange_ones_left_out() {
        let answer = json!({ "lines": [
            { "number": "8 (495) 000-01-01", "name": "Главная" }, { "number": 74_950_000_102_i64, "comment": "вторая" },
            { "number": "" }, { "name": "без номера" },
        ]});
        let expected = [("74950000101", "Главная"), ("74950000102", "вторая")];
        let got = lines(&answer);
        assert_eq!(got.iter().map(|(n, w)| (n.as_str(), w.as_str())).collect::<Vec<_>>(), expected);
    }
}
