//! Is a request well formed? Asked before it is decoded, because decoding makes room for as many items as an array
//! claims to have: a few bytes could ask for more memory than there is.
//!
//! The layouts repeat, for the versions this broker answers, what the protocol's schemas say; a test holds them against
//! the encoder.

use bytes::Buf;
use kafka_protocol::messages::ApiKey;

/// Most array items and tagged fields of one request, all together; real requests have a few thousand.
const MAX_ITEMS: usize = 200_000;

/// What a field looks like on the wire.
enum Kind {
    /// So many bytes.
    Fixed(usize),
    /// A string, which may be null.
    Text,
    /// Bytes, which may be null.
    Blob,
    /// Structs with these fields.
    Structs(&'static [Field]),
    /// A struct with these fields, which may be null.
    Optional(&'static [Field]),
    /// Numbers of four bytes.
    Numbers,
    /// Items of so many bytes each.
    Items(usize),
    /// Strings.
    Texts,
}

/// A field and the versions that have it.
struct Field(Kind, i16, i16);

const fn always(kind: Kind) -> Field {
    Field(kind, 0, i16::MAX)
}

const fn since(version: i16, kind: Kind) -> Field {
    Field(kind, version, i16::MAX)
}

const fn until(version: i16, kind: Kind) -> Field {
    Field(kind, 0, version)
}

use Kind::{Blob, Fixed, Items, Numbers, Optional, Structs, Text, Texts};

/// An API: its fields, and the first version with compact lengths and tagged fields.
struct Layout {
    flexible_since: i16,
    fields: &'static [Field],
}

const fn layout(flexible_since: i16, fields: &'static [Field]) -> Layout {
    Layout { flexible_since, fields }
}

const API_VERSIONS: Layout = layout(3, &[since(3, Text), since(3, Text)]);
const METADATA: Layout = layout(
    9,
    &[
        always(Structs(&[since(10, Fixed(16)), always(Text)])),
        since(4, Fixed(1)),
        Field(Fixed(1), 8, 10),
        since(8, Fixed(1)),
    ],
);
const PRODUCE: Layout = layout(
    9,
    &[
        always(Text),
        always(Fixed(6)),
        always(Structs(&[until(12, Text), since(13, Fixed(16)), always(Structs(&[always(Fixed(4)), always(Blob)]))])),
    ],
);
const FETCH: Layout = layout(
    12,
    &[
        until(14, Fixed(4)),
        always(Fixed(13)),
        since(7, Fixed(8)),
        always(Structs(&[
            until(12, Text),
            since(13, Fixed(16)),
            always(Structs(&[
                always(Fixed(4)),
                since(9, Fixed(4)),
                always(Fixed(8)),
                since(12, Fixed(4)),
                since(5, Fixed(8)),
                always(Fixed(4)),
            ])),
        ])),
        since(7, Structs(&[until(12, Text), since(13, Fixed(16)), always(Numbers)])),
        since(11, Text),
    ],
);
const LIST_OFFSETS: Layout = layout(
    6,
    &[
        always(Fixed(4)),
        since(2, Fixed(1)),
        always(Structs(&[always(Text), always(Structs(&[always(Fixed(4)), since(4, Fixed(4)), always(Fixed(8))]))])),
        since(10, Fixed(4)),
    ],
);
const CREATE_TOPICS: Layout = layout(
    5,
    &[
        always(Structs(&[
            always(Text),
            always(Fixed(6)),
            always(Structs(&[always(Fixed(4)), always(Numbers)])),
            always(Structs(&[always(Text), always(Text)])),
        ])),
        always(Fixed(5)),
    ],
);
const DELETE_TOPICS: Layout =
    layout(4, &[until(5, Texts), since(6, Structs(&[always(Text), always(Fixed(16))])), always(Fixed(4))]);
const CREATE_PARTITIONS: Layout = layout(
    2,
    &[always(Structs(&[always(Text), always(Fixed(4)), always(Structs(&[always(Numbers)]))])), always(Fixed(5))],
);
const DELETE_RECORDS: Layout =
    layout(2, &[always(Structs(&[always(Text), always(Structs(&[always(Fixed(12))]))])), always(Fixed(4))]);
const DESCRIBE_CONFIGS: Layout = layout(
    4,
    &[always(Structs(&[always(Fixed(1)), always(Text), always(Texts)])), always(Fixed(1)), since(3, Fixed(1))],
);
const ALTER_CONFIGS: Layout = layout(
    2,
    &[
        always(Structs(&[always(Fixed(1)), always(Text), always(Structs(&[always(Text), always(Text)]))])),
        always(Fixed(1)),
    ],
);
const INCREMENTAL_ALTER_CONFIGS: Layout = layout(
    1,
    &[
        always(Structs(&[
            always(Fixed(1)),
            always(Text),
            always(Structs(&[always(Text), always(Fixed(1)), always(Text)])),
        ])),
        always(Fixed(1)),
    ],
);
const DESCRIBE_LOG_DIRS: Layout = layout(2, &[always(Structs(&[always(Text), always(Numbers)]))]);
const DESCRIBE_CLUSTER: Layout = layout(0, &[always(Fixed(1)), since(1, Fixed(1)), since(2, Fixed(1))]);
const DESCRIBE_TOPIC_PARTITIONS: Layout = layout(
    0,
    &[always(Structs(&[always(Text)])), always(Fixed(4)), always(Optional(&[always(Text), always(Fixed(4))]))],
);
const ADD_PARTITIONS_TO_TXN: Layout =
    layout(3, &[always(Text), always(Fixed(10)), always(Structs(&[always(Text), always(Numbers)]))]);
const ADD_OFFSETS_TO_TXN: Layout = layout(3, &[always(Text), always(Fixed(10)), always(Text)]);
const END_TXN: Layout = layout(3, &[always(Text), always(Fixed(11))]);
const TXN_OFFSET_COMMIT: Layout = layout(
    3,
    &[
        always(Text),
        always(Text),
        always(Fixed(10)),
        since(3, Fixed(4)),
        since(3, Text),
        since(3, Text),
        always(Structs(&[always(Text), always(Structs(&[always(Fixed(12)), since(2, Fixed(4)), always(Text)]))])),
    ],
);
const INIT_PRODUCER_ID: Layout = layout(2, &[always(Text), always(Fixed(4)), since(3, Fixed(10))]);
const OFFSET_FOR_LEADER_EPOCH: Layout =
    layout(4, &[since(3, Fixed(4)), always(Structs(&[always(Text), always(Structs(&[always(Fixed(12))]))]))]);
const FIND_COORDINATOR: Layout = layout(3, &[until(3, Text), since(1, Fixed(1)), since(4, Texts)]);
const JOIN_GROUP: Layout = layout(
    6,
    &[
        always(Text),
        always(Fixed(4)),
        since(1, Fixed(4)),
        always(Text),
        since(5, Text),
        always(Text),
        always(Structs(&[always(Text), always(Blob)])),
        since(8, Text),
    ],
);
const SYNC_GROUP: Layout = layout(
    4,
    &[
        always(Text),
        always(Fixed(4)),
        always(Text),
        since(3, Text),
        since(5, Text),
        since(5, Text),
        always(Structs(&[always(Text), always(Blob)])),
    ],
);
const HEARTBEAT: Layout = layout(4, &[always(Text), always(Fixed(4)), always(Text), since(3, Text)]);
const LEAVE_GROUP: Layout =
    layout(4, &[always(Text), until(2, Text), since(3, Structs(&[always(Text), always(Text), since(5, Text)]))]);
const OFFSET_COMMIT: Layout = layout(
    8,
    &[
        always(Text),
        always(Fixed(4)),
        always(Text),
        since(7, Text),
        until(4, Fixed(8)),
        always(Structs(&[always(Text), always(Structs(&[always(Fixed(12)), since(6, Fixed(4)), always(Text)]))])),
    ],
);
const OFFSET_FETCH: Layout = layout(
    6,
    &[
        until(7, Text),
        until(7, Structs(&[always(Text), always(Numbers)])),
        since(
            8,
            Structs(&[
                always(Text),
                since(9, Text),
                since(9, Fixed(4)),
                always(Structs(&[always(Text), always(Numbers)])),
            ]),
        ),
        since(7, Fixed(1)),
    ],
);
const CONSUMER_GROUP_HEARTBEAT: Layout = layout(
    0,
    &[
        always(Text),
        always(Text),
        always(Fixed(4)),
        always(Text),
        always(Text),
        always(Fixed(4)),
        always(Texts),
        since(1, Text),
        always(Text),
        always(Structs(&[always(Fixed(16)), always(Numbers)])),
    ],
);
const LIST_GROUPS: Layout = layout(3, &[since(4, Texts), since(5, Texts)]);
const DESCRIBE_GROUPS: Layout = layout(5, &[always(Texts), since(3, Fixed(1))]);
const OFFSET_DELETE: Layout =
    layout(i16::MAX, &[always(Text), always(Structs(&[always(Text), always(Structs(&[always(Fixed(4))]))]))]);
const DELETE_GROUPS: Layout = layout(2, &[always(Texts)]);
const DESCRIBE_ACLS: Layout =
    layout(2, &[always(Fixed(1)), always(Text), always(Fixed(1)), always(Text), always(Text), always(Fixed(2))]);
const CREATE_ACLS: Layout = layout(
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
const ALTER_REPLICA_LOG_DIRS: Layout =
    layout(2, &[always(Structs(&[always(Text), always(Structs(&[always(Text), always(Numbers)]))]))]);
const ELECT_LEADERS: Layout =
    layout(2, &[since(1, Fixed(1)), always(Structs(&[always(Text), always(Numbers)])), always(Fixed(4))]);
const ALTER_PARTITION_REASSIGNMENTS: Layout = layout(
    0,
    &[
        always(Fixed(4)),
        since(1, Fixed(1)),
        always(Structs(&[always(Text), always(Structs(&[always(Fixed(4)), always(Numbers)]))])),
    ],
);
const LIST_PARTITION_REASSIGNMENTS: Layout =
    layout(0, &[always(Fixed(4)), always(Structs(&[always(Text), always(Numbers)]))]);
const DESCRIBE_CLIENT_QUOTAS: Layout =
    layout(1, &[always(Structs(&[always(Text), always(Fixed(1)), always(Text)])), always(Fixed(1))]);
const ALTER_CLIENT_QUOTAS: Layout = layout(
    1,
    &[
        always(Structs(&[
            always(Structs(&[always(Text), always(Text)])),
            always(Structs(&[always(Text), always(Fixed(9))])),
        ])),
        always(Fixed(1)),
    ],
);
const DESCRIBE_USER_SCRAM_CREDENTIALS: Layout = layout(0, &[always(Structs(&[always(Text)]))]);
const ALTER_USER_SCRAM_CREDENTIALS: Layout = layout(
    0,
    &[
        always(Structs(&[always(Text), always(Fixed(1))])),
        always(Structs(&[always(Text), always(Fixed(5)), always(Blob), always(Blob)])),
    ],
);
const DESCRIBE_PRODUCERS: Layout = layout(0, &[always(Structs(&[always(Text), always(Numbers)]))]);
const DESCRIBE_TRANSACTIONS: Layout = layout(0, &[always(Texts)]);
const LIST_TRANSACTIONS: Layout = layout(0, &[always(Texts), always(Items(8)), since(1, Fixed(8)), since(2, Text)]);
const LIST_CONFIG_RESOURCES: Layout = layout(0, &[since(1, Items(1))]);

fn layout_of(api: ApiKey) -> Option<&'static Layout> {
    Some(match api {
        ApiKey::ApiVersions => &API_VERSIONS,
        ApiKey::Metadata => &METADATA,
        ApiKey::Produce => &PRODUCE,
        ApiKey::Fetch => &FETCH,
        ApiKey::ListOffsets => &LIST_OFFSETS,
        ApiKey::CreateTopics => &CREATE_TOPICS,
        ApiKey::DeleteTopics => &DELETE_TOPICS,
        ApiKey::CreatePartitions => &CREATE_PARTITIONS,
        ApiKey::DeleteRecords => &DELETE_RECORDS,
        ApiKey::DescribeConfigs => &DESCRIBE_CONFIGS,
        ApiKey::AlterConfigs => &ALTER_CONFIGS,
        ApiKey::IncrementalAlterConfigs => &INCREMENTAL_ALTER_CONFIGS,
        ApiKey::DescribeLogDirs => &DESCRIBE_LOG_DIRS,
        ApiKey::DescribeCluster => &DESCRIBE_CLUSTER,
        ApiKey::DescribeTopicPartitions => &DESCRIBE_TOPIC_PARTITIONS,
        ApiKey::AddPartitionsToTxn => &ADD_PARTITIONS_TO_TXN,
        ApiKey::AddOffsetsToTxn => &ADD_OFFSETS_TO_TXN,
        ApiKey::EndTxn => &END_TXN,
        ApiKey::TxnOffsetCommit => &TXN_OFFSET_COMMIT,
        ApiKey::InitProducerId => &INIT_PRODUCER_ID,
        ApiKey::OffsetForLeaderEpoch => &OFFSET_FOR_LEADER_EPOCH,
        ApiKey::FindCoordinator => &FIND_COORDINATOR,
        ApiKey::JoinGroup => &JOIN_GROUP,
        ApiKey::SyncGroup => &SYNC_GROUP,
        ApiKey::Heartbeat => &HEARTBEAT,
        ApiKey::LeaveGroup => &LEAVE_GROUP,
        ApiKey::OffsetCommit => &OFFSET_COMMIT,
        ApiKey::OffsetFetch => &OFFSET_FETCH,
        ApiKey::ConsumerGroupHeartbeat => &CONSUMER_GROUP_HEARTBEAT,
        ApiKey::ListGroups => &LIST_GROUPS,
        ApiKey::DescribeGroups => &DESCRIBE_GROUPS,
        ApiKey::DeleteGroups => &DELETE_GROUPS,
        ApiKey::OffsetDelete => &OFFSET_DELETE,
        ApiKey::DescribeAcls => &DESCRIBE_ACLS,
        ApiKey::CreateAcls => &CREATE_ACLS,
        // The same fields, as a filter.
        ApiKey::DeleteAcls => &CREATE_ACLS,
        ApiKey::AlterReplicaLogDirs => &ALTER_REPLICA_LOG_DIRS,
        ApiKey::ElectLeaders => &ELECT_LEADERS,
        ApiKey::AlterPartitionReassignments => &ALTER_PARTITION_REASSIGNMENTS,
        ApiKey::ListPartitionReassignments => &LIST_PARTITION_REASSIGNMENTS,
        ApiKey::DescribeClientQuotas => &DESCRIBE_CLIENT_QUOTAS,
        ApiKey::AlterClientQuotas => &ALTER_CLIENT_QUOTAS,
        ApiKey::DescribeUserScramCredentials => &DESCRIBE_USER_SCRAM_CREDENTIALS,
        ApiKey::AlterUserScramCredentials => &ALTER_USER_SCRAM_CREDENTIALS,
        ApiKey::DescribeProducers => &DESCRIBE_PRODUCERS,
        ApiKey::DescribeTransactions => &DESCRIBE_TRANSACTIONS,
        ApiKey::ListTransactions => &LIST_TRANSACTIONS,
        ApiKey::ListConfigResources => &LIST_CONFIG_RESOURCES,
        _ => return None,
    })
}

/// Whether a request's body (what follows the header) can be decoded without asking for undue memory.
pub(crate) fn is_well_formed(api: ApiKey, version: i16, body: &[u8]) -> bool {
    let Some(layout) = layout_of(api) else { return false };
    let flexible = version >= layout.flexible_since;
    Scan { rest: body, version, flexible, items_left: MAX_ITEMS }.fields(layout.fields).is_some()
}

/// Skips the tagged fields at a request header's end.
pub(crate) fn skip_tags(bytes: &[u8]) -> Option<&[u8]> {
    let mut scan = Scan { rest: bytes, version: 0, flexible: true, items_left: MAX_ITEMS };
    scan.tags()?;
    Some(scan.rest)
}

struct Scan<'a> {
    rest: &'a [u8],
    version: i16,
    flexible: bool,
    items_left: usize,
}

impl Scan<'_> {
    fn fields(&mut self, fields: &[Field]) -> Option<()> {
        for Field(kind, first, last) in fields {
            if (*first..=*last).contains(&self.version) {
                self.field(kind)?;
            }
        }
        self.tags()
    }

