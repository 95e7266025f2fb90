//! The form of an account.

use super::row::{AvitoFields, AvitoRow, ProxyFields};
use crate::integrations::avito::proxy::{ProxyType, is_private_host};
use crate::web::field_errors::{FieldErrors, required, within};
use crate::web::form::Fields;

/// Longest name.
const NAME_MAX: usize = 80;
/// Longest of everything else.
const TEXT_MAX: usize = 200;

/// The fields as they were typed. Secrets are never shown again.
#[derive(Clone, Default)]
pub struct AvitoForm {
    /// Its name.
    pub name: String,
    /// Half of the pair.
    pub client_id: String,
    client_secret: String,
    /// Language of the proxy; empty for none.
    pub proxy_type: String,
    /// Its host.
    pub proxy_host: String,
    /// Its port.
    pub proxy_port: String,
    /// Its login.
    pub proxy_login: String,
    proxy_password: String,
    /// Switched on.
    pub is_active: bool,
}

impl AvitoForm {
    /// The form of a new account.
    pub fn new() -> Self {
        Self { is_active: true, ..Self::default() }
    }

    /// The form as it was sent.
    pub fn sent(fields: &Fields) -> Self {
        let text = |name: &str| fields.text(name).trim().to_owned();
        let secret = |name: &str| fields.raw(name).unwrap_or_default().trim().to_owned();
        Self {
            name: text("name"),
            client_id: text("client_id"),
            client_secret: secret("client_secret"),
            proxy_type: text("proxy_type"),
            proxy_host: text("proxy_host"),
            proxy_port: text("proxy_port"),
            proxy_login: text("proxy_login"),
            proxy_password: secret("proxy_password"),
            is_active: !fields.text("is_active").is_empty(),
        }
    }

    /// The form of a stored account.
    pub fn of(row: &AvitoRow) -> Self {
        Self {
            name: row.name.clone(),
            client_id: row.client_id.clone(),
            proxy_type: row.proxy_type.clone().unwrap_or_default(),
            proxy_host: row.proxy_host.clone(),
            proxy_port: row.proxy_port.map(|port| port.to_string()).unwrap_or_default(),
            proxy_login: row.proxy_login.clone(),
            is_active: row.is_active,
            ..Self::default()
        }
    }

    /// What the account is to be. A kept secret goes only to where it was entered for: another pair, another proxy or
    /// another login wants it typed again.
    ///
    /// # Errors
    /// What is wrong, field by field.
    pub fn check(&self, kept: Option<&AvitoRow>, allows_private: bool) -> Result<AvitoFields, FieldErrors> {
        let mut errors = FieldErrors::default();
        let name =
            errors.keep("name", required(&self.name, NAME_MAX, "Укажите название, например «Сергей БТ»"));
        let client_id = errors.keep("client_id", within(&self.client_id, TEXT_MAX)).unwrap_or_default();
        let client_secret = Some(self.client_secret.clone()).filter(|secret| !secret.is_empty());
        let has_secret = kept.is_some_and(|row| row.client_secret.is_some() && row.client_id == client_id);
        match (client_id.is_empty(), &client_secret) {
            (true, Some(_)) => errors.add("client_id", "Укажите client_id: он нужен вместе с client_secret"),
            (false, None) if !has_secret => {
                errors.add(
                    "client_secret",
                    "Введите client_secret: сохранённый подходит только прежнему client_id",
                );
            }
            _ => {}
        }
        if client_secret.as_ref().is_some_and(|secret| secret.chars().count() > TEXT_MAX) {
            errors.add("client_secret", format!("Не длиннее {TEXT_MAX} знаков"));
        }
        let proxy = self.proxy(kept, allows_private, &mut errors);
        match name {
            Some(name) if errors.is_empty() => {
                Ok(AvitoFields { name, is_active: self.is_active, client_id, client_secret, proxy })
            }
            _ => Err(errors),
        }
    }

