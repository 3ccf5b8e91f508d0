//! Every entry of the table: it is announced, documented, has a layout for its versions, and is answered.

mod layouts;
mod random_requests;

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};

use bytes::{Buf, Bytes, BytesMut};
use kafka_protocol::messages::{ApiKey, RequestHeader, ResponseHeader, ResponseKind};
use kafka_protocol::protocol::{Decodable, Encodable};

use super::table::APIS;
use super::{Api, Client, RequestError, answer, api_versions};
use crate::config::BrokerConfig;
use crate::log::Part;
use crate::state::State;
use random_requests::request_body;

fn api(key: ApiKey) -> &'static Api {
    APIS.iter().find(|api| api.key == key).unwrap()
}

fn state() -> State {
    State::open(&BrokerConfig::default(), SocketAddr::from((Ipv4Addr::LOCALHOST, 9092))).unwrap()
}

fn frame(key: ApiKey, version: i16, body: &[u8]) -> Bytes {
    let mut frame = BytesMut::new();
    let header = RequestHeader::default().with_request_api_key(key as i16).with_request_api_version(version);
    header.with_correlation_id(77).encode(&mut frame, key.request_header_version(version)).unwrap();
    frame.extend_from_slice(body);
    frame.freeze()
}

fn bytes_of(parts: &[Part]) -> Bytes {
    let bytes = parts.iter().map(|part| match part {
        Part::Bytes(bytes) => &bytes[..],
        Part::File { .. } => panic!("a response without records"),
    });
    bytes.collect::<Vec<_>>().concat().into()
}

#[test]
fn the_table_is_in_order_and_within_what_the_decoder_knows() {
    assert!(APIS.windows(2).all(|pair| (pair[0].key as i16) < (pair[1].key as i16)));
    for api in &APIS {
        let known = api.key.valid_versions();
        let (first, last) = (*api.versions.start(), *api.versions.end());
        assert!(known.min <= first && first <= last && last <= known.max, "{:?}", api.key);
    }
}

#[test]
fn every_api_is_announced_with_its_versions() {
    let announced = api_versions::api_versions(&APIS).api_keys;
    assert_eq!(announced.len(), APIS.len());
    for (api, announced) in APIS.iter().zip(announced) {
        let first = if api.key == ApiKey::Produce { 0 } else { *api.versions.start() };
        let expected = (api.key as i16, first, *api.versions.end());
        assert_eq!((announced.api_key, announced.min_version, announced.max_version), expected);
    }
}

#[test]
fn the_readme_lists_every_api_with_its_versions() {
    let readme = include_str!("../../../README.md");
    let mut listed = BTreeMap::new();
    for row in readme.lines().filter(|line| line.starts_with("| ")) {
        let cells: Vec<_> = row.split('|').map(str::trim).collect();
        for pair in cells.windows(2) {
            let names = pair[0].split(" (").next().unwrap_or_default();
            listed.extend(names.split(", ").map(|name| (name.to_owned(), pair[1].to_owned())));
        }
    }
    for api in &APIS {
        let (first, last) = (api.versions.start(), api.versions.end());
        let versions = if first == last { first.to_string() } else { format!("{first}–{last}") };
        assert_eq!(listed.get(&format!("{:?}", api.key)), Some(&versions), "{:?}", api.key);
    }
}

#[tokio::test]
async fn every_api_answers_its_lowest_and_its_highest_version_and_no_other() {
    let (state, client) = (state(), Client { host: "127.0.0.1".to_owned() });
    for api in &APIS {
        let (first, last) = (*api.versions.start(), *api.versions.end());
        for version in [first, last] {
            let label = format!("{:?} {version}", api.key);
            // Without topics, groups or anything else in a list; of a produce request this is an empty transactional id
            // and acks=1.
            let body = request_body(api.key, version, &[0, 0, 1]);
            let response = answer(&state, &client, frame(api.key, version, &body)).await.expect(&label).expect(&label);
            let mut response = bytes_of(&response.parts);
            assert_eq!(response.get_i32() as usize, response.len(), "{label}");
            let header = ResponseHeader::decode(&mut response, api.key.response_header_version(version)).unwrap();
            assert_eq!(header.correlation_id, 77, "{label}");
            ResponseKind::decode(api.key, &mut response, version).expect(&label);
            assert!(response.is_empty(), "{label}: {} bytes are left", response.len());
        }
        for version in [first - 1, last + 1] {
            let answered = answer(&state, &client, frame(api.key, version, &[])).await;
            if api.key == ApiKey::ApiVersions {
                assert!(answered.unwrap().is_some(), "{version}");
            } else {
                assert!(
                    matches!(answered, Err(RequestError::Version(key, _)) if key == api.key),
                    "{:?} {version}",
                    api.key
                );
            }
        }
    }
}
