//! Styles, scripts, icons and fonts, packed into the binary by `build.rs` under names that carry a hash
//! of their content, so a browser keeps them for a year and still sees every release. Templates ask
//! for addresses by [`url`]; uploaded files do not live here.

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, web};

use super::request::accepts;

/// One packed file.
struct Asset {
    /// What templates call it, such as `app.css`.
    name: &'static str,
    /// Its address with the hash in it.
    url: &'static str,
    mime: &'static str,
    raw: &'static [u8],
    /// `None` for formats that are compressed already.
    compressed: Option<Compressed>,
}

/// The same bytes made small, when the program was built.
struct Compressed {
    /// Asked for over https only, and a seventh smaller.
    brotli: &'static [u8],
    gzip: &'static [u8],
}

include!(concat!(env!("OUT_DIR"), "/assets.rs"));

/// The address of the asset a template calls `name`, such as `/static/app.1f0c2d3e4f5a.css`.
///
/// # Panics
/// On an unknown name in a debug build, so that a test of the page finds the slip; a release build
/// answers with an address that leads nowhere rather than taking the page down.
#[must_use]
pub fn url(name: &str) -> &'static str {
    if let Ok(index) = ASSETS.binary_search_by(|asset| asset.name.cmp(name)) {
        return ASSETS[index].url;
    }
    debug_assert!(false, "no asset is called {name:?}: name one that build.rs packs");
    "/static/unknown"
}

/// Serves `/static/{path:.*}`.
pub async fn serve(request: HttpRequest, path: web::Path<String>) -> HttpResponse {
    let found = ASSETS.iter().find(|asset| asset.url.strip_prefix("/static/") == Some(path.as_str()));
    let Some(asset) = found else {
        return HttpResponse::NotFound().finish();
    };
    let mut response = HttpResponse::Ok();
    response
        .insert_header((header::CONTENT_TYPE, asset.mime))
        .insert_header((header::CACHE_CONTROL, "public, max-age=31536000, immutable"))
        .insert_header((header::X_CONTENT_TYPE_OPTIONS, "nosniff"));
    let Some(compressed) = &asset.compressed else {
        return response.body(asset.raw);
    };
    response.insert_header((header::VARY, "Accept-Encoding"));
    for (coding, bytes) in [("br", compressed.brotli), ("gzip", compressed.gzip)] {
        if accepts(request.headers(), coding) {
            return response.insert_header((header::CONTENT_ENCODING, coding)).body(bytes);
        }
    }
    response.body(asset.raw)
}

#[cfg(test)]
mod tests {
    use actix_web::body::MessageBody;
    use actix_web::http::StatusCode;
    use actix_web::test::TestRequest;

    use super::*;

    async fn get(url: &str, accept_encoding: &str) -> HttpResponse {
        let request = TestRequest::default().insert_header((header::ACCEPT_ENCODING, accept_encoding));
        let path = url.strip_prefix("/static/").unwrap_or(url).to_owned();
        serve(request.to_http_request(), web::Path::from(path)).await
    }

    fn header_of(response: &HttpResponse, name: header::HeaderName) -> &str {
        response.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    #[actix_web::test]
    async fn a_script_comes_compressed_typed_and_for_a_year() {
        let response = get(url("app.js"), "deflate, gzip;q=0.8").await;
        assert_eq!(response.status(), StatusCode::OK);
        assert_eq!(header_of(&response, header::CONTENT_TYPE), "text/javascript; charset=utf-8");
        assert_eq!(header_of(&response, header::CONTENT_ENCODING), "gzip");
        assert_eq!(header_of(&response, header::VARY), "Accept-Encoding");
        assert_eq!(header_of(&response, header::CACHE_CONTROL), "public, max-age=31536000, immutable");
        assert_eq!(header_of(&response, header::X_CONTENT_TYPE_OPTIONS), "nosniff");
        let body = response.into_body().try_into_bytes().expect("a body in memory");
        assert_eq!(&body[..2], [0x1f, 0x8b], "the first bytes of gzip");
    }

    #[actix_web::test]
    async fn whoever_reads_brotli_gets_the_smallest() {
        let address = url("app.css");
        let asset = ASSETS.iter().find(|asset| asset.url == address).expect("packed");
        let small = asset.compressed.as_ref().expect("text is compressed");
        assert!(small.brotli.len() < small.gzip.len());
        let response = get(address, "gzip, deflate, br, zstd").await;
        assert_eq!(header_of(&response, header::CONTENT_ENCODING), "br");
        assert_eq!(response.into_body().try_into_bytes().expect("a body in memory"), small.brotli);
    }

    #[actix_web::test]
    async fn whoever_refuses_gzip_gets_plain_text() {
        for refusal in ["", "zstd", "gzip;q=0", "identity, gzip; q=0.0, br;q=0"] {
            let response = get(url("app.css"), refusal).await;
            assert!(response.headers().get(header::CONTENT_ENCODING).is_none(), "sent gzip to {refusal:?}");
            let body = response.into_body().try_into_bytes().expect("a body in memory");
            assert!(body.starts_with(b"@layer tokens, base"), "the order of the layers comes first");
        }
    }

    #[actix_web::test]
    async fn a_font_is_sent_as_it_is() {
        let response = get(url("fonts/golos-text-cyrillic.woff2"), "gzip").await;
        assert_eq!(header_of(&response, header::CONTENT_TYPE), "font/woff2");
        assert!(response.headers().get(header::CONTENT_ENCODING).is_none());
        assert!(response.headers().get(header::VARY).is_none());
    }

    #[actix_web::test]
    async fn an_unknown_or_unhashed_address_is_not_found() {
        for path in ["app.css", "app.000000000000.css", "../Cargo.toml", ""] {
            assert_eq!(get(path, "gzip").await.status(), StatusCode::NOT_FOUND, "{path}");
        }
    }

    #[test]
    fn the_style_sheet_points_only_at_assets_that_exist() {
        let css = ASSETS.iter().find(|asset| asset.name == "app.css").expect("app.css is packed");
        let css = std::str::from_utf8(css.raw).expect("a style sheet is text");
        let urls: Vec<_> = css.split("url(\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
        assert_eq!(urls.len(), 3, "three fonts");
        for address in urls {
            assert!(ASSETS.iter().any(|asset| asset.url == address), "{address} is not packed");
        }
    }

    #[test]
    fn a_first_visit_stays_within_its_budget() {
        // Some pages bring rules of their own.
        const OF_ONE_PAGE: &[&str] = &[
            "admin-notifications.css",
            "admin-telephony.css",
            "audit.css",
            "avito.css",
            "chart.css",
            "messages.css",
            "messages.js",
            "overview.css",
            "reference.css",
            "salary.css",
            "sheet.css",
            "shift.css",
            "side.css",
            "side.js",
            "second-factor.css",
            "search.css",
            "stats.css",
            "system.css",
            "timesheet.css",
            "tour.css",
            "tour.js",
            "wallboard.css",
        ];
        let is_everybodys =
            |asset: &&Asset| !OF_ONE_PAGE.contains(&asset.name) && !asset.name.starts_with("help/");
        let sent = |asset: &Asset| asset.compressed.as_ref().map_or(asset.raw, |small| small.brotli).len();
        let sent: usize = ASSETS.iter().filter(is_everybodys).map(sent).sum();
        assert!(
            sent < 145_000,
            "all assets take {sent} bytes over the wire; with the page 150 KB are allowed"
        );
    }

    #[test]
    #[should_panic(expected = "no asset is called \"ap.css\"")]
    fn a_misspelt_name_is_found_by_the_first_test_that_renders_it() {
        let _ = url("ap.css");
    }
}
