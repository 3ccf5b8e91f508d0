//! Access control and credentials, which this broker does not have: answered as by a Kafka without an authorizer and
//! SASL.

use std::collections::BTreeMap;

use kafka_protocol::ResponseError;
use kafka_protocol::messages::alter_user_scram_credentials_response::AlterUserScramCredentialsResult;
use kafka_protocol::messages::create_acls_response::AclCreationResult;
use kafka_protocol::messages::delete_acls_response::DeleteAclsFilterResult;
use kafka_protocol::messages::describe_user_scram_credentials_response::DescribeUserScramCredentialsResult;
use kafka_protocol::messages::{
    AlterUserScramCredentialsRequest, AlterUserScramCredentialsResponse, CreateAclsRequest, CreateAclsResponse,
    DeleteAclsRequest, DeleteAclsResponse, DescribeAclsResponse, DescribeUserScramCredentialsRequest,
    DescribeUserScramCredentialsResponse,
};
use kafka_protocol::protocol::StrBytes;

use super::text;
use crate::layout::{Blob, Fixed, Layout, Structs, Text, always, layout};

const NO_AUTHORIZER: &str = "No Authorizer is configured.";

pub(super) const DESCRIBE_ACLS: Layout =
    layout(2, &[always(Fixed(1)), always(Text), always(Fixed(1)), always(Text), always(Text), always(Fixed(2))]);

pub(super) fn describe_acls() -> DescribeAclsResponse {
    DescribeAclsResponse::default()
        .with_error_code(ResponseError::SecurityDisabled.code())
        .with_error_message(Some(text("No Authorizer is configured on the broker")))
}

pub(super) const CREATE_ACLS: Layout = layout(
    2,
    &[always(Structs(&[
        always(Fixed(1)),
        always(Text),
        always(Fixed(1)),
        always(Text),
        always(Text),
        always(Fixed(2)),
    ]))],
);

pub(super) fn create_acls(asked: &CreateAclsRequest) -> CreateAclsResponse {
    let refused = AclCreationResult::default()
        .with_error_code(ResponseError::SecurityDisabled.code())
        .with_error_message(Some(text(NO_AUTHORIZER)));
    CreateAclsResponse::default().with_results(vec![refused; asked.creations.len()])
}

pub(super) fn delete_acls(asked: &DeleteAclsRequest) -> DeleteAclsResponse {
    let refused = DeleteAclsFilterResult::default()
        .with_error_code(ResponseError::SecurityDisabled.code())
        .with_error_message(Some(text(NO_AUTHORIZER)));
    DeleteAclsResponse::default().with_filter_results(vec![refused; asked.filters.len()])
}

pub(super) const DESCRIBE_USER_SCRAM_CREDENTIALS: Layout = layout(0, &[always(Structs(&[always(Text)]))]);

/// No user has credentials.
pub(super) fn describe_user_scram_credentials(
    asked: DescribeUserScramCredentialsRequest,
) -> DescribeUserScramCredentialsResponse {
    let mut times = BTreeMap::<StrBytes, usize>::new();
    for user in asked.users.unwrap_or_default() {
        *times.entry(user.name).or_default() += 1;
    }
    let results = times.into_iter().map(|(user, times)| {
        let (error, sentence) = if times > 1 {
            let what = "Cannot describe SCRAM credentials for the same user twice in a single request";
            (ResponseError::DuplicateResource, format!("{what}: {}", user.as_str()))
        } else {
            let what = "Attempt to describe a user credential that does not exist";
            (ResponseError::ResourceNotFound, format!("{what}: {}", user.as_str()))
        };
        DescribeUserScramCredentialsResult::default()
            .with_user(user)
            .with_error_code(error.code())
            .with_error_message(Some(text(sentence)))
    });
    // Kafka writes an empty text rather than none.
    DescribeUserScramCredentialsResponse::default()
        .with_error_message(Some(StrBytes::default()))
        .with_results(results.collect())
}

pub(super) const ALTER_USER_SCRAM_CREDENTIALS: Layout = layout(
    0,
    &[
        always(Structs(&[always(Text), always(Fixed(1))])),
        always(Structs(&[always(Text), always(Fixed(5)), always(Blob), always(Blob)])),
    ],
);

/// Credentials are not kept, because no client could sign in with them.
pub(super) fn alter_user_scram_credentials(
    asked: AlterUserScramCredentialsRequest,
) -> AlterUserScramCredentialsResponse {
    let missing = (ResponseError::ResourceNotFound, "Attempt to delete a user credential that does not exist");
    let refused = (ResponseError::UnsupportedSaslMechanism, "This broker has no SASL, and keeps no credentials.");
    let mut outcomes = BTreeMap::new();
    outcomes.extend(asked.deletions.into_iter().map(|deletion| (deletion.name, missing)));
    outcomes.extend(asked.upsertions.into_iter().map(|upsertion| (upsertion.name, refused)));
    let results = outcomes.into_iter().map(|(user, (error, sentence))| {
        AlterUserScramCredentialsResult::default()
            .with_user(user)
            .with_error_code(error.code())
            .with_error_message(Some(text(sentence)))
    });
    AlterUserScramCredentialsResponse::default().with_results(results.collect())
}