    fn field(&mut self, kind: &Kind) -> Option<()> {
        match kind {
            Fixed(size) => self.skip(*size),
            Text => {
                let size = self.length(|rest| rest.try_get_i16().ok().map(i32::from))?;
                self.skip(size)
            }
            Blob => {
                let size = self.length(|rest| rest.try_get_i32().ok())?;
                self.skip(size)
            }
            Structs(fields) => {
                for _ in 0..self.items()? {
                    self.fields(fields)?;
                }
                Some(())
            }
            Optional(fields) => match self.rest.try_get_i8().ok()? {
                1 => self.fields(fields),
                _ => Some(()),
            },
            Numbers => self.field(&Items(4)),
            Items(size) => {
                let count = self.items()?;
                self.skip(count.checked_mul(*size)?)
            }
            Texts => {
                for _ in 0..self.items()? {
                    self.field(&Text)?;
                }
                Some(())
            }
        }
    }

    fn items(&mut self) -> Option<usize> {
        let count = self.length(|rest| rest.try_get_i32().ok())?;
        self.items_left = self.items_left.checked_sub(count)?;
        Some(count)
    }

    /// A length; null counts as none.
    fn length(&mut self, plain: impl Fn(&mut &[u8]) -> Option<i32>) -> Option<usize> {
        if self.flexible {
            return Some((self.varint()? as usize).saturating_sub(1));
        }
        match plain(&mut self.rest)? {
            -1 => Some(0),
            length => usize::try_from(length).ok(),
        }
    }

