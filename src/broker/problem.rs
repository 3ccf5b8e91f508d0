//! What librdkafka's words about a failed connection mean.

use std::fmt;
use std::time::Duration;

use crate::model::client_settings::ClientSettings;

/// Why a cluster cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConnectionProblem {
    /// What failed, in a sentence without a full stop.
    pub summary: String,
    /// What a person can do about it.
    pub what_to_do: String,
    /// The client's own words, a line each, without secrets.
    pub detail: String,
}

impl fmt::Display for ConnectionProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.summary, self.what_to_do)
    }
}

impl std::error::Error for ConnectionProblem {}

/// A word of the client, what it means, and what to do. Words of librdkafka 2.12 (`rdkafka_broker.c`, `rdkafka_ssl.c`,
/// `rdkafka_sasl*.c`, `rdkafka_transport.c`), of OpenSSL, of brokers, and of the operating system. The first that is found
/// counts: the more particular stand before the more general.
const MEANINGS: [(&[&str], &str, &str); 14] = [
    (
        &["Unsupported SASL mechanism", "mechanism handshake failed"],
        "The broker does not offer this SASL mechanism",
        "Set sasl.mechanism to one that the broker has; the detail names them where the broker does",
    ),
    (
        &["uthentication failed", "SASL authentication error", "invalid credentials"],
        "SASL: wrong user name or password",
        "Check the user name, the password and the SASL mechanism",
    ),
    (
        &["No provider for SASL mechanism", "Unsupported SASL"],
        "This program does not have the SASL mechanism",
        "Use PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512",
    ),
    (
        &["certificate has expired", "certificate is not yet valid"],
        "TLS: the broker's certificate is out of date",
        "Check this computer's clock, and have the broker's certificate renewed",
    ),
    (
        &["hostname mismatch", "IP address mismatch"],
        "TLS: the broker's certificate is for another host name",
        "Use the name that the certificate has, or set ssl.endpoint.identification.algorithm to none",
    ),
    (
        &["certificate could not be verified", "certificate verify failed", "unable to get local issuer"],
        "TLS: unknown certificate authority",
        "Give the authority's certificate (a PEM file) as ssl.ca.location",
    ),
    (
        &["client SSL authentication might be required", "certificate required", "bad certificate"],
        "TLS: the broker wants a certificate of the client",
        "Give ssl.certificate.location and ssl.key.location",
    ),
    (
        &["PLAINTEXT broker listener", "wrong version number"],
        "TLS spoken to a port without TLS",
        "Use the port of the TLS listener, or set security.protocol to PLAINTEXT or SASL_PLAINTEXT",
    ),
    (
        &["might require SASL authentication", "SSL connection closed by peer"],
        "The broker hangs up; it probably wants SASL",
        "Set security.protocol to SASL_PLAINTEXT or SASL_SSL, with mechanism, user name and password",
    ),
    (
        &["Failed to resolve"],
        "The host name cannot be resolved",
        "Check the spelling of the bootstrap server, and the network or VPN",
    ),
    (
        &["Connection refused", "actively refused"],
        "Nobody listens at that address",
        "Check host and port, and whether the broker runs",
    ),
    (
        &["Network is unreachable", "No route to host", "Host is down"],
        "There is no way to that address",
        "Check the network or VPN",
    ),
    (
        &["connection closed by peer", "connection reset by peer", "closed by peer", "hung up", "during handshake"],
        "The broker hangs up at once; it probably speaks TLS, and plaintext was spoken to it",
        "Set security.protocol to SSL or SASL_SSL, or use the port of the plaintext listener",
    ),
    (&["timed out", "timeout"], TIMED_OUT, "Check host and port, and whether a firewall drops the packets"),
];
const TIMED_OUT: &str = "No answer in time";

impl ConnectionProblem {
    /// Reads the client's `words`, spoken over `elapsed`.
    pub(super) fn from_words(bootstrap_servers: &str, words: &[String], elapsed: Duration) -> Self {
        let says = |signs: &&[&str]| words.iter().any(|line| signs.iter().any(|sign| line.contains(sign)));
        let found = MEANINGS.iter().find(|(signs, ..)| says(signs));
        let (what, what_to_do) = match found {
            Some((_, what, what_to_do)) => (*what, (*what_to_do).to_owned()),
            None if words.is_empty() => {
                (TIMED_OUT, "Check host and port, and whether a firewall drops the packets".to_owned())
            }
            None => ("The connection fails", "The detail has the client's own words".to_owned()),
        };
        let mut summary = what.to_owned();
        if what == TIMED_OUT {
            summary.push_str(&format!(" ({:.1} s)", elapsed.as_secs_f64()));
        }
        Self { summary: format!("{summary}: {bootstrap_servers}"), what_to_do, detail: words.join("\n") }
    }

