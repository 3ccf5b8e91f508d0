//! All APIs that the broker supports, in the order of their keys: what is announced, checked and answered follows from
//! this table.

use kafka_protocol::messages::{
    AddOffsetsToTxnRequest, ApiKey, ConsumerGroupHeartbeatRequest, DescribeAclsRequest, EndTxnRequest,
    ListPartitionReassignmentsRequest,
};

use super::Handler::{Later, Now};
use super::{
    Api, alter_configs, api_versions, cluster, config_resources, configs, consumer_group_heartbeat, fetch, groups,
    list_offsets, log_dirs, membership, offsets, produce, producers, quotas, reassignments, security, topic_partitions,
    topics, transactions,
};

pub(super) static APIS: [Api; 48] = [
    Api { key: ApiKey::Produce, versions: 3..=13, layout: &produce::PRODUCE, handler: Now(produce::answer) },
    Api {
        key: ApiKey::Fetch,
        versions: 4..=17,
        layout: &fetch::FETCH,
        handler: Later(|state, _, request| Box::pin(fetch::answer(state, request))),
    },
    Api {
        key: ApiKey::ListOffsets,
        versions: 1..=10,
        layout: &list_offsets::LIST_OFFSETS,
        handler: Now(|state, request| {
            request.answer(|asked, version| list_offsets::list_offsets(state, asked, version))
        }),
    },
    Api {
        key: ApiKey::Metadata,
        versions: 0..=13,
        layout: &cluster::METADATA,
        handler: Now(|state, request| request.answer(|asked, version| cluster::metadata(state, asked, version))),
    },
    Api {
        key: ApiKey::OffsetCommit,
        versions: 2..=9,
        layout: &offsets::OFFSET_COMMIT,
        handler: Now(|state, request| request.answer(|asked, _| offsets::offset_commit(state, asked))),
    },
    Api {
        key: ApiKey::OffsetFetch,
        versions: 1..=9,
        layout: &offsets::OFFSET_FETCH,
        handler: Now(|state, request| request.answer(|asked, version| offsets::offset_fetch(state, asked, version))),
    },
    Api {
        key: ApiKey::FindCoordinator,
        versions: 0..=6,
        layout: &cluster::FIND_COORDINATOR,
        handler: Now(|state, request| {
            request.answer(|asked, version| cluster::find_coordinator(state, asked, version))
        }),
    },
    Api {
        key: ApiKey::JoinGroup,
        versions: 0..=9,
        layout: &membership::JOIN_GROUP,
        handler: Later(|state, client, mut request| {
            Box::pin(async move {
                let asked = request.decode()?;
                let client_id = request.release();
                request.encode(&membership::join_group(state, client, client_id, asked, request.version).await)
            })
        }),
    },
    Api {
        key: ApiKey::Heartbeat,
        versions: 0..=4,
        layout: &membership::HEARTBEAT,
        handler: Now(|state, request| request.answer(|asked, _| membership::heartbeat(state, &asked))),
    },
    Api {
        key: ApiKey::LeaveGroup,
        versions: 0..=5,
        layout: &membership::LEAVE_GROUP,
        handler: Now(|state, request| request.answer(|asked, version| membership::leave_group(state, asked, version))),
    },
    Api {
        key: ApiKey::SyncGroup,
        versions: 0..=5,
        layout: &membership::SYNC_GROUP,
        handler: Later(|state, _, mut request| {
            Box::pin(async move {
                let asked = request.decode()?;
                request.release();
                request.encode(&membership::sync_group(state, asked).await)
            })
        }),
    },
    Api {
        key: ApiKey::DescribeGroups,
        versions: 0..=6,
        layout: &groups::DESCRIBE_GROUPS,
        handler: Now(|state, request| request.answer(|asked, version| groups::describe_groups(state, asked, version))),
    },
    Api {
        key: ApiKey::ListGroups,
        versions: 0..=5,
        layout: &groups::LIST_GROUPS,
        handler: Now(|state, request| request.answer(|asked, version| groups::list_groups(state, &asked, version))),
    },
    Api {
        key: ApiKey::ApiVersions,
        versions: 0..=4,
        layout: &api_versions::API_VERSIONS,
        handler: Now(|_, request| request.encode(&api_versions::api_versions(&APIS))),
    },
    Api {
        key: ApiKey::CreateTopics,
        versions: 2..=7,
        layout: &topics::CREATE_TOPICS,
        handler: Now(|state, request| request.answer(|asked, version| topics::create_topics(state, asked, version))),
    },
    Api {
        key: ApiKey::DeleteTopics,
        versions: 1..=6,
        layout: &topics::DELETE_TOPICS,
        handler: Now(|state, request| request.answer(|asked, version| topics::delete_topics(state, asked, version))),
    },
    Api {
        key: ApiKey::DeleteRecords,
        versions: 0..=2,
        layout: &topics::DELETE_RECORDS,
        handler: Now(|state, request| request.answer(|asked, _| topics::delete_records(state, asked))),
    },
    Api {
        key: ApiKey::InitProducerId,
        versions: 0..=5,
        layout: &produce::INIT_PRODUCER_ID,
        handler: Now(|state, request| request.answer(|asked, _| produce::init_producer_id(state, &asked))),
    },
    Api {
        key: ApiKey::OffsetForLeaderEpoch,
        versions: 2..=4,
        layout: &list_offsets::OFFSET_FOR_LEADER_EPOCH,
        handler: Now(|state, request| request.answer(|asked, _| list_offsets::offset_for_leader_epoch(state, asked))),
    },
    Api {
        key: ApiKey::AddPartitionsToTxn,
        versions: 0..=3,
        layout: &transactions::ADD_PARTITIONS_TO_TXN,
        handler: Now(|_, request| request.answer(|asked, _| transactions::add_partitions_to_txn(asked))),
    },
    Api {
        key: ApiKey::AddOffsetsToTxn,
        versions: 0..=4,
        layout: &transactions::ADD_OFFSETS_TO_TXN,
        handler: Now(|_, request| request.answer(|_: AddOffsetsToTxnRequest, _| transactions::add_offsets_to_txn())),
    },
    Api {
        key: ApiKey::EndTxn,
        versions: 0..=5,
        layout: &transactions::END_TXN,
        handler: Now(|_, request| request.answer(|_: EndTxnRequest, _| transactions::end_txn())),
    },
    Api {
        key: ApiKey::TxnOffsetCommit,
        versions: 0..=5,
        layout: &transactions::TXN_OFFSET_COMMIT,
        handler: Now(|_, request| request.answer(|asked, _| transactions::txn_offset_commit(asked))),
    },
    Api {
        key: ApiKey::DescribeAcls,
        versions: 1..=3,
        layout: &security::DESCRIBE_ACLS,
        handler: Now(|_, request| request.answer(|_: DescribeAclsRequest, _| security::describe_acls())),
    },
    Api {
        key: ApiKey::CreateAcls,
        versions: 1..=3,
        layout: &security::CREATE_ACLS,
        handler: Now(|_, request| request.answer(|asked, _| security::create_acls(&asked))),
    },
    Api {
        key: ApiKey::DeleteAcls,
        versions: 1..=3,
        // The same fields as for CreateAcls, as a filter.
        layout: &security::CREATE_ACLS,
        handler: Now(|_, request| request.answer(|asked, _| security::delete_acls(&asked))),
    },
    Api {
        key: ApiKey::DescribeConfigs,
        versions: 1..=4,
        layout: &configs::DESCRIBE_CONFIGS,
        handler: Now(|state, request| request.answer(|asked, _| configs::describe_configs(state, asked))),
    },
    Api {
        key: ApiKey::AlterConfigs,
        versions: 0..=2,
        layout: &alter_configs::ALTER_CONFIGS,
        handler: Now(|state, request| request.answer(|asked, _| alter_configs::alter_configs(state, asked))),
    },
    Api {
        key: ApiKey::AlterReplicaLogDirs,
        versions: 1..=2,
        layout: &reassignments::ALTER_REPLICA_LOG_DIRS,
        handler: Now(|state, request| request.answer(|asked, _| reassignments::alter_replica_log_dirs(state, asked))),
    },
    Api {
        key: ApiKey::DescribeLogDirs,
        versions: 1..=4,
        layout: &log_dirs::DESCRIBE_LOG_DIRS,
        handler: Now(|state, request| request.answer(|asked, _| log_dirs::describe_log_dirs(state, asked))),
    },
    Api {
        key: ApiKey::CreatePartitions,
        versions: 0..=3,
        layout: &topics::CREATE_PARTITIONS,
        handler: Now(|state, request| request.answer(|asked, _| topics::create_partitions(state, asked))),
    },
    Api {
        key: ApiKey::DeleteGroups,
        versions: 0..=2,
        layout: &groups::DELETE_GROUPS,
        handler: Now(|state, request| request.answer(|asked, _| groups::delete_groups(state, asked))),
    },
    Api {
        key: ApiKey::ElectLeaders,
        versions: 0..=2,
        layout: &reassignments::ELECT_LEADERS,
        handler: Now(|state, request| {
            request.answer(|asked, version| reassignments::elect_leaders(state, asked, version))
        }),
    },
    Api {
        key: ApiKey::IncrementalAlterConfigs,
        versions: 0..=1,
        layout: &alter_configs::INCREMENTAL_ALTER_CONFIGS,
        handler: Now(|state, request| {
            request.answer(|asked, _| alter_configs::incremental_alter_configs(state, asked))
        }),
    },
    Api {
        key: ApiKey::AlterPartitionReassignments,
        versions: 0..=1,
        layout: &reassignments::ALTER_PARTITION_REASSIGNMENTS,
        handler: Now(|state, request| {
            request.answer(|asked, _| reassignments::alter_partition_reassignments(state, asked))
        }),
    },
    Api {
        key: ApiKey::ListPartitionReassignments,
        versions: 0..=0,
        layout: &reassignments::LIST_PARTITION_REASSIGNMENTS,
        handler: Now(|_, request| {
            request.answer(|_: ListPartitionReassignmentsRequest, _| reassignments::list_partition_reassignments())
        }),
    },
    Api {
        key: ApiKey::OffsetDelete,
        versions: 0..=0,
        layout: &offsets::OFFSET_DELETE,
        handler: Now(|state, request| request.answer(|asked, _| offsets::offset_delete(state, asked))),
    },
    Api {
        key: ApiKey::DescribeClientQuotas,
        versions: 0..=1,
        layout: &quotas::DESCRIBE_CLIENT_QUOTAS,
        handler: Now(|_, request| request.answer(|asked, _| quotas::describe_client_quotas(&asked))),
    },
    Api {
        key: ApiKey::AlterClientQuotas,
        versions: 0..=1,
        layout: &quotas::ALTER_CLIENT_QUOTAS,
        handler: Now(|_, request| request.answer(|asked, _| quotas::alter_client_quotas(asked))),
    },
    Api {
        key: ApiKey::DescribeUserScramCredentials,
        versions: 0..=0,
        layout: &security::DESCRIBE_USER_SCRAM_CREDENTIALS,
        handler: Now(|_, request| request.answer(|asked, _| security::describe_user_scram_credentials(asked))),
    },
    Api {
        key: ApiKey::AlterUserScramCredentials,
        versions: 0..=0,
        layout: &security::ALTER_USER_SCRAM_CREDENTIALS,
        handler: Now(|_, request| request.answer(|asked, _| security::alter_user_scram_credentials(asked))),
    },
    Api {
        key: ApiKey::DescribeCluster,
        versions: 0..=2,
        layout: &cluster::DESCRIBE_CLUSTER,
        handler: Now(|state, request| request.answer(|asked, _| cluster::describe_cluster(state, &asked))),
    },
    Api {
        key: ApiKey::DescribeProducers,
        versions: 0..=0,
        layout: &producers::DESCRIBE_PRODUCERS,
        handler: Now(|state, request| request.answer(|asked, _| producers::describe_producers(state, asked))),
    },
    Api {
        key: ApiKey::DescribeTransactions,
        versions: 0..=0,
        layout: &transactions::DESCRIBE_TRANSACTIONS,
        handler: Now(|_, request| request.answer(|asked, _| transactions::describe_transactions(asked))),
    },
    Api {
        key: ApiKey::ListTransactions,
        versions: 0..=2,
        layout: &transactions::LIST_TRANSACTIONS,
        handler: Now(|_, request| request.answer(|asked, _| transactions::list_transactions(asked))),
    },
    Api {
        key: ApiKey::ConsumerGroupHeartbeat,
        versions: 0..=1,
        layout: &consumer_group_heartbeat::CONSUMER_GROUP_HEARTBEAT,
        handler: Now(|_, request| {
            request.answer(|_: ConsumerGroupHeartbeatRequest, _| consumer_group_heartbeat::consumer_group_heartbeat())
        }),
    },
    Api {
        key: ApiKey::ListConfigResources,
        versions: 0..=1,
        layout: &config_resources::LIST_CONFIG_RESOURCES,
        handler: Now(|state, request| {
            request.answer(|asked, version| config_resources::list_config_resources(state, &asked, version))
        }),
    },
    Api {
        key: ApiKey::DescribeTopicPartitions,
        versions: 0..=0,
        layout: &topic_partitions::DESCRIBE_TOPIC_PARTITIONS,
        handler: Now(|state, request| {
            request.answer(|asked, _| topic_partitions::describe_topic_partitions(state, asked))
        }),
    },
];
