//! Pictures and voice: fetched by the account's own way, from Avito's hosts only, and not more than fits.

use reqwest::{Url, header};

use super::{Client, header_of, read};
use crate::integrations::avito::error::ApiError;
use crate::integrations::avito::pace::Group;

/// Largest picture or sound that is fetched.
pub const MEDIA_MAX: usize = 25 * 1024 * 1024;
/// How often somebody may send us on.
const REDIRECTS: usize = 3;

/// Hosts from which pictures and voice are fetched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MediaHosts(Vec<String>);

impl Default for MediaHosts {
    fn default() -> Self {
        Self::of("avito.st, img.k.avito.ru, voice.k.avito.ru, k.avito.ru").unwrap_or(Self(Vec::new()))
    }
}

impl MediaHosts {
    /// Reads hosts separated by commas; each stands for itself and what is below it. With a port (`127.0.0.1:9000`) it
    /// stands for exactly that.
    pub fn of(text: &str) -> Option<Self> {
        let hosts = text.split(',').map(|host| host.trim().trim_start_matches("*.").to_lowercase());
        let hosts: Vec<String> = hosts.filter(|host| !host.is_empty()).collect();
        let is_host = |host: &String| !host.contains(['/', '@', ' ', '?', '#']);
        (!hosts.is_empty() && hosts.iter().all(is_host)).then_some(Self(hosts))
    }

    /// The address, if it is one of ours to fetch.
    pub fn allow(&self, url: &str) -> Option<Url> {
        let url = Url::parse(url.trim()).ok()?;
        let host = url.host_str()?.to_lowercase();
        let is_plain =
            matches!(url.scheme(), "http" | "https") && url.username().is_empty() && url.password().is_none();
        let with_port = url.port().map(|port| format!("{host}:{port}"));
        let is_known = self.0.iter().any(|known| match &with_port {
            Some(with_port) => with_port == known,
            None => host == *known || host.ends_with(&format!(".{known}")),
        });
        (is_plain && is_known).then_some(url)
    }
}

/// A picture or a sound.
#[derive(Clone, Debug)]
pub struct Media {
    /// What its server calls it; not to be believed.
    pub kind: String,
    /// The content.
    pub bytes: Vec<u8>,
}

impl Client {
    /// Fetches a picture or a sound. Its content is not looked at.
    ///
    /// # Errors
    /// In words; also when it lies elsewhere than at Avito.
    pub async fn media(&self, url: &str) -> Result<Media, ApiError> {
        let foreign = || ApiError::NotAllowed("Файл лежит не на сервере Авито".to_owned());
        let mut url = self.shared.media_hosts.allow(url).ok_or_else(foreign)?;
        for _ in 0..=REDIRECTS {
            let http = self.http()?;
            self.pace.wait(Group::Media, &self.shared.clock).await?;
            // Another host: the account's token does not travel there.
            let outcome = match http.get(url.clone()).send().await {
                Ok(answer) => Ok(answer),
                Err(error) => Err(self.failed(&error).await),
            };
            self.pace.note(Group::Media, outcome.as_ref().map(|_| ()), self.shared.clock.now());
            let answer = outcome?;
            let status = answer.status();
            if status.is_redirection() {
                let to = header_of(&answer, header::LOCATION.as_str()).and_then(|to| url.join(&to).ok());
                url = to.and_then(|to| self.shared.media_hosts.allow(to.as_str())).ok_or_else(foreign)?;
                continue;
            }
            return match status.as_u16() {
                200..=299 => Ok(Media {
                    kind: header_of(&answer, header::CONTENT_TYPE.as_str()).unwrap_or_default(),
                    bytes: read(answer, MEDIA_MAX).await?,
                }),
                404 | 410 => Err(ApiError::NotFound),
                407 => Err(ApiError::Unreachable(crate::integrations::avito::proxy::Fault::LoginWanted)),
                status if status >= 500 => Err(ApiError::Unavailable(status)),
                status => Err(ApiError::Strange(format!("код {status}"))),
            };
        }
        Err(foreign())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_lies_at_avito_is_fetched() {
        let hosts = MediaHosts::default();
        for good in [
            "https://30.img.avito.st/image/1/1.Kp2.jpg",
            "https://img.k.avito.ru/chat/640x480/x.jpg",
            "https://voice.k.avito.ru/chat/x.mp4?sig=1",
            "http://www.avito.st/x.png",
        ] {
            assert!(hosts.allow(good).is_some(), "{good}");
        }
        for bad in [
            "https://avito.st.evil.example/x.jpg",
            "https://evilavito.st/x.jpg",
            "https://avito.st@evil.example/x.jpg",
            "https://user:pass@www.avito.st/x.jpg",
            "https://www.avito.st:8443/x.jpg",
            "ftp://www.avito.st/x.jpg",
            "file:///etc/passwd",
            "https://127.0.0.1/x.jpg",
            "//www.avito.st/x.jpg",
            "",
        ] {
            assert!(hosts.allow(bad).is_none(), "{bad}");
        }
        let lab = MediaHosts::of("127.0.0.1:9000").expect("a host");
        assert!(lab.allow("http://127.0.0.1:9000/x").is_some());
        assert!(lab.allow("http://127.0.0.1:9001/x").is_none());
        assert_eq!(MediaHosts::of("http://x/"), None);
    }
}
