//! The partitions of a member, as group members write them to each other: `ConsumerProtocolAssignment`,
//! <https://github.com/apache/kafka/blob/trunk/clients/src/main/resources/common/message/ConsumerProtocolAssignment.json>.

/// Partitions of a topic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AssignedPartitions {
    /// The topic.
    pub topic: String,
    /// Their numbers, in order.
    pub partitions: Vec<i32>,
}

/// The topics and partitions of an assignment; `None` if it is not one.
pub(super) fn partitions(assignment: &[u8]) -> Option<Vec<AssignedPartitions>> {
    let mut rest = assignment;
    let _version = i16::from_be_bytes(fixed(&mut rest)?);
    let topics = count(&mut rest)?;
    let mut found = Vec::new();
    for _ in 0..topics {
        let length = usize::try_from(i16::from_be_bytes(fixed(&mut rest)?)).ok()?;
        let topic = std::str::from_utf8(take(&mut rest, length)?).ok()?.to_owned();
        let numbers = count(&mut rest)?;
        let numbers: Option<Vec<i32>> = (0..numbers).map(|_| fixed(&mut rest).map(i32::from_be_bytes)).collect();
        let mut numbers = numbers?;
        numbers.sort_unstable();
        found.push(AssignedPartitions { topic, partitions: numbers });
    }
    found.sort_by(|a, b| a.topic.cmp(&b.topic));
    Some(found)
}

fn take<'a>(rest: &mut &'a [u8], length: usize) -> Option<&'a [u8]> {
    let (taken, after) = rest.split_at_checked(length)?;
    *rest = after;
    Some(taken)
}

fn fixed<const LENGTH: usize>(rest: &mut &[u8]) -> Option<[u8; LENGTH]> {
    take(rest, LENGTH)?.try_into().ok()
}

/// The length of an array. Each element takes at least four bytes.
fn count(rest: &mut &[u8]) -> Option<usize> {
    let count = usize::try_from(i32::from_be_bytes(fixed(rest)?)).ok()?;
    (count <= rest.len() / 4).then_some(count)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written() -> Vec<u8> {
        let mut bytes = 1_i16.to_be_bytes().to_vec();
        bytes.extend(2_i32.to_be_bytes());
        for (topic, partitions) in [("quay", &[5][..]), ("harbour", &[2, 0])] {
            bytes.extend((topic.len() as i16).to_be_bytes());
            bytes.extend(topic.as_bytes());
            bytes.extend((partitions.len() as i32).to_be_bytes());
            partitions.iter().for_each(|number: &i32| bytes.extend(number.to_be_bytes()));
        }
        // The user's data.
        bytes.extend((-1_i32).to_be_bytes());
        bytes
    }

    #[test]
    fn topics_and_partitions_are_sorted() {
        let found = partitions(&written()).unwrap();
        let shown: Vec<(&str, &[i32])> = found.iter().map(|one| (one.topic.as_str(), &one.partitions[..])).collect();
        assert_eq!(shown, [("harbour", &[0, 2][..]), ("quay", &[5])]);
    }

    #[test]
    fn what_is_cut_off_or_damaged_is_refused() {
        let whole = written();
        // Without the user's data it is whole too.
        for length in 0..whole.len() - 4 {
            assert_eq!(partitions(&whole[..length]), None, "{length}");
        }
        let mut huge = whole;
        huge[2..6].copy_from_slice(&i32::MAX.to_be_bytes());
        assert_eq!(partitions(&huge), None);
    }
}
