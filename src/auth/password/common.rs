//! What is guessed first: words from published lists of leaked passwords, with the usual ornaments taken off.

/// Lower case, without digits and signs at either end. Long enough together with them.
const WORDS: &[&str] = &[
    "abc",
    "abcd",
    "access",
    "admin",
    "administrator",
    "adminadmin",
    "alexander",
    "andrey",
    "asdf",
    "asdfgh",
    "asdfghjk",
    "asdfghjkl",
    "autumn",
    "azerty",
    "barcelona",
    "baseball",
    "batman",
    "callcentre",
    "callcenter",
    "changeme",
    "chelsea",
    "computer",
    "dima",
    "dmitriy",
    "dragon",
    "football",
    "freedom",
    "gfhjkm",
    "gfhjkmgfhjkm",
    "ghbdtn",
    "google",
    "hello",
    "iloveyou",
    "internet",
    "ivan",
    "jordan",
    "killer",
    "klaster",
    "letmein",
    "liverpool",
    "login",
    "lovely",
    "manager",
    "mango",
    "marina",
    "master",
    "maxim",
    "michael",
    "monkey",
    "moscow",
    "moskva",
    "mustang",
    "mypassword",
    "natasha",
    "newpassword",
    "nikita",
    "ninja",
    "office",
    "operator",
    "orange",
    "pass",
    "passw",
    "password",
    "passwordpassword",
    "passwort",
    "pokemon",
    "princess",
    "privet",
    "qazwsx",
    "qazwsxedc",
    "qqww",
    "qwer",
    "qwert",
    "qwerty",
    "qwertyqwerty",
    "qwertyu",
    "qwertyui",
    "qwertyuiop",
    "qweasd",
    "qweasdzxc",
    "root",
    "russia",
    "samsung",
    "secret",
    "secure",
    "sergey",
    "shadow",
    "spartak",
    "spring",
    "starwars",
    "summer",
    "sunshine",
    "superman",
    "support",
    "system",
    "temp",
    "test",
    "testtest",
    "tester",
    "trustno",
    "user",
    "vladimir",
    "welcome",
    "whatever",
    "winter",
    "xxx",
    "zaq",
    "zenit",
    "zxcv",
    "zxcvb",
    "zxcvbn",
    "zxcvbnm",
    "администратор",
    "админ",
    "андрей",
    "весна",
    "вход",
    "диспетчер",
    "доступ",
    "зима",
    "йцукен",
    "йцукенг",
    "йцукенгш",
    "йцукенгшщз",
    "компьютер",
    "любовь",
    "марина",
    "москва",
    "наташа",
    "оператор",
    "осень",
    "пароль",
    "парольпароль",
    "привет",
    "россия",
    "сергей",
    "солнышко",
    "спартак",
    "фыва",
    "фывапр",
    "фывапролдж",
    "цукен",
    "ячсмить",
    "лето",
];

/// Ones that are not a word with ornaments.
const WHOLE: &[&str] = &[
    "1q2w3e4r",
    "1q2w3e4r5t",
    "1q2w3e4r5t6y",
    "1qaz2wsx",
    "1qaz2wsx3edc",
    "q1w2e3r4",
    "q1w2e3r4t5",
    "zaq12wsx",
    "qazwsx123",
    "1234qwer",
    "123qweasd",
    "123qweasdzxc",
    "12qwaszx",
    "a1b2c3d4",
    "aa123456",
    "abcd1234",
    "qwe123qwe",
    "qwer1234",
    "asdf1234",
    "zxcv1234",
    "1й2ц3у4к",
    "1й2ц3у4к5е",
    "trustno1",
    "987654321",
    "123123123",
    "1234554321",
    "12344321",
    "11223344",
    "1122334455",
    "147258369",
    "159357456",
    "741852963",
    "789456123",
    "123654789",
    "88005553535",
    "1g2w3e4r",
];

/// `folded` is lower case.
pub(super) fn is_common(folded: &str) -> bool {
    let compact: String = folded.chars().filter(|c| !c.is_whitespace()).collect();
    if WHOLE.contains(&compact.as_str()) {
        return true;
    }
    let plain = |text: &str| text.trim_matches(|c: char| !c.is_alphabetic()).to_owned();
    WORDS.contains(&plain(&compact).as_str()) || WORDS.contains(&plain(&without_leet(&compact)).as_str())
}

/// `p@ssw0rd` as what it is meant to be.
fn without_leet(text: &str) -> String {
    // Digits at the end are an ornament, not letters.
    let core = text.trim_end_matches(|c: char| c.is_ascii_digit() || c == '!' || c == '.');
    core.chars()
        .map(|c| match c {
            '@' | '4' => 'a',
            '0' => 'o',
            '1' | '!' => 'i',
            '3' => 'e',
            '$' | '5' => 's',
            '7' => 't',
            other => other,
        })
        .collect()
}

/// One or two different characters, or each the neighbour of the one before.
pub(super) fn is_monotonous(folded: &str) -> bool {
    let mut different: Vec<char> = folded.chars().collect();
    different.sort_unstable();
    different.dedup();
    if different.len() < 3 {
        return true;
    }
    let steps: Vec<i64> = folded
        .chars()
        .zip(folded.chars().skip(1))
        // Zero comes after nine on a keyboard.
        .map(
            |(a, b)| if (a, b) == ('9', '0') { 1 } else { i64::from(u32::from(b)) - i64::from(u32::from(a)) },
        )
        .collect();
    [1, -1].iter().any(|step| steps.iter().all(|s| s == step))
}
