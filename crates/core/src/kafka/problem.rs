//! Explains librdkafka's messages about failed connections.

use std::fmt;
use std::time::Duration;

use super::check_step::CheckStep;
use super::listener::{self, Answer, Fault};
use crate::model::client_settings::ClientSettings;

/// Why a cluster cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConnectionProblem {
    /// What failed, in a sentence without a full stop.
    pub summary: String,
    /// What to do about it.
    pub what_to_do: String,
    /// The client's own messages, one per line, without secrets.
    pub detail: String,
}

impl fmt::Display for ConnectionProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.summary, self.what_to_do)?;
        match self.detail.lines().next_back() {
            Some(last) => write!(f, " ({last})"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for ConnectionProblem {}

/// What is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Cause {
    OtherMechanism,
    Credentials,
    NoSuchMechanism,
    Certificate(Fault),
    CertificateWanted,
    NoTls,
    NoSasl,
    SaslWanted,
    PerhapsSasl,
    NoSuchHost,
    NobodyListens,
    NoWay,
    Tls,
    PerhapsTls,
    NoKafka,
    NoAnswer,
    Unknown,
}

/// Parts of messages, and what they mean: messages of librdkafka 2.12 (`rdkafka_broker.c`, `rdkafka_ssl.c`,
/// `rdkafka_sasl*.c`, `rdkafka_transport.c`), of OpenSSL, of brokers, and of the operating system. The first match
/// counts: specific ones come before general ones.
const MEANINGS: [(&[&str], Cause); 18] = [
    (&["SASL Handshake not supported by broker", "not valid in current SASL state"], Cause::NoSasl),
    (&["Unsupported SASL mechanism", "mechanism handshake failed"], Cause::OtherMechanism),
    (&["uthentication failed", "SASL authentication error", "invalid credentials"], Cause::Credentials),
    (&["No provider for SASL mechanism", "Unsupported SASL"], Cause::NoSuchMechanism),
    (&["certificate has expired"], Cause::Certificate(Fault::Expired)),
    (&["certificate is not yet valid"], Cause::Certificate(Fault::NotYetValid)),
    (&["hostname mismatch", "IP address mismatch"], Cause::Certificate(Fault::OtherHost)),
    (
        &["certificate could not be verified", "certificate verify failed", "unable to get local issuer"],
        Cause::Certificate(Fault::Other),
    ),
    (
        &["client SSL authentication might be required", "certificate required", "bad certificate"],
        Cause::CertificateWanted,
    ),
    (&["PLAINTEXT broker listener", "wrong version number", "packet length too long"], Cause::NoTls),
    // A TLS alert, and an HTTP response, read as the length of a response.
    (&["Invalid response size 352518", "Invalid response size 352519"], Cause::Tls),
    (&["Invalid response size 1213486160"], Cause::NoKafka),
    (&["might require SASL authentication", "SSL connection closed by peer"], Cause::PerhapsSasl),
    (&["Failed to resolve"], Cause::NoSuchHost),
    (&["Connection refused", "actively refused"], Cause::NobodyListens),
    (&["Network is unreachable", "No route to host", "Host is down"], Cause::NoWay),
    (
        &["connection closed by peer", "connection reset by peer", "closed by peer", "hung up", "during handshake"],
        Cause::PerhapsTls,
    ),
    (&["timed out", "timeout"], Cause::NoAnswer),
];

impl Cause {
    fn of<'a>(words: impl Iterator<Item = &'a str> + Clone) -> Option<Self> {
        let matches = |signs: &&[&str]| words.clone().any(|line| signs.iter().any(|sign| line.contains(sign)));
        MEANINGS.iter().find(|(signs, _)| matches(signs)).map(|(_, cause)| *cause)
    }

    /// The problem, and what to do.
    fn sentences(self) -> (&'static str, &'static str) {
        match self {
            Self::OtherMechanism => (
                "The broker does not offer this SASL mechanism",
                "Set sasl.mechanism to one that the broker has; the detail names them where the broker does",
            ),
            Self::Credentials => {
                ("SASL: wrong user name or password", "Check the user name, the password and the SASL mechanism")
            }
            Self::NoSuchMechanism => {
                ("This program does not have the SASL mechanism", "Use PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512")
            }
            Self::Certificate(fault) => sentences_of_certificate(fault),
            Self::CertificateWanted => {
                ("TLS: the broker requires a client certificate", "Give ssl.certificate.location and ssl.key.location")
            }
            Self::NoTls => (
                "You connected with TLS to a port without TLS",
                "Use the port of the TLS listener, or set security.protocol to PLAINTEXT or SASL_PLAINTEXT",
            ),
            Self::NoSasl => (
                "You connected with SASL to a port without SASL",
                "Set security.protocol to PLAINTEXT or SSL, or use the port of the SASL listener",
            ),
            Self::SaslWanted => (
                "The broker requires SASL",
                "Set security.protocol to SASL_PLAINTEXT or SASL_SSL, with mechanism, user name and password",
            ),
            Self::PerhapsSasl => (
                "The broker closes the connection; it probably requires SASL",
                "Set security.protocol to SASL_PLAINTEXT or SASL_SSL, with mechanism, user name and password",
            ),
            Self::NoSuchHost => (
                "The host name cannot be resolved",
                "Check the spelling of the bootstrap server, and the network or VPN",
            ),
            Self::NobodyListens => {
                ("Nothing is listening at that address", "Check host and port, and whether the broker runs")
            }
            Self::NoWay => ("That address cannot be reached", "Check the network or VPN"),
            Self::Tls => (
                "The broker expects TLS, and you connected without TLS",
                "Set security.protocol to SSL or SASL_SSL, or use the port of the plaintext listener",
            ),
            Self::PerhapsTls => (
                "The broker closes the connection at once; it probably expects TLS, and you connected without TLS",
                "Set security.protocol to SSL or SASL_SSL, or use the port of the plaintext listener",
            ),
            Self::NoKafka => ("A web server answers at that address, not a broker", "Check host and port"),
            Self::NoAnswer => ("No answer in time", "Check host and port, and whether a firewall drops the packets"),
            Self::Unknown => ("The connection fails", "The detail has the client's own message"),
        }
    }

    /// The step of a check that fails for this reason; `None`: whichever is in progress.
    fn step(self) -> Option<CheckStep> {
        match self {
            Self::NoSuchHost => Some(CheckStep::Resolve),
            Self::NobodyListens | Self::NoWay => Some(CheckStep::Connect),
            Self::Certificate(_) | Self::CertificateWanted | Self::NoTls | Self::Tls | Self::PerhapsTls => {
                Some(CheckStep::Tls)
            }
            Self::OtherMechanism
            | Self::Credentials
            | Self::NoSuchMechanism
            | Self::NoSasl
            | Self::SaslWanted
            | Self::PerhapsSasl => Some(CheckStep::SignIn),
            Self::NoKafka | Self::NoAnswer | Self::Unknown => None,
        }
    }

    /// Whether retrying cannot help.
    fn is_final(self) -> bool {
        matches!(
            self,
            Self::OtherMechanism
                | Self::Credentials
                | Self::NoSuchMechanism
                | Self::Certificate(_)
                | Self::CertificateWanted
                | Self::NoTls
                | Self::NoSasl
                | Self::SaslWanted
                | Self::Tls
                | Self::NoKafka
        )
    }

    /// Tests the port itself if the client's messages are ambiguous. A broker that is just starting or stopping closes
    /// connections, too.
    fn confirmed(self, address: &str, client: &ClientSettings) -> Self {
        match self {
            Self::Certificate(Fault::Other) => match listener::ask_for_tls(address, client) {
                Answer::Tls(Some(fault)) => Self::Certificate(fault),
                Answer::Tls(None) | Answer::NoTls => self,
            },
            Self::NoTls if !listener::speaks_plaintext(address) => Self::Unknown,
            Self::PerhapsTls if matches!(listener::ask_for_tls(address, client), Answer::Tls(_)) => Self::Tls,
            Self::PerhapsSasl => {
                let is_there = match uses_tls(client) {
                    true => matches!(listener::ask_for_tls(address, client), Answer::Tls(_)),
                    false => listener::speaks_plaintext(address),
                };
                if is_there { Self::SaslWanted } else { self }
            }
            _ => self,
        }
    }
}

