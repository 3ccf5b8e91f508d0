//! The layouts against the encoder, with requests that have every field.

use bytes::{Bytes, BytesMut};
use kafka_protocol::messages::*;
use kafka_protocol::protocol::{Encodable, StrBytes};

use super::api;
use crate::layout::MAX_ITEMS;

fn text(value: &'static str) -> StrBytes {
    StrBytes::from_static_str(value)
}

/// Every supported version of a request is covered exactly, and not when it is cut short.
fn check<T: Encodable>(key: ApiKey, request: impl Fn(i16) -> T) {
    let api = api(key);
    for version in api.versions.clone() {
        let mut body = BytesMut::new();
        request(version).encode(&mut body, version).unwrap();
        assert_eq!(api.layout.rest(version, &body), Some(&[][..]), "{key:?} {version}");
        for length in 0..body.len() {
            assert!(!api.layout.fits(version, &body[..length]), "{key:?} {version} {length}");
        }
    }
}

#[test]
fn layouts_agree_with_the_encoder_on_records() {
    use fetch_request::{FetchPartition, FetchTopic, ForgottenTopic};
    use list_offsets_request::{ListOffsetsPartition, ListOffsetsTopic};
    use offset_for_leader_epoch_request::{OffsetForLeaderPartition, OffsetForLeaderTopic};
    use produce_request::{PartitionProduceData, TopicProduceData};
    check(ApiKey::Produce, |_| {
        let data = PartitionProduceData::default().with_records(Some(Bytes::from_static(b"records")));
        let topic = TopicProduceData::default().with_name(text("t").into()).with_partition_data(vec![data; 2]);
        ProduceRequest::default().with_transactional_id(Some(text("id").into())).with_topic_data(vec![topic; 2])
    });
    check(ApiKey::Fetch, |version| {
        let topic = FetchTopic::default().with_topic(text("t").into());
        let topic = topic.with_partitions(vec![FetchPartition::default(); 2]);
        let forgotten = ForgottenTopic::default().with_topic(text("t").into()).with_partitions(vec![1, 2]);
        let request = FetchRequest::default().with_topics(vec![topic; 2]);
        let request = if version >= 7 { request.with_forgotten_topics_data(vec![forgotten]) } else { request };
        let request = if version >= 11 { request.with_rack_id(text("rack")) } else { request };
        if version >= 12 { request.with_cluster_id(Some(text("cluster"))) } else { request }
    });
    check(ApiKey::ListOffsets, |_| {
        let topic = ListOffsetsTopic::default().with_name(text("t").into());
        let topic = topic.with_partitions(vec![ListOffsetsPartition::default(); 2]);
        ListOffsetsRequest::default().with_topics(vec![topic; 2])
    });
    check(ApiKey::OffsetForLeaderEpoch, |_| {
        let topic = OffsetForLeaderTopic::default().with_topic(text("t").into());
        let topic = topic.with_partitions(vec![OffsetForLeaderPartition::default(); 2]);
        OffsetForLeaderEpochRequest::default().with_topics(vec![topic; 2])
    });
    check(ApiKey::InitProducerId, |_| InitProducerIdRequest::default().with_transactional_id(Some(text("id").into())));
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
    check(ApiKey::ApiVersions, |version| {
        let request = ApiVersionsRequest::default();
        if version < 3 {
            return request;
        }
        request.with_client_software_name(text("name")).with_client_software_version(text("1"))
    });
    check(ApiKey::Metadata, |_| {
        let topic = MetadataRequestTopic::default().with_name(Some(text("t").into()));
        MetadataRequest::default().with_topics(Some(vec![topic; 2])).with_allow_auto_topic_creation(true)
    });
    check(ApiKey::DescribeCluster, |_| DescribeClusterRequest::default());
    for cursor in [None, Some(Cursor::default().with_topic_name(text("t").into()))] {
        check(ApiKey::DescribeTopicPartitions, |_| {
            let topic = TopicRequest::default().with_name(text("t").into());
            DescribeTopicPartitionsRequest::default().with_topics(vec![topic; 2]).with_cursor(cursor.clone())
        });
    }
    check(ApiKey::CreateTopics, |_| {
        let assignment = CreatableReplicaAssignment::default().with_broker_ids(vec![BrokerId(1), BrokerId(2)]);
        let config = CreatableTopicConfig::default().with_name(text("n")).with_value(Some(text("v")));
        let topic = CreatableTopic::default().with_name(text("t").into());
        let topic = topic.with_assignments(vec![assignment; 2]).with_configs(vec![config; 2]);
        CreateTopicsRequest::default().with_topics(vec![topic; 2])
    });
    check(ApiKey::DeleteTopics, |version| {
        if version < 6 {
            return DeleteTopicsRequest::default().with_topic_names(vec![text("t").into(); 2]);
        }
        let topic = DeleteTopicState::default().with_name(Some(text("t").into()));
        DeleteTopicsRequest::default().with_topics(vec![topic; 2])
    });
    check(ApiKey::CreatePartitions, |_| {
        let assignment = CreatePartitionsAssignment::default().with_broker_ids(vec![BrokerId(1); 2]);
        let topic = CreatePartitionsTopic::default().with_name(text("t").into());
        let topic = topic.with_assignments(Some(vec![assignment; 2]));
        CreatePartitionsRequest::default().with_topics(vec![topic; 2])
    });
    check(ApiKey::DeleteRecords, |_| {
        let topic = DeleteRecordsTopic::default().with_name(text("t").into());
        let topic = topic.with_partitions(vec![DeleteRecordsPartition::default(); 2]);
        DeleteRecordsRequest::default().with_topics(vec![topic; 2])
    });
    check(ApiKey::DescribeConfigs, |_| {
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
    check(ApiKey::FindCoordinator, |version| match version {
        4.. => FindCoordinatorRequest::default().with_coordinator_keys(vec![text("g"); 2]),
        _ => FindCoordinatorRequest::default().with_key(text("g")),
    });
    check(ApiKey::JoinGroup, |version| {
        let protocol = JoinGroupRequestProtocol::default();
        let protocol = protocol.with_name(text("range")).with_metadata(Bytes::from_static(b"data"));
        JoinGroupRequest::default()
            .with_member_id(text("m"))
            .with_protocol_type(text("consumer"))
            .with_protocols(vec![protocol; 2])
            .with_group_instance_id(instance(version, 5))
    });
    check(ApiKey::SyncGroup, |version| {
        let assignment = SyncGroupRequestAssignment::default();
        let assignment = assignment.with_member_id(text("m")).with_assignment(Bytes::from_static(b"data"));
        SyncGroupRequest::default().with_assignments(vec![assignment; 2]).with_group_instance_id(instance(version, 3))
    });
    check(ApiKey::Heartbeat, |version| {
        HeartbeatRequest::default().with_member_id(text("m")).with_group_instance_id(instance(version, 3))
    });
    check(ApiKey::LeaveGroup, |version| {
        if version < 3 {
            return LeaveGroupRequest::default().with_member_id(text("m"));
        }
        LeaveGroupRequest::default().with_members(vec![MemberIdentity::default().with_member_id(text("m")); 2])
    });
    check(ApiKey::OffsetCommit, |version| {
        let topic = OffsetCommitRequestTopic::default().with_name(text("t").into());
        let topic = topic.with_partitions(vec![OffsetCommitRequestPartition::default(); 2]);
        OffsetCommitRequest::default().with_topics(vec![topic; 2]).with_group_instance_id(instance(version, 7))
    });
    check(ApiKey::OffsetFetch, |version| {
        if version < 8 {
            let topic = OffsetFetchRequestTopic::default().with_partition_indexes(vec![1, 2]);
            return OffsetFetchRequest::default().with_topics(Some(vec![topic; 2]));
        }
        let topic = OffsetFetchRequestTopics::default().with_partition_indexes(vec![1, 2]);
        let group = OffsetFetchRequestGroup::default().with_topics(Some(vec![topic; 2]));
        let group = if version >= 9 { group.with_member_id(Some(text("m"))) } else { group };
        OffsetFetchRequest::default().with_groups(vec![group; 2])
    });
    check(ApiKey::ListGroups, |version| {
        let request = ListGroupsRequest::default();
        let request = if version >= 4 { request.with_states_filter(vec![text("Stable"); 2]) } else { request };
        if version >= 5 { request.with_types_filter(vec![text("classic"); 2]) } else { request }
    });
    check(ApiKey::DescribeGroups, |_| DescribeGroupsRequest::default().with_groups(vec![text("g").into(); 2]));
    check(ApiKey::OffsetDelete, |_| {
        use offset_delete_request::{OffsetDeleteRequestPartition, OffsetDeleteRequestTopic};
        let topic = OffsetDeleteRequestTopic::default().with_name(text("t").into());
        let topic = topic.with_partitions(vec![OffsetDeleteRequestPartition::default(); 2]);
        OffsetDeleteRequest::default().with_topics(vec![topic; 2])
    });
    check(ApiKey::DeleteGroups, |_| DeleteGroupsRequest::default().with_groups_names(vec![text("g").into(); 2]));
}

#[test]
fn claims_of_many_items_are_refused_before_anything_is_allocated() {
    let metadata = api(ApiKey::Metadata).layout;
    for (version, claim) in [(1, &[0x7f, 0xff, 0xff, 0xff][..]), (9, &[0xff, 0xff, 0xff, 0xff, 0x0f])] {
        assert!(!metadata.fits(version, claim));
    }
    let mut body = (i32::try_from(MAX_ITEMS).unwrap() + 1).to_be_bytes().to_vec();
    body.resize(MAX_ITEMS * 2 + 6, 0);
    assert!(!metadata.fits(1, &body));
}
