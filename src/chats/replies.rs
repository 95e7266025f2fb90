//! Words in a quick reply that stand for what the chat knows: «{имя}», «{город}», «{аккаунт}», «{объявление}»,
//! «{оператор}».

/// What the words stand for.
#[derive(Clone, Debug, Default)]
pub struct Known {
    /// The client's name, perhaps empty.
    pub name: String,
    /// The city.
    pub city: String,
    /// The account the chat came through.
    pub account: String,
    /// The advertisement.
    pub item: String,
    /// Who writes.
    pub operator: String,
}

/// The words that are filled in, for whoever writes a reply.
pub const WORDS: [&str; 5] = ["{имя}", "{город}", "{аккаунт}", "{объявление}", "{оператор}"];

/// The reply with its words filled in; what is not known leaves no gap behind («Здравствуйте, !»).
pub fn fill(text: &str, known: &Known) -> String {
    let values = [&known.name, &known.city, &known.account, &known.item, &known.operator];
    let mut filled = text.to_owned();
    for (word, value) in WORDS.iter().zip(values) {
        if value.trim().is_empty() {
            filled = filled.replace(&format!(", {word}"), "").replace(&format!(" {word}"), "");
        }
        // The client's name may itself look like one of the words: what was filled in is not read again.
        let marker = word.replace(['{', '}'], "\u{1}");
        filled = filled.replace(word, &marker);
    }
    for (word, value) in WORDS.iter().zip(values) {
        filled = filled.replace(&word.replace(['{', '}'], "\u{1}"), value.trim());
    }
    filled
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_filled_in_and_leave_no_gap() {
        let known = Known { name: "Ольга".into(), city: "Саратов".into(), ..Known::default() };
        assert_eq!(
            fill("Здравствуйте, {имя}! Мастер по г. {город} свободен.", &known),
            "Здравствуйте, Ольга! Мастер по г. Саратов свободен."
        );
        assert_eq!(fill("Здравствуйте, {имя}!", &Known::default()), "Здравствуйте!");
        let odd = Known { name: "{город}".into(), city: "Саратов".into(), ..Known::default() };
        assert_eq!(fill("{имя} {город}", &odd), "{город} Саратов");
    }
}