/// The problem of the broker's certificate, and what to do.
fn sentences_of_certificate(fault: Fault) -> (&'static str, &'static str) {
    match fault {
        Fault::Expired => (
            "TLS: the broker's certificate has expired",
            "Have the broker's certificate renewed, and check this computer's clock",
        ),
        Fault::NotYetValid => (
            "TLS: the broker's certificate is not valid yet",
            "Check this computer's clock, and the time from which the certificate is valid",
        ),
        Fault::OtherHost => (
            "TLS: the broker's certificate is for another host name",
            "Use the name that the certificate has, or set ssl.endpoint.identification.algorithm to none",
        ),
        Fault::UnknownAuthority => {
            ("TLS: unknown certificate authority", "Give the authority's certificate (a PEM file) as ssl.ca.location")
        }
        Fault::Other => (
            "TLS: the broker's certificate cannot be verified",
            "Check the authority's certificate in ssl.ca.location, and the broker's certificate",
        ),
    }
}

fn uses_tls(client: &ClientSettings) -> bool {
    client.property("security.protocol").is_some_and(|protocol| protocol.to_ascii_lowercase().ends_with("ssl"))
}

/// The problem if it is permanent: the client has reported such a reason for every bootstrap server. May test the
/// servers, and then blocks for a few seconds at most.
pub fn final_problem(bootstrap_servers: &str, words: &[String], client: &ClientSettings) -> Option<ConnectionProblem> {
    let mut first = None;
    for server in bootstrap_servers.split(',').map(str::trim) {
        let of_server = words.iter().map(String::as_str).filter(|line| line.contains(&format!("{server}/")));
        let cause = Cause::of(of_server)?.confirmed(server, client);
        if !cause.is_final() {
            return None;
        }
        first = first.or(Some(cause));
    }
    first.map(|cause| ConnectionProblem::new(cause, bootstrap_servers, words, None).redacted(client))
}