    fn tags(&mut self) -> Option<()> {
        if !self.flexible {
            return Some(());
        }
        let count = self.varint()? as usize;
        self.items_left = self.items_left.checked_sub(count)?;
        for _ in 0..count {
            self.varint()?;
            let size = self.varint()? as usize;
            self.skip(size)?;
        }
        Some(())
    }

    fn varint(&mut self) -> Option<u32> {
        let mut value = 0_u32;
        for shift in (0..35).step_by(7) {
            let byte = self.rest.try_get_u8().ok()?;
            value |= u32::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Some(value);
            }
        }
        None
    }

    fn skip(&mut self, size: usize) -> Option<()> {
        self.rest = self.rest.get(size..)?;
        Some(())
    }
}

#[cfg(test)]
mod properties;

#[cfg(test)]
mod tests {
    use bytes::{Bytes, BytesMut};
    use kafka_protocol::messages::*;
    use kafka_protocol::protocol::{Encodable, StrBytes};

    use super::*;

    fn text(value: &'static str) -> StrBytes {
        StrBytes::from_static_str(value)
    }

    /// What the layout leaves of an encoded request; `None` where it does not fit.
    fn rest_of(api: ApiKey, version: i16, body: &[u8]) -> Option<usize> {
        let layout = layout_of(api)?;
        let flexible = version >= layout.flexible_since;
        let mut scan = Scan { rest: body, version, flexible, items_left: MAX_ITEMS };
        scan.fields(layout.fields)?;
        Some(scan.rest.len())
    }