    /// The client refuses a setting before it connects.
    pub(super) fn refused_setting(reason: String) -> Self {
        Self {
            summary: "A client property cannot be used".to_owned(),
            what_to_do: "Correct the property that the detail names".to_owned(),
            detail: reason,
        }
    }

    /// The cluster answers, and one of its brokers does not, at the address that it gives to clients.
    pub(super) fn unreachable_listener(broker: i32, address: &str, detail: String) -> Self {
        Self {
            summary: format!("The cluster answers, but its broker {broker} cannot be reached: {address}"),
            what_to_do:
                "That is the address the broker gives to clients: correct its advertised.listeners, or make the \
                         address reachable from here"
                    .to_owned(),
            detail,
        }
    }

    /// Without the secrets among the properties, wherever they are repeated.
    pub(super) fn redacted(mut self, client: &ClientSettings) -> Self {
        for text in [&mut self.summary, &mut self.what_to_do, &mut self.detail] {
            *text = client.redact(text);
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn summary(words: &[&str]) -> String {
        let words: Vec<String> = words.iter().map(|&line| line.to_owned()).collect();
        ConnectionProblem::from_words("b:9092", &words, Duration::from_secs(1)).summary
    }

    /// As librdkafka 2.12 says it.
    #[test]
    fn the_clients_words_are_understood() {
        for (words, meaning) in [
            ("b:9092/bootstrap: Connect to ipv4#127.0.0.1:9092 failed: Connection refused", "Nobody listens"),
            ("b:9092/bootstrap: Failed to resolve 'b:9092': Name or service not known", "cannot be resolved"),
            (
                "ssl://b:9092/bootstrap: SSL handshake failed: Disconnected: SSL connection closed by peer: connecting to a \
                 PLAINTEXT broker listener?",
                "a port without TLS",
            ),
            (
                "sasl_ssl://b:9092/bootstrap: SSL handshake failed: error:0A000086:SSL routines::certificate verify failed: \
                 broker certificate could not be verified, verify that ssl.ca.location is correctly configured or root CA \
                 certificates are installed (install ca-certificates package)",
                "unknown certificate authority",
            ),
            (
                "sasl_ssl://b:9092/bootstrap: SASL authentication error: Authentication failed during authentication due to \
                 invalid credentials with SASL mechanism SCRAM-SHA-256",
                "wrong user name or password",
            ),
            (
                "sasl_ssl://b:9092/bootstrap: SASL PLAIN mechanism handshake failed: Broker: Unsupported SASL mechanism: \
                 broker's supported mechanisms: SCRAM-SHA-256",
                "does not offer",
            ),
            ("b:9092/bootstrap: Disconnected: connection closed by peer", "probably speaks TLS"),
            (
                "ssl://b:9092/bootstrap: Disconnected: verify that security.protocol is correctly configured, broker might \
                 require SASL authentication",
                "wants SASL",
            ),
            ("b:9092/bootstrap: Connection setup timed out in state CONNECT", "No answer in time (1.0 s)"),
            ("b:9092/bootstrap: something new", "The connection fails"),
        ] {
            assert!(summary(&[words]).contains(meaning), "{words}: {}", summary(&[words]));
            assert!(summary(&[words]).ends_with(": b:9092"));
        }
        assert!(summary(&[]).contains("No answer in time"));
        // What came of it does not hide the cause.
        let cause = "SASL authentication error: Authentication failed";
        assert!(summary(&[cause, "Disconnected: connection closed by peer"]).contains("wrong user name or password"));
    }

    #[test]
    fn no_secret_is_repeated() {
        let properties = vec![("sasl.password".to_owned(), "hunter2".to_owned())];
        let client = ClientSettings { properties, ..ClientSettings::default() };
        let problem = ConnectionProblem::from_words("b:9092", &["bad token hunter2".to_owned()], Duration::ZERO);
        assert_eq!(problem.redacted(&client).detail, "bad token [hidden]");
    }
}