/// The client's message, preceded by its meaning if retrying cannot help.
pub fn with_meaning(words: &str) -> String {
    match Cause::of(std::iter::once(words)).filter(|cause| cause.is_final() && *cause != Cause::NoTls) {
        Some(cause) => format!("{}: {words}", cause.sentences().0),
        None => words.to_owned(),
    }
}

impl ConnectionProblem {
    /// Explains the client's messages `words`, which came within `elapsed`; tests the first server if they are
    /// ambiguous. Also the step that failed, where the cause shows it.
    pub(crate) fn find(
        bootstrap_servers: &str,
        words: &[String],
        elapsed: Duration,
        client: &ClientSettings,
    ) -> (Self, Option<CheckStep>) {
        let server = bootstrap_servers.split(',').next().unwrap_or(bootstrap_servers).trim();
        let cause = match Cause::of(words.iter().map(String::as_str)) {
            // Closed connections are taken at face value only if nothing else was reported.
            Some(Cause::NoTls) => Cause::NoTls,
            Some(cause) => cause.confirmed(server, client),
            None if words.is_empty() => Cause::NoAnswer,
            None => Cause::Unknown,
        };
        (Self::new(cause, bootstrap_servers, words, Some(elapsed)).redacted(client), cause.step())
    }

    fn new(cause: Cause, bootstrap_servers: &str, words: &[String], elapsed: Option<Duration>) -> Self {
        let (what, what_to_do) = cause.sentences();
        let mut summary = what.to_owned();
        if let (Cause::NoAnswer, Some(elapsed)) = (cause, elapsed) {
            summary.push_str(&format!(" ({:.1} s)", elapsed.as_secs_f64()));
        }
        Self {
            summary: format!("{summary}: {bootstrap_servers}"),
            what_to_do: what_to_do.to_owned(),
            detail: words.join("\n"),
        }
    }