    /// Every version of a request is covered exactly, and not when it is cut short.
    fn check<T: Encodable>(api: ApiKey, versions: std::ops::RangeInclusive<i16>, request: impl Fn(i16) -> T) {
        for version in versions {
            let mut body = BytesMut::new();
            request(version).encode(&mut body, version).unwrap();
            assert_eq!(rest_of(api, version, &body), Some(0), "{api:?} {version}");
            for length in 0..body.len() {
                assert_eq!(rest_of(api, version, &body[..length]), None, "{api:?} {version} {length}");
            }
        }
    }

    #[test]
    fn layouts_agree_with_the_encoder_on_records() {
        use fetch_request::{FetchPartition, FetchTopic, ForgottenTopic};
        use list_offsets_request::{ListOffsetsPartition, ListOffsetsTopic};
        use offset_for_leader_epoch_request::{OffsetForLeaderPartition, OffsetForLeaderTopic};
        use produce_request::{PartitionProduceData, TopicProduceData};
        check(ApiKey::Produce, 3..=13, |_| {
            let data = PartitionProduceData::default().with_records(Some(Bytes::from_static(b"records")));
            let topic = TopicProduceData::default().with_name(text("t").into()).with_partition_data(vec![data; 2]);
            ProduceRequest::default().with_transactional_id(Some(text("id").into())).with_topic_data(vec![topic; 2])
        });
        check(ApiKey::Fetch, 4..=17, |version| {
            let topic = FetchTopic::default().with_topic(text("t").into());
            let topic = topic.with_partitions(vec![FetchPartition::default(); 2]);
            let forgotten = ForgottenTopic::default().with_topic(text("t").into()).with_partitions(vec![1, 2]);
            let request = FetchRequest::default().with_topics(vec![topic; 2]);
            let request = if version >= 7 { request.with_forgotten_topics_data(vec![forgotten]) } else { request };
            let request = if version >= 11 { request.with_rack_id(text("rack")) } else { request };
            if version >= 12 { request.with_cluster_id(Some(text("cluster"))) } else { request }
        });
        check(ApiKey::ListOffsets, 1..=10, |_| {
            let topic = ListOffsetsTopic::default().with_name(text("t").into());
            let topic = topic.with_partitions(vec![ListOffsetsPartition::default(); 2]);
            ListOffsetsRequest::default().with_topics(vec![topic; 2])
        });
        check(ApiKey::OffsetForLeaderEpoch, 2..=4, |_| {
            let topic = OffsetForLeaderTopic::default().with_topic(text("t").into());
            let topic = topic.with_partitions(vec![OffsetForLeaderPartition::default(); 2]);
            OffsetForLeaderEpochRequest::default().with_topics(vec![topic; 2])
        });
        check(ApiKey::InitProducerId, 0..=5, |_| {
            InitProducerIdRequest::default().with_transactional_id(Some(text("id").into()))
        });
    }

