//! The line of `sasl.jaas.config`: a login module, a control flag, and its options, as Kafka's `JaasConfig` reads them.
//!
//! Words are read as by `java.io.StreamTokenizer`; in addition, unquoted words may have all characters except blanks
//! and semicolons. Messages never repeat any part of the line.

/// A login.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Login {
    /// The module's class.
    module: String,
    options: Vec<(String, String)>,
}

/// Translates a line to properties of librdkafka.
///
/// # Errors
/// The line cannot be read, or its login module is not supported.
pub(super) fn properties(line: &str, mechanism: Option<&str>) -> Result<Vec<(String, String)>, String> {
    let login = Login::read(line).map_err(|reason| format!("sasl.jaas.config {reason}"))?;
    let class = login.module.rsplit('.').next().unwrap_or_default();
    let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    match class {
        "PlainLoginModule" | "ScramLoginModule" => {
            let mut pairs = vec![
                pair("sasl.username", login.needed("username")?),
                pair("sasl.password", login.needed("password")?),
            ];
            match (class, mechanism) {
                ("PlainLoginModule", None) => pairs.push(pair("sasl.mechanisms", "PLAIN")),
                (_, None) => {
                    return Err("sasl.mechanism is missing; set it to SCRAM-SHA-256 or SCRAM-SHA-512".to_owned());
                }
                (_, Some(_)) => {}
            }
            Ok(pairs)
        }
        "OAuthBearerLoginModule" => match login.option("unsecuredLoginStringClaim_sub") {
            Some(principal) if !principal.contains(char::is_whitespace) => Ok(vec![
                pair("sasl.mechanisms", "OAUTHBEARER"),
                pair("enable.sasl.oauthbearer.unsecure.jwt", "true"),
                pair("sasl.oauthbearer.config", &format!("principal={principal}")),
            ]),
            _ => Err(
                "sasl.jaas.config asks for OAUTHBEARER with a token service, which this program does not have; use \
                      PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512"
                    .to_owned(),
            ),
        },
        "Krb5LoginModule" => Err("sasl.jaas.config asks for Kerberos (GSSAPI), which this program does not have; use \
                                  PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512"
            .to_owned()),
        _ => Err("sasl.jaas.config names a login module that this program does not have; PlainLoginModule, \
                  ScramLoginModule and OAuthBearerLoginModule are read"
            .to_owned()),
    }
}

impl Login {
    fn read(line: &str) -> Result<Self, &'static str> {
        let mut tokens = Tokens(line);
        let Some(Token::Word(module)) = tokens.next(false)? else {
            return Err("does not begin with a login module's class");
        };
        match tokens.next(false)? {
            Some(Token::Word(flag)) if FLAGS.contains(&flag.to_ascii_lowercase().as_str()) => {}
            _ => return Err("has no control flag after the login module; it is \"required\" as a rule"),
        }
        let mut options = Vec::new();
        loop {
            let name = match tokens.next(false)? {
                Some(Token::Word(name)) => name,
                Some(Token::Semicolon) => break,
                Some(Token::Equals) => return Err("has a value without an option's name"),
                // Java requires the semicolon; here it is optional.
                None => break,
            };
            let (Some(Token::Equals), Some(Token::Word(value))) = (tokens.next(false)?, tokens.next(true)?) else {
                return Err("has an option without a value; an option is name=\"value\"");
            };
            options.push((name, value));
        }
        match tokens.next(false)? {
            None => Ok(Self { module, options }),
            Some(_) => Err("has more than one login module; Kafka's clients take one"),
        }
    }

    fn option(&self, name: &str) -> Option<&str> {
        self.options.iter().rev().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    fn needed(&self, name: &str) -> Result<&str, String> {
        self.option(name).ok_or_else(|| format!("sasl.jaas.config has no {name}=\"…\""))
    }
}

const FLAGS: [&str; 4] = ["required", "requisite", "sufficient", "optional"];

enum Token {
    Word(String),
    Equals,
    Semicolon,
}

/// The rest of a line.
struct Tokens<'a>(&'a str);

impl Tokens<'_> {
    /// `is_value`: an unquoted word may contain equals signs.
    fn next(&mut self, is_value: bool) -> Result<Option<Token>, &'static str> {
        self.skip_blanks(is_value)?;
        let Some(first) = self.0.chars().next() else { return Ok(None) };
        Ok(Some(match first {
            ';' => self.sign(Token::Semicolon),
            '=' if !is_value => self.sign(Token::Equals),
            '"' | '\'' => Token::Word(self.quoted(first)?),
            _ => {
                let ends = |c: char| c <= ' ' || c == ';' || (!is_value && matches!(c, '=' | '"' | '\''));
                let end = self.0.find(ends).unwrap_or(self.0.len());
                let (word, rest) = self.0.split_at(end);
                self.0 = rest;
                Token::Word(word.to_owned())
            }
        }))
    }

    fn sign(&mut self, token: Token) -> Token {
        self.0 = &self.0[1..];
        token
    }

    /// Skips blanks, and comments unless a value is expected, which may begin with a slash.
    fn skip_blanks(&mut self, is_value: bool) -> Result<(), &'static str> {
        loop {
            self.0 = self.0.trim_start_matches(|c: char| c <= ' ');
            if is_value {
                return Ok(());
            }
            if let Some(comment) = self.0.strip_prefix("/*") {
                let Some((_, rest)) = comment.split_once("*/") else { return Err("has a comment without an end") };
                self.0 = rest;
            } else if let Some(comment) = self.0.strip_prefix("//") {
                self.0 = comment.split_once('\n').map_or("", |(_, rest)| rest);
            } else {
                return Ok(());
            }
        }
    }

    fn quoted(&mut self, quote: char) -> Result<String, &'static str> {
        const OPEN: &str = "has a quotation mark without its other half";
        let mut value = String::new();
        let mut rest = self.0[1..].chars();
        loop {
            match rest.next() {
                None | Some('\n' | '\r') => return Err(OPEN),
                Some(end) if end == quote => break,
                Some('\\') => value.push(escaped(&mut rest).ok_or(OPEN)?),
                Some(other) => value.push(other),
            }
        }
        self.0 = rest.as_str();
        Ok(value)
    }
}

