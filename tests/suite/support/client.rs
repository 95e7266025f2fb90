//! A browser without a screen: keeps cookies, follows nothing by itself, says where its requests come from.

use std::sync::Once;

use reqwest::redirect::Policy;
use reqwest::{Method, RequestBuilder};

use super::Page;

/// One browser.
#[derive(Clone)]
pub struct Client {
    http: reqwest::Client,
    address: String,
}

impl Client {
    /// A browser that has never been here.
    pub fn new(address: String) -> Self {
        static PROVIDER: Once = Once::new();
        PROVIDER.call_once(|| {
            let _ = rustls::crypto::ring::default_provider().install_default();
        });
        let http = reqwest::Client::builder().cookie_store(true).redirect(Policy::none()).no_proxy().build();
        Self { http: http.expect("a client"), address }
    }

    /// A browser of one's own making.
    pub fn over(http: reqwest::Client, address: String) -> Self {
        Self { http, address }
    }

    /// A request with this browser's cookies and nothing else.
    pub fn bare(&self, method: Method, path: &str) -> RequestBuilder {
        self.http.request(method, format!("{}{path}", self.address))
    }

    /// A request of a script on one of our pages.
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.bare(method, path).header("sec-fetch-site", "same-origin")
    }

    /// Opens a page.
    pub async fn get(&self, path: &str) -> Page {
        Page::of(self.request(Method::GET, path).header("accept", "text/html")).await
    }

    /// Asks for the part `target` of a page, as htmx does.
    pub async fn hx_get(&self, target: &str, path: &str) -> Page {
        Page::of(self.hx(Method::GET, target, path)).await
    }

    /// Sends a form as a plain browser does.
    pub async fn submit(&self, path: &str, fields: &[(&str, &str)]) -> Page {
        Page::of(self.request(Method::POST, path).header("accept", "text/html").form(fields)).await
    }

    /// Sends a form as htmx does.
    pub async fn hx_submit(&self, target: &str, path: &str, fields: &[(&str, &str)]) -> Page {
        Page::of(self.hx(Method::POST, target, path).form(fields)).await
    }

    fn hx(&self, method: Method, target: &str, path: &str) -> RequestBuilder {
        self.request(method, path)
            .header("hx-request", "true")
            .header("hx-target", target)
            .header("hx-current-url", format!("{}{path}", self.address))
    }
}
