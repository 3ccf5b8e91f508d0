//! Tests which protocol a port speaks, without a Kafka client: librdkafka reports all certificate problems in the same
//! words, and a wrong protocol as a closed connection.

use std::io::{Read, Write};
use std::net::{IpAddr, TcpStream, ToSocketAddrs};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use openssl::error::ErrorStack;
use openssl::ssl::{HandshakeError, Ssl, SslContext, SslMethod, SslVerifyMode};
use openssl::x509::X509;
use parking_lot::Mutex;

use crate::model::client_settings::ClientSettings;

/// For connecting, and for each response.
const TIMEOUT: Duration = Duration::from_secs(2);
/// Where systems keep their trusted certificate authorities, in librdkafka's order.
const SYSTEM_AUTHORITIES: [&str; 7] = [
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
    "/etc/ssl/certs/ca-certificates.crt",
    "/usr/local/etc/ssl/cert.pem",
    "/private/etc/ssl/cert.pem",
];

/// A problem of a certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    UnknownAuthority,
    Expired,
    NotYetValid,
    OtherHost,
    Other,
}

/// The answer to a TLS handshake.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Answer {
    /// TLS; `None`: its certificate is valid.
    Tls(Option<Fault>),
    /// Something else, or nothing.
    NoTls,
}

/// Starts TLS with `address` (`host:port`) and verifies its certificate as `client` would. Blocks for a few seconds at
/// most.
pub(super) fn ask_for_tls(address: &str, client: &ClientSettings) -> Answer {
    let Some(stream) = connect(address) else { return Answer::NoTls };
    let host = address.rsplit_once(':').map_or(address, |(host, _)| host).trim_matches(['[', ']']);
    let codes = Arc::new(Mutex::new(Vec::new()));
    let Ok(ssl) = handshake(host, client, &codes) else { return Answer::NoTls };
    let speaks_tls = match ssl.connect(stream) {
        Ok(_) => true,
        // A TLS alert is TLS as well.
        Err(HandshakeError::Failure(failed)) => {
            let reasons = failed.error().ssl_error().map(ErrorStack::errors).unwrap_or_default();
            reasons.iter().any(|error| error.reason().is_some_and(|reason| reason.contains("alert")))
        }
        Err(_) => false,
    };
    let codes = codes.lock();
    if speaks_tls || !codes.is_empty() { Answer::Tls(worst(&codes)) } else { Answer::NoTls }
}

/// Whether a broker answers at `address` without TLS. Blocks for a few seconds at most.
pub(crate) fn speaks_plaintext(address: &str) -> bool {
    const CORRELATION_ID: [u8; 4] = *b"kibp";
    // ApiVersions, version 0, without a client id: every listener answers this request.
    let mut request = vec![0, 0, 0, 10, 0, 18, 0, 0];
    request.extend_from_slice(&CORRELATION_ID);
    request.extend_from_slice(&[0xff, 0xff]);
    let Some(mut stream) = connect(address) else { return false };
    let mut answer = [0; 8];
    let asked = stream.write_all(&request).and_then(|()| stream.read_exact(&mut answer));
    asked.is_ok() && answer[4..] == CORRELATION_ID
}

fn connect(address: &str) -> Option<TcpStream> {
    let stream = address.to_socket_addrs().ok()?.find_map(|one| TcpStream::connect_timeout(&one, TIMEOUT).ok())?;
    stream.set_read_timeout(Some(TIMEOUT)).ok()?;
    stream.set_write_timeout(Some(TIMEOUT)).ok()?;
    Some(stream)
}

/// Collects all problems of the certificate in `codes`, as OpenSSL's error numbers, without ending the handshake.
fn handshake(host: &str, client: &ClientSettings, codes: &Arc<Mutex<Vec<i32>>>) -> Result<Ssl, ErrorStack> {
    let mut builder = SslContext::builder(SslMethod::tls_client())?;
    match (client.property("ssl.ca.pem"), client.property("ssl.ca.location").filter(|&place| place != "probe")) {
        (Some(pem), _) => {
            for authority in X509::stack_from_pem(pem.as_bytes())? {
                builder.cert_store_mut().add_cert(authority)?;
            }
        }
        (None, Some(place)) if Path::new(place).is_dir() => {
            builder.load_verify_locations(None, Some(Path::new(place)))?
        }
        (None, Some(place)) => builder.set_ca_file(place)?,
        (None, None) => {
            if let Some(place) = SYSTEM_AUTHORITIES.iter().find(|place| Path::new(place).is_file()) {
                builder.set_ca_file(place)?;
            }
        }
    }
    let codes = Arc::clone(codes);
    builder.set_verify_callback(SslVerifyMode::PEER, move |is_good, store| {
        if !is_good {
            codes.lock().push(store.error().as_raw());
        }
        true
    });
    let mut ssl = Ssl::new(&builder.build())?;
    let checks_host = client.property("ssl.endpoint.identification.algorithm") != Some("none");
    match host.parse::<IpAddr>() {
        Ok(ip) if checks_host => ssl.param_mut().set_ip(ip)?,
        Ok(_) => {}
        Err(_) => {
            ssl.set_hostname(host)?;
            if checks_host {
                ssl.param_mut().set_host(host)?;
            }
        }
    }
    Ok(ssl)
}

/// The problem to fix first. The numbers are those of OpenSSL's `x509_vfy.h`, which do not change.
fn worst(codes: &[i32]) -> Option<Fault> {
    let fault = |code: &i32| match code {
        // 7: signed by another key of an authority of the same name.
        2 | 7 | 18..=21 | 27 => Fault::UnknownAuthority,
        10 => Fault::Expired,
        9 => Fault::NotYetValid,
        62 | 64 => Fault::OtherHost,
        _ => Fault::Other,
    };
    let faults: Vec<Fault> = codes.iter().map(fault).collect();
    let order = [Fault::UnknownAuthority, Fault::Expired, Fault::NotYetValid, Fault::OtherHost, Fault::Other];
    order.into_iter().find(|fault| faults.contains(fault))
}
