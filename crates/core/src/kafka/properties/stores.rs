//! Java's trust stores and key stores: which of them librdkafka can read, and how to convert the others.

use std::fs::File;
use std::io::Read;

/// The format of a store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Pem,
    Jks,
    Pkcs12,
}

/// Bytes that are read to detect the format.
const HEAD_BYTES: u64 = 4 * 1024;

/// The properties that replace a trust store.
///
/// # Errors
/// It is not in PEM format; the message has the command that converts it.
pub(super) fn trusted(location: &str, declared: Option<&str>) -> Result<Vec<(String, String)>, String> {
    match kind(location, declared) {
        Kind::Pem => Ok(vec![("ssl.ca.location".to_owned(), location.to_owned())]),
        Kind::Jks => Err(format!(
            "ssl.truststore.location is a Java key store, which only Java reads. Convert it with: keytool -list -rfc \
             -keystore {} > ca.pem; and set ssl.ca.location=ca.pem in its place",
            quoted(location)
        )),
        Kind::Pkcs12 => Err(format!(
            "ssl.truststore.location is a PKCS#12 store, and authorities are read from PEM files. Convert it with: \
             openssl pkcs12 -in {} -nokeys -out ca.pem; and set ssl.ca.location=ca.pem in its place",
            quoted(location)
        )),
    }
}

/// The properties that replace a key store.
///
/// # Errors
/// It is in Java's own format; the message has the command that converts it.
pub(super) fn own(location: &str, declared: Option<&str>) -> Result<Vec<(String, String)>, String> {
    let pair = |name: &str| (name.to_owned(), location.to_owned());
    match kind(location, declared) {
        Kind::Pem => Ok(vec![pair("ssl.certificate.location"), pair("ssl.key.location")]),
        Kind::Pkcs12 => Ok(vec![pair("ssl.keystore.location")]),
        Kind::Jks => Err(format!(
            "ssl.keystore.location is a Java key store, which only Java reads. Convert it with: keytool -importkeystore \
             -srckeystore {} -destkeystore keystore.p12 -deststoretype PKCS12; and set \
             ssl.keystore.location=keystore.p12 in its place",
            quoted(location)
        )),
    }
}

/// The format by the content, since Java's readers accept one for the other; if it cannot be read, as declared or by
/// its name. Java's default is JKS.
fn kind(location: &str, declared: Option<&str>) -> Kind {
    let mut head = Vec::new();
    // A store that cannot be read is reported by the client, with the system's reason.
    let _ = File::open(location).and_then(|file| file.take(HEAD_BYTES).read_to_end(&mut head));
    if head.starts_with(&[0xfe, 0xed, 0xfe, 0xed]) {
        return Kind::Jks;
    }
    if head.windows(11).any(|bytes| bytes == b"-----BEGIN ") {
        return Kind::Pem;
    }
    if head.first() == Some(&0x30) {
        return Kind::Pkcs12;
    }
    let (declared, location) = (declared.unwrap_or_default().to_ascii_uppercase(), location.to_ascii_lowercase());
    let ends = |ends: &[&str]| ends.iter().any(|end| location.ends_with(end));
    match declared.as_str() {
        "PEM" => Kind::Pem,
        "PKCS12" => Kind::Pkcs12,
        "" if ends(&[".pem", ".crt", ".cer"]) => Kind::Pem,
        "" if ends(&[".p12", ".pfx"]) => Kind::Pkcs12,
        _ => Kind::Jks,
    }
}

/// Quotes a path for a shell.
fn quoted(path: &str) -> String {
    match path.chars().all(|c| c.is_alphanumeric() || "/._-\\:".contains(c)) {
        true => path.to_owned(),
        false => format!("'{}'", path.replace('\'', "'\\''")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_content_says_what_a_store_is() {
        let folder = tempfile::tempdir().unwrap();
        let file = |name: &str, content: &[u8]| {
            let path = folder.path().join(name);
            std::fs::write(&path, content).unwrap();
            path.to_str().unwrap().to_owned()
        };
        let pem = file("a.jks", b"Bag Attributes\n-----BEGIN CERTIFICATE-----\n");
        assert_eq!(trusted(&pem, None).unwrap(), [("ssl.ca.location".to_owned(), pem.clone())]);
        assert_eq!(own(&pem, Some("PEM")).unwrap().len(), 2);
        let jks = file("b.pem", &[0xfe, 0xed, 0xfe, 0xed, 0, 0, 0, 2]);
        assert!(trusted(&jks, None).unwrap_err().contains(&format!("keytool -list -rfc -keystore {jks}")));
        assert!(own(&jks, None).unwrap_err().contains("-deststoretype PKCS12"));
        let pkcs12 = file("c it's", &[0x30, 0x82]);
        assert!(trusted(&pkcs12, Some("JKS")).unwrap_err().contains("it'\\''s' -nokeys"));
        assert_eq!(own(&pkcs12, Some("JKS")).unwrap()[0].0, "ssl.keystore.location");
    }

    #[test]
    fn without_its_content_what_is_declared_counts() {
        assert!(trusted("/no/ca.pem", Some("PEM")).is_ok() && trusted("/no/ca.pem", None).is_ok());
        assert!(trusted("/no/x", None).unwrap_err().contains("keytool"));
        assert!(own("/no/x", Some("pkcs12")).is_ok());
    }
}