    fn proxy(
        &self,
        kept: Option<&AvitoRow>,
        allows_private: bool,
        errors: &mut FieldErrors,
    ) -> Option<ProxyFields> {
        let rest = [&self.proxy_host, &self.proxy_port, &self.proxy_login, &self.proxy_password];
        if self.proxy_type.is_empty() {
            if rest.iter().any(|text| !text.is_empty()) {
                errors.add(
                    "proxy_type",
                    "Выберите тип прокси или очистите его поля: без прокси запросы пойдут напрямую",
                );
            }
            return None;
        }
        let kind = ProxyType::parse(&self.proxy_type);
        if kind.is_none() {
            errors.add("proxy_type", "Выберите тип из списка");
        }
        let host = self.proxy_host.trim_start_matches('[').trim_end_matches(']').to_owned();
        let is_host = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | ':');
        if host.is_empty() || host.len() > TEXT_MAX || !host.chars().all(is_host) {
            errors.add("proxy_host", "Укажите адрес без http:// и порта, например 203.0.113.7");
        } else if !allows_private && is_private_host(&host) {
            errors.add("proxy_host", "Это адрес частной сети: такие прокси не разрешены настройками сервера");
        }
        let port = self.proxy_port.parse::<u16>().ok().filter(|port| *port > 0);
        if port.is_none() {
            errors.add("proxy_port", "Порт — число от 1 до 65535");
        }
        if self.proxy_login.len() > 255 || self.proxy_password.len() > 255 {
            errors.add("proxy_login", "Логин и пароль прокси не длиннее 255 знаков");
        }
        let password = Some(self.proxy_password.clone()).filter(|password| !password.is_empty());
        if kind.is_some_and(|kind| !kind.has_login()) && (!self.proxy_login.is_empty() || password.is_some())
        {
            errors.add("proxy_login", "У SOCKS4 нет логина и пароля: очистите поля или выберите SOCKS5");
        }
        if password.is_some() && self.proxy_login.is_empty() {
            errors.add("proxy_login", "Укажите логин: пароль без него не отправляется");
        }
        let is_same = |row: &AvitoRow| {
            row.proxy_password.is_some()
                && row.proxy_type.as_deref() == Some(self.proxy_type.as_str())
                && row.proxy_host == host
                && row.proxy_port == port.map(i32::from)
                && row.proxy_login == self.proxy_login
        };
        if !self.proxy_login.is_empty() && password.is_none() && !kept.is_some_and(is_same) {
            errors.add("proxy_password", "Введите пароль: сохранённый отправляется только прежнему прокси");
        }
        Some(ProxyFields { kind: kind?, host, port: port?, login: self.proxy_login.clone(), password })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form(fields: &[(&str, &str)]) -> AvitoForm {
        let mut sent = Fields::default();
        fields.iter().for_each(|(name, value)| sent.push(name, value));
        AvitoForm::sent(&sent)
    }

    fn wrong(fields: &[(&str, &str)], field: &str) {
        let errors = form(fields).check(None, false).err().expect("wrong");
        assert!(!errors.of(field).is_empty(), "{fields:?}: nothing at {field}");
    }

    #[test]
    fn half_a_proxy_is_refused_instead_of_forgotten() {
        wrong(&[("name", "А"), ("proxy_host", "203.0.114.7")], "proxy_type");
        wrong(&[("name", "А"), ("proxy_type", "http"), ("proxy_port", "8000")], "proxy_host");
        wrong(&[("name", "А"), ("proxy_type", "http"), ("proxy_host", "203.0.114.7")], "proxy_port");
        wrong(&[("name", "А"), ("proxy_type", "ftp")], "proxy_type");
        let socks4 =
            [("name", "А"), ("proxy_type", "socks4"), ("proxy_host", "p.example"), ("proxy_port", "1080")];
        assert!(form(&socks4).check(None, false).is_ok());
        wrong(&[&socks4[..], &[("proxy_login", "я")]].concat(), "proxy_login");
        wrong(&[&socks4[..], &[("proxy_password", "я")]].concat(), "proxy_login");
    }

    #[test]
    fn private_proxies_are_refused_unless_allowed() {
        for host in ["127.0.0.1", "localhost", "10.0.0.5", "[::1]", "192.168.1.1"] {
            let fields =
                [("name", "А"), ("proxy_type", "http"), ("proxy_host", host), ("proxy_port", "8000")];
            wrong(&fields, "proxy_host");
            assert!(form(&fields).check(None, true).is_ok(), "{host}");
        }
    }

    #[test]
    fn a_pair_is_whole_or_missing() {
        wrong(&[("name", "А"), ("client_id", "x")], "client_secret");
        wrong(&[("name", "А"), ("client_secret", "x")], "client_id");
        assert!(form(&[("name", "А")]).check(None, false).is_ok(), "a name alone is enough");
        wrong(&[("client_id", "x"), ("client_secret", "y")], "name");
    }
}
