//! The file of `callcentre setup`: what it may say, and the names of what nobody understands.

use serde::Deserialize;
use serde_json::{Map, Value};

/// What an Avito account may say.
const AVITO: &[&str] = &[
    "name",
    "client_id",
    "client_secret",
    "proxy_type",
    "proxy_host",
    "proxy_port",
    "proxy_login",
    "proxy_password",
];

/// A read setup file.
#[derive(Debug, Default)]
pub(super) struct SetupFile {
    pub cities: Vec<City>,
    pub campaigns: Vec<String>,
    pub avito: Vec<Avito>,
    pub masters: Vec<Master>,
    pub lines: Vec<Line>,
    pub operators: Vec<Operator>,
    pub vpbx_api_key: Option<String>,
    pub vpbx_api_salt: Option<String>,
    pub time_zone: Option<String>,
}

/// A city; without a zone it has the file's.
#[derive(Debug, Deserialize)]
pub(super) struct City {
    pub name: String,
    #[serde(default, alias = "time_zone")]
    pub tz: Option<String>,
}

/// A master; a name alone is enough.
#[derive(Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(from = "MasterWritten")]
pub(super) struct Master {
    pub name: String,
    pub cities: Vec<String>,
    /// «КП», «БТ», «МНЧ», not checked yet.
    pub equipment: Vec<String>,
    pub note: String,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum MasterWritten {
    Alone(String),
    Object {
        name: String,
        #[serde(default)]
        cities: Vec<String>,
        #[serde(default)]
        equipment: Vec<String>,
        #[serde(default)]
        note: String,
    },
}

impl From<MasterWritten> for Master {
    fn from(written: MasterWritten) -> Self {
        match written {
            MasterWritten::Alone(name) => Self { name, ..Self::default() },
            MasterWritten::Object { name, cities, equipment, note } => Self { name, cities, equipment, note },
        }
    }
}

/// An Avito account; a name alone is enough.
#[derive(Debug, Default, Deserialize)]
#[serde(from = "AvitoWritten")]
pub(super) struct Avito {
    pub name: String,
    pub client_id: String,
    pub client_secret: String,
    pub proxy: Option<AvitoProxy>,
}

/// The proxy of an account.
#[derive(Debug)]
pub(super) struct AvitoProxy {
    /// `http`, `socks5`, …, not checked yet.
    pub kind: String,
    pub host: String,
    pub port: u16,
    pub login: String,
    pub password: String,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum AvitoWritten {
    Alone(String),
    Object {
        name: String,
        #[serde(default)]
        client_id: String,
        #[serde(default)]
        client_secret: String,
        #[serde(default)]
        proxy_type: String,
        #[serde(default)]
        proxy_host: String,
        #[serde(default)]
        proxy_port: u16,
        #[serde(default)]
        proxy_login: String,
        #[serde(default)]
        proxy_password: String,
    },
}

impl From<AvitoWritten> for Avito {
    fn from(written: AvitoWritten) -> Self {
        match written {
            AvitoWritten::Alone(name) => Self { name, ..Self::default() },
            AvitoWritten::Object {
                name,
                client_id,
                client_secret,
                proxy_type: kind,
                proxy_host: host,
                proxy_port: port,
                proxy_login: login,
                proxy_password: password,
            } => {
                // Half a proxy must not become none: it is refused when it is checked.
                let is_none = kind.is_empty() && host.is_empty() && port == 0;
                let proxy = (!is_none).then_some(AvitoProxy { kind, host, port, login, password });
                Self { name, client_id, client_secret, proxy }
            }
        }
    }
}

/// A line of ours.
#[derive(Debug, Deserialize)]
pub(super) struct Line {
    pub number: String,
    #[serde(default)]
    pub rk: Option<String>,
    #[serde(default)]
    pub city: Option<String>,
    #[serde(default)]
    pub avito_name: Option<String>,
    /// Short, for the list of calls.
    #[serde(default)]
    pub name: String,
}

/// An operator.
#[derive(Debug, Deserialize)]
pub(super) struct Operator {
    pub name: String,
    #[serde(default)]
    login: Option<String>,
    #[serde(default)]
    pub password: Option<String>,
    #[serde(default)]
    pub extension: Option<String>,
    #[serde(default, alias = "sip_address")]
    pub sip: Option<String>,
    #[serde(default)]
    pub user_id: Option<i64>,
    #[serde(default)]
    pub cities: Vec<String>,
}

impl Operator {
    /// The login, which defaults to `op` and the extension.
    pub fn login(&self) -> Option<String> {
        let own = self.login.clone().filter(|login| !login.trim().is_empty());
        own.or_else(|| self.extension.as_ref().map(|extension| format!("op{extension}")))
    }
}

/// Names of an object may also stand alone: `"Мария"` for `{"name": "Мария"}`.
#[derive(Deserialize)]
#[serde(untagged)]
enum Named {
    Alone(String),
    Object { name: String },
}

impl SetupFile {
    /// Reads the text; keys nobody understands are named in `ignored`.
    ///
    /// # Errors
    /// One line that names the place.
    pub fn read(text: &str, ignored: &mut Vec<String>) -> Result<Self, String> {
        let value: Value = serde_json::from_str(text).map_err(|e| format!("not readable as JSON: {e}"))?;
        let Value::Object(fields) = value else { return Err("the JSON is not an object".to_owned()) };
        let mut file = Self::default();
        for (key, value) in fields {
            match key.as_str() {
                "cities" => file.cities = list(&key, value, &["name", "tz", "time_zone"], ignored)?,
                "campaigns" => file.campaigns = names(&key, value, ignored)?,
                "avito" => file.avito = list(&key, value, AVITO, ignored)?,
                "masters" => {
                    file.masters = list(&key, value, &["name", "cities", "equipment", "note"], ignored)?;
                }
                "lines" => {
                    file.lines = list(&key, value, &["number", "rk", "city", "avito_name", "name"], ignored)?;
                }
                "operators" => {
                    let known =
                        ["name", "login", "password", "extension", "sip", "sip_address", "user_id", "cities"];
                    file.operators = list(&key, value, &known, ignored)?;
                }
                "vpbx_api_key" => file.vpbx_api_key = text_of(&key, &value)?,
                "vpbx_api_salt" => file.vpbx_api_salt = text_of(&key, &value)?,
                "time_zone" => file.time_zone = text_of(&key, &value)?,
                _ => ignored.push(key),
            }
        }
        Ok(file)
    }
}

fn text_of(key: &str, value: &Value) -> Result<Option<String>, String> {
    match value {
        Value::Null => Ok(None),
        Value::String(text) => Ok(Some(text.clone()).filter(|text| !text.is_empty())),
        _ => Err(format!("{key}: wants text")),
    }
}

fn list<T: for<'de> Deserialize<'de>>(
    key: &str,
    value: Value,
    known: &[&str],
    ignored: &mut Vec<String>,
) -> Result<Vec<T>, String> {
    let Value::Array(items) = value else { return Err(format!("{key}: wants a list")) };
    items
        .into_iter()
        .enumerate()
        .map(|(index, item)| {
            if let Value::Object(fields) = &item {
                name_unknown(key, fields, known, ignored);
            }
            serde_json::from_value(item).map_err(|e| format!("{key}[{index}]: {e}"))
        })
        .collect()
}

fn names(key: &str, value: Value, ignored: &mut Vec<String>) -> Result<Vec<String>, String> {
    let items: Vec<Named> = list(key, value, &["name"], ignored)?;
    Ok(items
        .into_iter()
        .map(|item| match item {
            Named::Alone(name) | Named::Object { name } => name,
        })
        .collect())
}

fn name_unknown(key: &str, fields: &Map<String, Value>, known: &[&str], ignored: &mut Vec<String>) {
    for field in fields.keys().filter(|field| !known.contains(&field.as_str())) {
        let name = format!("{key}[].{field}");
        if !ignored.contains(&name) {
            ignored.push(name);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_understood_is_named_and_the_rest_is_read() {
        let mut ignored = Vec::new();
        let text = r#"{"groups": [], "masters": ["Мария", {"name": "Олег", "phone": "1"}],
            "cities": [{"name": "Тверь", "time_zone": "Europe/Moscow"}]}"#;
        let file = SetupFile::read(text, &mut ignored).expect("readable");
        assert_eq!(ignored, ["groups", "masters[].phone"]);
        let names: Vec<&str> = file.masters.iter().map(|master| master.name.as_str()).collect();
        assert_eq!(names, ["Мария", "Олег"]);
        assert_eq!(file.cities[0].tz.as_deref(), Some("Europe/Moscow"));
    }

    #[test]
    fn a_mistake_is_named_with_its_place() {
        for (text, place) in [
            ("[]", "not an object"),
            ("{", "JSON"),
            (r#"{"lines": {}}"#, "lines"),
            (r#"{"lines": [{"number": "1"}, {"rk": "x"}]}"#, "lines[1]"),
            (r#"{"vpbx_api_key": 5}"#, "vpbx_api_key"),
        ] {
            let error = SetupFile::read(text, &mut Vec::new()).expect_err(text);
            assert!(error.contains(place), "{error}");
        }
    }
}
