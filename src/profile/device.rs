//! What a browser calls itself, in short words.

/// «Chrome, Windows»; «Неизвестный браузер» for one that does not say.
pub fn words(user_agent: &str) -> String {
    // Every browser claims to be its forerunners too: the particular names come first.
    let browser = first(
        user_agent,
        &[
            ("YaBrowser", "Яндекс Браузер"),
            ("OPR/", "Opera"),
            ("Edg", "Edge"),
            ("Firefox", "Firefox"),
            ("FxiOS", "Firefox"),
            ("CriOS", "Chrome"),
            ("Chromium", "Chromium"),
            ("Chrome", "Chrome"),
            ("Safari", "Safari"),
        ],
    );
    let system = first(
        user_agent,
        &[
            ("iPhone", "iPhone"),
            ("iPad", "iPad"),
            ("Android", "Android"),
            ("Windows", "Windows"),
            ("Mac OS", "macOS"),
            ("CrOS", "ChromeOS"),
            ("Linux", "Linux"),
        ],
    );
    match (browser, system) {
        (Some(browser), Some(system)) => format!("{browser}, {system}"),
        (Some(one), None) | (None, Some(one)) => one.to_owned(),
        (None, None) => "Неизвестный браузер".to_owned(),
    }
}

/// True for telephones and tablets.
pub fn is_mobile(user_agent: &str) -> bool {
    ["iPhone", "iPad", "Android", "Mobile"].iter().any(|sign| user_agent.contains(sign))
}

fn first<'a>(text: &str, signs: &[(&str, &'a str)]) -> Option<&'a str> {
    signs.iter().find(|(sign, _)| text.contains(sign)).map(|(_, name)| *name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_particular_name_wins() {
        let yandex = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) \
                      Chrome/140.0 YaBrowser/25.8 Safari/537.36";
        assert_eq!(words(yandex), "Яндекс Браузер, Windows");
        let iphone = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605 Version/18 Mobile Safari/604";
        assert_eq!(words(iphone), "Safari, iPhone");
        assert!(is_mobile(iphone) && !is_mobile(yandex));
        assert_eq!(words("curl/8.5"), "Неизвестный браузер");
    }
}
