//! The addresses of a cluster, in the forms that people write.

/// The protocols that a listener's URL can begin with, spelled as in `security.protocol`.
const PROTOCOLS: [&str; 4] = ["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"];
/// Kafka's default port, also librdkafka's.
const USUAL_PORT: &str = "9092";

/// Converts `servers` to the client's form: `host:port`, several separated by commas. A protocol before the host, as in
/// `SASL_SSL://host:9093`, becomes the property `security.protocol` unless that is already set.
///
/// # Errors
/// A sentence about an invalid address, or about protocols that contradict each other.
pub fn resolve(servers: &str, properties: &mut Vec<(String, String)>) -> Result<String, String> {
    let mut protocol: Option<&'static str> = None;
    let mut addresses = Vec::new();
    for one in servers.split(',').map(str::trim).filter(|one| !one.is_empty()) {
        let (named, address) = match one.split_once("://") {
            Some((name, address)) => (Some(protocol_of(name)?), address),
            None => (None, one),
        };
        match (protocol, named) {
            (Some(before), Some(named)) if before != named => {
                return Err(format!(
                    "the bootstrap servers name two protocols, {before} and {named}; a client can use only one"
                ));
            }
            _ => protocol = protocol.or(named),
        }
        addresses.push(address_of(address)?);
    }
    if addresses.is_empty() {
        return Err(
            "the bootstrap server is empty; give it as host:port, or leave it out for the embedded broker".to_owned()
        );
    }
    let Some(named) = protocol else { return Ok(addresses.join(",")) };
    match properties.iter().rev().find(|(name, _)| name == "security.protocol") {
        Some((_, given)) if !given.eq_ignore_ascii_case(named) => Err(format!(
            "the bootstrap server begins with {named}://, and security.protocol is {given}: give one of the two"
        )),
        Some(_) => Ok(addresses.join(",")),
        None => {
            properties.push(("security.protocol".to_owned(), named.to_owned()));
            Ok(addresses.join(","))
        }
    }
}

/// Checks that `servers` consists of valid broker addresses.
///
/// # Errors
/// As [`resolve`].
pub fn check(servers: &str) -> Result<(), String> {
    resolve(servers, &mut Vec::new()).map(|_| ())
}

fn protocol_of(name: &str) -> Result<&'static str, String> {
    let known = PROTOCOLS.into_iter().find(|protocol| protocol.eq_ignore_ascii_case(name));
    known.ok_or_else(|| {
        let known = PROTOCOLS.join(", ");
        format!("a bootstrap server is host:port; only {known} can precede it, as in SASL_SSL://host:9093")
    })
}

fn address_of(address: &str) -> Result<String, String> {
    let shown = shown(address);
    let refuse = |reason: &str| Err(format!("the bootstrap server{shown} {reason}; give it as host:port"));
    if address.contains('@') {
        return Err(
            "a bootstrap server cannot contain a user or password; set sasl.username and sasl.password".to_owned()
        );
    }
    if address.matches(':').count() > 1 && !address.starts_with('[') {
        return refuse("has more than one colon (write an IPv6 address in brackets, as in [::1]:9092)");
    }
    let (host, port) = match address.rsplit_once(':').filter(|(host, _)| !host.starts_with('[') || host.ends_with(']'))
    {
        Some((host, port)) => (host, port),
        None => (address, USUAL_PORT),
    };
    let inner = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    let is_host = match inner {
        Some(inner) => inner.split('%').next().is_some_and(|ip| ip.parse::<std::net::Ipv6Addr>().is_ok()),
        None => host.chars().all(|c| c.is_alphanumeric() || matches!(c, '.' | '-' | '_')) && !host.starts_with('-'),
    };
    if host.is_empty() {
        return refuse("has no host");
    }
    if !is_host {
        return refuse("has an invalid host");
    }
    if !port.bytes().all(|byte| byte.is_ascii_digit()) || port.parse::<u16>().is_ok_and(|port| port == 0) {
        return refuse("has an invalid port");
    }
    match port.parse::<u16>() {
        Ok(port) => Ok(format!("{host}:{port}")),
        Err(_) => refuse("has a port that is not from 1 to 65535"),
    }
}

/// The address in quotation marks; empty if the text may be something else, such as a secret.
fn shown(address: &str) -> String {
    let is_plain = address.len() <= 100 && address.chars().all(|c| c.is_alphanumeric() || ".-_:[]%/".contains(c));
    if is_plain { format!(" \"{address}\"") } else { String::new() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn protocol(servers: &str, properties: &[(&str, &str)]) -> Result<(String, Option<String>), String> {
        let mut all = properties.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let servers = resolve(servers, &mut all)?;
        Ok((servers, all.pop().map(|(_, value)| value)))
    }

    #[test]
    fn addresses_are_taken_as_people_write_them() {
        for (given, taken) in [
            ("localhost:9092", "localhost:9092"),
            (" a:1 , b:2 ,", "a:1,b:2"),
            ("my_host-1.example", "my_host-1.example:9092"),
            ("[::1]:9093,[fe80::1%eth0]", "[::1]:9093,[fe80::1%eth0]:9092"),
            ("127.0.0.1:09092", "127.0.0.1:9092"),
        ] {
            assert_eq!(protocol(given, &[]), Ok((taken.to_owned(), None)));
        }
    }

    #[test]
    fn a_listeners_url_names_the_protocol() {
        let taken = Ok(("host:9093,b:1".to_owned(), Some("SASL_SSL".to_owned())));
        assert_eq!(protocol("SASL_SSL://host:9093,b:1", &[]), taken);
        assert_eq!(protocol("sasl_ssl://host:9093,SASL_SSL://b:1", &[]), taken);
        let given = protocol("SSL://h:1", &[("security.protocol", "ssl")]).unwrap();
        assert_eq!(given, ("h:1".to_owned(), Some("ssl".to_owned())));
        assert!(protocol("SSL://h:1", &[("security.protocol", "PLAINTEXT")]).unwrap_err().contains("PLAINTEXT"));
        assert!(protocol("SSL://h:1,PLAINTEXT://i:1", &[]).unwrap_err().contains("two protocols"));
        assert!(protocol("EXTERNAL://h:1", &[]).unwrap_err().contains("SASL_SSL"));
    }

    #[test]
    fn invalid_addresses_are_refused() {
        for given in [
            "",
            "  ",
            ",",
            ":9092",
            "h:",
            "h:0",
            "h:99999",
            "h:-1",
            "h:x",
            "http://h:1",
            "h:1/kafka",
            "a b:1",
            "::1",
            "[x]:1",
            "SSL://",
            "-h:1",
        ] {
            assert!(check(given).is_err(), "{given}");
        }
        assert!(check("h:99999").unwrap_err().contains("65535"));
        for given in ["SSL://u:hunter2@h:1", "hunter2 h:1", "h:1?password=hunter2"] {
            assert!(!check(given).unwrap_err().contains("hunter2"), "{given}");
        }
    }
}
