//! The space that each partition takes in the data folder.

use std::collections::HashMap;
use std::io;

use kafka_protocol::ResponseError;
use kafka_protocol::messages::describe_log_dirs_response::{
    DescribeLogDirsPartition, DescribeLogDirsResponse, DescribeLogDirsResult, DescribeLogDirsTopic,
};
use kafka_protocol::messages::{DescribeLogDirsRequest, TopicName};

use super::text;
use crate::config::Storage;
use crate::files;
use crate::layout::{Layout, Numbers, Structs, Text, always, layout};
use crate::state::State;

pub(super) const DESCRIBE_LOG_DIRS: Layout = layout(2, &[always(Structs(&[always(Text), always(Numbers)]))]);

/// Describes the data folder; a broker in memory has none.
pub(super) fn describe_log_dirs(state: &State, asked: DescribeLogDirsRequest) -> DescribeLogDirsResponse {
    let Storage::Directory(folder) = &state.config.storage else { return DescribeLogDirsResponse::default() };
    let result = DescribeLogDirsResult::default().with_log_dir(text(folder.to_string_lossy()));
    let result = match files::blocking(|| topics(state, asked)) {
        Ok(topics) => result.with_topics(topics),
        Err(error) => {
            tracing::error!("cannot determine the size of the logs: {error}");
            result.with_error_code(ResponseError::KafkaStorageError.code())
        }
    };
    DescribeLogDirsResponse::default().with_results(vec![result])
}

fn topics(state: &State, asked: DescribeLogDirsRequest) -> io::Result<Vec<DescribeLogDirsTopic>> {
    let wanted: Option<HashMap<_, _>> =
        asked.topics.map(|topics| topics.into_iter().map(|topic| (topic.topic, topic.partitions)).collect());
    let mut described = Vec::new();
    for topic in state.topics.all() {
        let name = TopicName(text(topic.name.as_str()));
        let indexes: Vec<i32> = match &wanted {
            None => (0..topic.partition_count()).collect(),
            Some(wanted) => match wanted.get(&name) {
                None => continue,
                Some(indexes) => {
                    let mut indexes: Vec<_> =
                        indexes.iter().copied().filter(|index| (0..topic.partition_count()).contains(index)).collect();
                    indexes.sort_unstable();
                    indexes.dedup();
                    indexes
                }
            },
        };
        let mut partitions = Vec::with_capacity(indexes.len());
        for index in indexes {
            let size = match topic.partition_size(index) {
                // The topic has just been deleted.
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                size => i64::try_from(size?).unwrap_or(i64::MAX),
            };
            partitions.push(DescribeLogDirsPartition::default().with_partition_index(index).with_partition_size(size));
        }
        described.push(DescribeLogDirsTopic::default().with_name(name).with_partitions(partitions));
    }
    Ok(described)
}