    #[test]
    fn layouts_agree_with_the_encoder_on_topics() {
        use create_partitions_request::{CreatePartitionsAssignment, CreatePartitionsTopic};
        use create_topics_request::{CreatableReplicaAssignment, CreatableTopic, CreatableTopicConfig};
        use delete_records_request::{DeleteRecordsPartition, DeleteRecordsTopic};
        use delete_topics_request::DeleteTopicState;
        use describe_configs_request::DescribeConfigsResource;
        use describe_topic_partitions_request::{Cursor, TopicRequest};
        use metadata_request::MetadataRequestTopic;
        check(ApiKey::ApiVersions, 0..=4, |version| {
            let request = ApiVersionsRequest::default();
            if version < 3 {
                return request;
            }
            request.with_client_software_name(text("name")).with_client_software_version(text("1"))
        });
        check(ApiKey::Metadata, 0..=13, |_| {
            let topic = MetadataRequestTopic::default().with_name(Some(text("t").into()));
            MetadataRequest::default().with_topics(Some(vec![topic; 2])).with_allow_auto_topic_creation(true)
        });
        check(ApiKey::DescribeCluster, 0..=2, |_| DescribeClusterRequest::default());
        for cursor in [None, Some(Cursor::default().with_topic_name(text("t").into()))] {
            check(ApiKey::DescribeTopicPartitions, 0..=0, |_| {
                let topic = TopicRequest::default().with_name(text("t").into());
                DescribeTopicPartitionsRequest::default().with_topics(vec![topic; 2]).with_cursor(cursor.clone())
            });
        }
        check(ApiKey::CreateTopics, 2..=7, |_| {
            let assignment = CreatableReplicaAssignment::default().with_broker_ids(vec![BrokerId(1), BrokerId(2)]);
            let config = CreatableTopicConfig::default().with_name(text("n")).with_value(Some(text("v")));
            let topic = CreatableTopic::default().with_name(text("t").into());
            let topic = topic.with_assignments(vec![assignment; 2]).with_configs(vec![config; 2]);
            CreateTopicsRequest::default().with_topics(vec![topic; 2])
        });
        check(ApiKey::DeleteTopics, 1..=6, |version| {
            if version < 6 {
                return DeleteTopicsRequest::default().with_topic_names(vec![text("t").into(); 2]);
            }
            let topic = DeleteTopicState::default().with_name(Some(text("t").into()));
            DeleteTopicsRequest::default().with_topics(vec![topic; 2])
        });
        check(ApiKey::CreatePartitions, 0..=3, |_| {
            let assignment = CreatePartitionsAssignment::default().with_broker_ids(vec![BrokerId(1); 2]);
            let topic = CreatePartitionsTopic::default().with_name(text("t").into());
            let topic = topic.with_assignments(Some(vec![assignment; 2]));
            CreatePartitionsRequest::default().with_topics(vec![topic; 2])
        });
        check(ApiKey::DeleteRecords, 0..=2, |_| {
            let topic = DeleteRecordsTopic::default().with_name(text("t").into());
            let topic = topic.with_partitions(vec![DeleteRecordsPartition::default(); 2]);
            DeleteRecordsRequest::default().with_topics(vec![topic; 2])
        });
        check(ApiKey::DescribeConfigs, 1..=4, |_| {
            let resource = DescribeConfigsResource::default().with_resource_name(text("t"));
            let resource = resource.with_configuration_keys(Some(vec![text("k"); 2]));
            DescribeConfigsRequest::default().with_resources(vec![resource; 2])
        });
    }

