//! Services and what connecting to them needs, from the documents of their vendors.

use super::settings::{LOCAL_BOOTSTRAP_SERVERS, SavedConnection};

/// What connecting to a service needs.
#[derive(Debug, PartialEq, Eq)]
pub struct Preset {
    /// Its name.
    pub name: &'static str,
    security_protocol: &'static str,
    /// Where it uses SASL.
    sasl_mechanism: Option<&'static str>,
    /// Where its brokers listen, if that is the same for all.
    port: Option<u16>,
    /// How a bootstrap server of it looks.
    pub servers_hint: &'static str,
    /// What its user is.
    pub user_hint: &'static str,
    /// What remains to be filled in.
    pub note: &'static str,
}

/// All presets. Ports and mechanisms: docs.confluent.io/cloud, docs.aws.amazon.com/msk (port information), aiven.io/docs,
/// docs.redpanda.com.
pub static PRESETS: [Preset; 7] = [
    Preset {
        name: "Local",
        security_protocol: "plaintext",
        sasl_mechanism: None,
        port: Some(9092),
        servers_hint: LOCAL_BOOTSTRAP_SERVERS,
        user_hint: "",
        note: "A broker on this computer, without security.",
    },
    Preset {
        name: "Confluent Cloud",
        security_protocol: "sasl_ssl",
        sasl_mechanism: Some("PLAIN"),
        port: Some(9092),
        servers_hint: "pkc-….confluent.cloud:9092",
        user_hint: "API key",
        note: "User is the API key, Password its secret. A public authority signs the certificates: no CA is needed.",
    },
    Preset {
        name: "Amazon MSK, SCRAM",
        security_protocol: "sasl_ssl",
        sasl_mechanism: Some("SCRAM-SHA-512"),
        port: Some(9096),
        servers_hint: "b-1.….amazonaws.com:9096",
        user_hint: "User of the secret",
        note: "User and Password are those of the secret in AWS Secrets Manager. Public access uses port 9196. No CA is needed.",
    },
    Preset {
        name: "Amazon MSK, TLS",
        security_protocol: "ssl",
        sasl_mechanism: None,
        port: Some(9094),
        servers_hint: "b-1.….amazonaws.com:9094",
        user_hint: "",
        note: "With mutual TLS, give the client certificate and its key. Public access uses port 9194. No CA is needed.",
    },
    Preset {
        name: "Aiven, SASL",
        security_protocol: "sasl_ssl",
        sasl_mechanism: Some("SCRAM-SHA-256"),
        port: None,
        servers_hint: "….aivencloud.com:port",
        user_hint: "avnadmin",
        note: "Take host and port of SASL from the console, and download ca.pem: give it as CA certificate.",
    },
    Preset {
        name: "Aiven, client certificate",
        security_protocol: "ssl",
        sasl_mechanism: None,
        port: None,
        servers_hint: "….aivencloud.com:port",
        user_hint: "",
        note: "Download ca.pem, service.cert and service.key: they are CA certificate, Client certificate and Client key.",
    },
    Preset {
        name: "Redpanda Cloud",
        security_protocol: "sasl_ssl",
        sasl_mechanism: Some("SCRAM-SHA-256"),
        port: Some(9092),
        servers_hint: "….cloud.redpanda.com:9092",
        user_hint: "User of the cluster",
        note: "A user with SCRAM-SHA-512 needs that mechanism. A public authority signs the certificates: no CA is needed.",
    },
];

impl Preset {
    /// Sets what the service needs. What was typed stays, but for the address of the local broker, which every new
    /// connection begins with; servers without a port get the usual one.
    pub fn apply(&self, connection: &mut SavedConnection) {
        self.security_protocol.clone_into(&mut connection.security_protocol);
        if let Some(mechanism) = self.sasl_mechanism {
            mechanism.clone_into(&mut connection.sasl_mechanism);
        }
        let servers = connection.bootstrap_servers.trim().to_owned();
        let is_untouched = servers.is_empty() || servers == LOCAL_BOOTSTRAP_SERVERS;
        let is_local = self.servers_hint == LOCAL_BOOTSTRAP_SERVERS;
        connection.bootstrap_servers = match (is_untouched, self.port) {
            (true, _) if is_local => LOCAL_BOOTSTRAP_SERVERS.to_owned(),
            (true, _) => String::new(),
            (false, Some(port)) => with_port(&servers, port),
            (false, None) => servers,
        };
    }

    /// Whether a connection is secured as the service needs it.
    pub fn fits(&self, connection: &SavedConnection) -> bool {
        connection.security_protocol == self.security_protocol
            && self.sasl_mechanism.is_none_or(|mechanism| mechanism == connection.sasl_mechanism)
    }
}

fn with_port(servers: &str, port: u16) -> String {
    let has_port =
        |server: &str| server.rsplit_once(':').is_some_and(|(host, _)| !host.contains('[') || host.ends_with(']'));
    let servers = servers.split(',').map(str::trim).filter(|server| !server.is_empty());
    let servers = servers.map(|server| if has_port(server) { server.to_owned() } else { format!("{server}:{port}") });
    servers.collect::<Vec<_>>().join(",")
}

#[cfg(test)]
mod tests {
    use super::super::settings::{SASL_MECHANISMS, SECURITY_PROTOCOLS};
    use super::*;

    #[test]
    fn presets_set_what_the_client_has() {
        for preset in &PRESETS {
            assert!(SECURITY_PROTOCOLS.contains(&preset.security_protocol), "{preset:?}");
            assert!(preset.sasl_mechanism.is_none_or(|mechanism| SASL_MECHANISMS.contains(&mechanism)), "{preset:?}");
            assert_eq!(preset.sasl_mechanism.is_some(), preset.security_protocol.starts_with("sasl"), "{preset:?}");
            assert!(preset.port.is_none_or(|port| preset.servers_hint.ends_with(&format!(":{port}"))), "{preset:?}");
            let mut connection = SavedConnection::default();
            preset.apply(&mut connection);
            assert!(preset.fits(&connection), "{preset:?}");
        }
    }

    #[test]
    fn what_was_typed_stays() {
        let typed = SavedConnection {
            name: "Yard".to_owned(),
            bootstrap_servers: "b-1.example, b-2.example:19096,[::1]".to_owned(),
            username: "alice".to_owned(),
            ca_path: Some("/ca.pem".into()),
            properties: "client.id=x".to_owned(),
            ..SavedConnection::default()
        };
        let mut connection = typed.clone();
        PRESETS[2].apply(&mut connection);
        let expected = SavedConnection {
            bootstrap_servers: "b-1.example:9096,b-2.example:19096,[::1]:9096".to_owned(),
            security_protocol: "sasl_ssl".to_owned(),
            sasl_mechanism: "SCRAM-SHA-512".to_owned(),
            ..typed
        };
        assert_eq!(connection, expected);
        let mut new = SavedConnection::default();
        PRESETS[1].apply(&mut new);
        assert_eq!(new.bootstrap_servers, "", "the address of the local broker is not one of Confluent Cloud");
        PRESETS[0].apply(&mut new);
        assert_eq!(new.bootstrap_servers, LOCAL_BOOTSTRAP_SERVERS);
    }
}