    /// A problem in words of the caller.
    pub(crate) fn stated(summary: String, what_to_do: &str, detail: String) -> Self {
        Self { summary, what_to_do: what_to_do.to_owned(), detail }
    }

    /// The client rejects a setting before it connects.
    pub(crate) fn refused_setting(reason: String) -> Self {
        Self {
            summary: "A client property cannot be used".to_owned(),
            what_to_do: "Correct the property that the detail names".to_owned(),
            detail: reason,
        }
    }

    /// The cluster answers, but one of its brokers does not, at the address that it advertises.
    pub(crate) fn unreachable_listener(broker: i32, address: &str, detail: String) -> Self {
        Self {
            summary: format!("The cluster answers, but its broker {broker} cannot be reached: {address}"),
            what_to_do:
                "That is the address the broker gives to clients: correct its advertised.listeners, or make the \
                         address reachable from here"
                    .to_owned(),
            detail,
        }
    }

    /// Removes the values of secret properties from all texts.
    pub(crate) fn redacted(mut self, client: &ClientSettings) -> Self {
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
        let cause = Cause::of(words.iter().map(String::as_str));
        let cause = cause.unwrap_or(if words.is_empty() { Cause::NoAnswer } else { Cause::Unknown });
        ConnectionProblem::new(cause, "b:9092", &words, Some(Duration::from_secs(1))).summary
    }

    /// With messages of librdkafka 2.12.
    #[test]
    fn the_clients_words_are_understood() {
        for (words, meaning) in [
            ("b:9092/bootstrap: Connect to ipv4#127.0.0.1:9092 failed: Connection refused", "Nothing is listening"),
            ("b:9092/bootstrap: Failed to resolve 'b:9092': Name or service not known", "cannot be resolved"),
            (
                "sasl_plaintext://b:9092: SASL Handshake not supported by broker (required by mechanism PLAIN)",
                "without SASL",
            ),
            (
                "ssl://b:9092/bootstrap: SSL handshake failed: Disconnected: SSL connection closed by peer: connecting to a \
                 PLAINTEXT broker listener?",
                "a port without TLS",
            ),
            (
                "sasl_ssl://b:9092/bootstrap: SSL handshake failed: error:0A000086:SSL routines::certificate verify failed: \
                 broker certificate could not be verified, verify that ssl.ca.location is correctly configured or root CA \
                 certificates are installed (install ca-certificates package)",
                "certificate cannot be verified",
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
            ("b:9092/bootstrap: Disconnected: connection closed by peer", "probably expects TLS"),
            (
                "ssl://b:9092/bootstrap: Disconnected: verify that security.protocol is correctly configured, broker might \
                 require SASL authentication",
                "requires SASL",
            ),
            ("b:9092/bootstrap: Connection setup timed out in state CONNECT", "No answer in time (1.0 s)"),
            ("b:9092/bootstrap: something new", "The connection fails"),
        ] {
            assert!(summary(&[words]).contains(meaning), "{words}: {}", summary(&[words]));
            assert!(summary(&[words]).ends_with(": b:9092"));
        }
        assert!(summary(&[]).contains("No answer in time"));
        // Later messages do not hide the cause.
        let cause = "SASL authentication error: Authentication failed";
        assert!(summary(&[cause, "Disconnected: connection closed by peer"]).contains("wrong user name or password"));
    }

    #[test]
    fn no_secret_is_repeated() {
        let properties = vec![("sasl.password".to_owned(), "hunter2".to_owned())];
        let client = ClientSettings { properties, ..ClientSettings::default() };
        let (problem, _) =
            ConnectionProblem::find("b:9092", &["bad token hunter2".to_owned()], Duration::ZERO, &client);
        assert_eq!(problem.detail, "bad token [hidden]");
    }
}