    #[test]
    fn layouts_agree_with_the_encoder_on_groups() {
        use join_group_request::JoinGroupRequestProtocol;
        use leave_group_request::MemberIdentity;
        use offset_commit_request::{OffsetCommitRequestPartition, OffsetCommitRequestTopic};
        use offset_fetch_request::{OffsetFetchRequestGroup, OffsetFetchRequestTopic, OffsetFetchRequestTopics};
        use sync_group_request::SyncGroupRequestAssignment;
        let instance = |version, first| (version >= first).then(|| text("instance"));
        check(ApiKey::FindCoordinator, 0..=6, |version| match version {
            4.. => FindCoordinatorRequest::default().with_coordinator_keys(vec![text("g"); 2]),
            _ => FindCoordinatorRequest::default().with_key(text("g")),
        });
        check(ApiKey::JoinGroup, 0..=9, |version| {
            let protocol = JoinGroupRequestProtocol::default();
            let protocol = protocol.with_name(text("range")).with_metadata(Bytes::from_static(b"data"));
            JoinGroupRequest::default()
                .with_member_id(text("m"))
                .with_protocol_type(text("consumer"))
                .with_protocols(vec![protocol; 2])
                .with_group_instance_id(instance(version, 5))
        });
        check(ApiKey::SyncGroup, 0..=5, |version| {
            let assignment = SyncGroupRequestAssignment::default();
            let assignment = assignment.with_member_id(text("m")).with_assignment(Bytes::from_static(b"data"));
            SyncGroupRequest::default()
                .with_assignments(vec![assignment; 2])
                .with_group_instance_id(instance(version, 3))
        });
        check(ApiKey::Heartbeat, 0..=4, |version| {
            HeartbeatRequest::default().with_member_id(text("m")).with_group_instance_id(instance(version, 3))
        });
        check(ApiKey::LeaveGroup, 0..=5, |version| {
            if version < 3 {
                return LeaveGroupRequest::default().with_member_id(text("m"));
            }
            LeaveGroupRequest::default().with_members(vec![MemberIdentity::default().with_member_id(text("m")); 2])
        });
        check(ApiKey::OffsetCommit, 2..=9, |version| {
            let topic = OffsetCommitRequestTopic::default().with_name(text("t").into());
            let topic = topic.with_partitions(vec![OffsetCommitRequestPartition::default(); 2]);
            OffsetCommitRequest::default().with_topics(vec![topic; 2]).with_group_instance_id(instance(version, 7))
        });
        check(ApiKey::OffsetFetch, 1..=9, |version| {
            if version < 8 {
                let topic = OffsetFetchRequestTopic::default().with_partition_indexes(vec![1, 2]);
                return OffsetFetchRequest::default().with_topics(Some(vec![topic; 2]));
            }
            let topic = OffsetFetchRequestTopics::default().with_partition_indexes(vec![1, 2]);
            let group = OffsetFetchRequestGroup::default().with_topics(Some(vec![topic; 2]));
            let group = if version >= 9 { group.with_member_id(Some(text("m"))) } else { group };
            OffsetFetchRequest::default().with_groups(vec![group; 2])
        });
        check(ApiKey::ListGroups, 0..=5, |version| {
            let request = ListGroupsRequest::default();
            let request = if version >= 4 { request.with_states_filter(vec![text("Stable"); 2]) } else { request };
            if version >= 5 { request.with_types_filter(vec![text("classic"); 2]) } else { request }
        });
        check(ApiKey::DescribeGroups, 0..=6, |_| {
            DescribeGroupsRequest::default().with_groups(vec![text("g").into(); 2])
        });
        check(ApiKey::OffsetDelete, 0..=0, |_| {
            use offset_delete_request::{OffsetDeleteRequestPartition, OffsetDeleteRequestTopic};
            let topic = OffsetDeleteRequestTopic::default().with_name(text("t").into());
            let topic = topic.with_partitions(vec![OffsetDeleteRequestPartition::default(); 2]);
            OffsetDeleteRequest::default().with_topics(vec![topic; 2])
        });
        check(ApiKey::DeleteGroups, 0..=2, |_| {
            DeleteGroupsRequest::default().with_groups_names(vec![text("g").into(); 2])
        });
    }

    #[test]
    fn claims_of_many_items_are_refused_before_anything_is_made_room_for() {
        for (version, claim) in [(1, &[0x7f, 0xff, 0xff, 0xff][..]), (9, &[0xff, 0xff, 0xff, 0xff, 0x0f])] {
            assert!(!is_well_formed(ApiKey::Metadata, version, claim));
        }
        let mut body = (i32::try_from(MAX_ITEMS).unwrap() + 1).to_be_bytes().to_vec();
        body.resize(MAX_ITEMS * 2 + 6, 0);
        assert!(!is_well_formed(ApiKey::Metadata, 1, &body));
    }
}