/// The character after a backslash: letters for control characters, up to three octal digits, or the character itself.
fn escaped(rest: &mut std::str::Chars<'_>) -> Option<char> {
    Some(match rest.next()? {
        'a' => '\u{7}',
        'b' => '\u{8}',
        'f' => '\u{c}',
        'n' => '\n',
        'r' => '\r',
        't' => '\t',
        'v' => '\u{b}',
        first @ '0'..='7' => {
            let digits_max = if first <= '3' { 3 } else { 2 };
            let mut code = first.to_digit(8)?;
            for _ in 1..digits_max {
                let mut ahead = rest.clone();
                let Some(digit) = ahead.next().and_then(|next| next.to_digit(8)) else { break };
                code = code * 8 + digit;
                *rest = ahead;
            }
            char::from_u32(code)?
        }
        other => other,
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const SCRAM: &str = "org.apache.kafka.common.security.scram.ScramLoginModule required";

    fn credentials(options: &str) -> (String, String) {
        let pairs = properties(&format!("{SCRAM} {options}"), Some("SCRAM-SHA-256")).unwrap();
        let value = |name: &str| pairs.iter().find(|(known, _)| known == name).unwrap().1.clone();
        (value("sasl.username"), value("sasl.password"))
    }

    /// Quoted and unquoted values, as Kafka 4.1's `JaasConfig` reads them.
    #[test]
    fn options_are_read_as_java_writes_them() {
        for (options, username, password) in [
            ("username=\"alice\" password=\"secret\";", "alice", "secret"),
            ("username='alice' password='secret';", "alice", "secret"),
            ("username = \"alice\" password = \"secret\" ;", "alice", "secret"),
            ("username=alice\tpassword=secret;", "alice", "secret"),
            ("\n  username=\"alice\"\n  password=\"secret\";\n", "alice", "secret"),
            (r#"username="a\"b" password="a\\b";"#, "a\"b", "a\\b"),
            (r#"username="a'b" password='a"b';"#, "a'b", "a\"b"),
            (r#"username="a\u" password="\101\60\0612\t";"#, "au", "A012\t"),
            ("password=\"username=x;\" username=\"a b\";", "a b", "username=x;"),
            ("serviceName=\"kafka\" username=\"a\" password=\"\" user_bob=\"x\";", "a", ""),
            ("/* who */ username=\"a\" // and\n password=\"b\";", "a", "b"),
            ("username=a password=//x==;", "a", "//x=="),
            ("username=1a password=123!", "1a", "123!"),
            ("username=\"a\" username=\"b\" password=\"x\";", "b", "x"),
        ] {
            assert_eq!(credentials(options), (username.to_owned(), password.to_owned()), "{options}");
        }
    }

    #[test]
    fn modules_choose_the_mechanism() {
        let read = |module: &str, mechanism| {
            properties(&format!("{module} required username=\"a\" password=\"b\";"), mechanism)
        };
        let plain = read("org.apache.kafka.common.security.plain.PlainLoginModule", None).unwrap();
        assert!(plain.contains(&("sasl.mechanisms".to_owned(), "PLAIN".to_owned())), "{plain:?}");
        assert!(read("x.ScramLoginModule", None).unwrap_err().contains("SCRAM-SHA-512"));
        assert!(read("com.sun.security.auth.module.Krb5LoginModule", None).unwrap_err().contains("Kerberos"));
        assert!(read("software.amazon.msk.auth.iam.IAMLoginModule", None).unwrap_err().contains("PlainLoginModule"));
        let bearer = "org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginModule required";
        let unsecured = properties(&format!("{bearer} unsecuredLoginStringClaim_sub=\"alice\";"), None).unwrap();
        assert!(unsecured.iter().any(|(_, value)| value == "principal=alice"), "{unsecured:?}");
        assert!(properties(&format!("{bearer} clientId=\"a\" clientSecret=\"b\";"), None).is_err());
    }

    proptest! {
        /// However a line is truncated, the password is not in the message.
        #[test]
        fn a_damaged_line_is_not_repeated(from in 0_usize..130, length in 1_usize..60) {
            let whole = format!("{SCRAM} username=\"alice\" password=\"hunter2\" x=\"y\";");
            let mut line: Vec<char> = whole.chars().collect();
            let from = from.min(line.len());
            line.drain(from..(from + length).min(line.len()));
            let line: String = line.into_iter().collect();
            if let Err(message) = properties(&line, Some("SCRAM-SHA-256")) {
                prop_assert!(!message.contains("hunter2"), "{message}");
            }
        }
    }
}
