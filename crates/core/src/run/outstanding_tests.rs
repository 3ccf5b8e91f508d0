use proptest::prelude::*;

use super::*;

fn saved(outstanding: &Outstanding, position: Position) -> Settled {
    outstanding.finished(position, position.1, Origin::Own, Fate::Saved)
}

#[test]
fn in_any_order() {
    let outstanding = Outstanding::default();
    outstanding.acknowledged((0, 1));
    saved(&outstanding, (0, 2));
    assert_eq!((outstanding.count(), outstanding.finished_count()), (1, 1));
    assert_eq!(outstanding.account().unacknowledged, 1);
    outstanding.acknowledged((0, 2));
    saved(&outstanding, (0, 1));
    assert_eq!((outstanding.count(), outstanding.finished_count()), (0, 2));
    assert_eq!((outstanding.account().own.saved, outstanding.account().unacknowledged), (2, 0));
}

#[test]
fn what_comes_again_counts_once() {
    let outstanding = Outstanding::default();
    outstanding.acknowledged((0, 1));
    assert_eq!(saved(&outstanding, (0, 1)), Settled::Own);
    assert_eq!(saved(&outstanding, (0, 1)), Settled::Again);
    let foreign = |offset| outstanding.finished((0, offset), offset, Origin::Foreign, Fate::Saved);
    assert_eq!([foreign(2), foreign(2)], [Settled::Other, Settled::Again]);
    let account = outstanding.account();
    assert_eq!((account.own.saved, account.others.saved, account.redelivered), (1, 1, 2));
}

#[test]
fn gone_records_are_counted() {
    let outstanding = Outstanding::default();
    (0..5).for_each(|offset| assert!(!outstanding.acknowledged((3, offset))));
    assert_eq!(outstanding.give_up(Fate::Taken, |(_, offset)| *offset < 2).len(), 2);
    assert_eq!(outstanding.count(), 3);
    // Offsets 2 and 3 are this run's; 5 has no known sender at first, and turns out to be this run's as well.
    assert_eq!(outstanding.lost(3, 0..4), (2, 2));
    assert_eq!(outstanding.lost(3, 2..6), (2, 1));
    assert!(outstanding.acknowledged((3, 5)));
    let own = outstanding.account().own;
    assert_eq!((own.acknowledged, own.taken_by_others, own.lost, own.on_topic), (6, 2, 4, 0));
}

#[test]
fn without_positions_by_count() {
    let outstanding = Outstanding::default();
    (0..3).for_each(|_| outstanding.acknowledged_unplaced());
    saved(&outstanding, (0, 0));
    saved(&outstanding, (0, 0));
    assert_eq!((outstanding.count(), outstanding.finished_count()), (2, 1));
    assert_eq!((outstanding.give_up_unplaced(), outstanding.count()), (2, 0));
}

#[test]
fn what_comes_again_after_its_acknowledgement_counts_once_and_takes_no_memory() {
    for placed in [true, false] {
        let outstanding = Outstanding::default();
        for offset in 0..10_000 {
            // Saved before or after its acknowledgement, and then delivered again.
            let is_early = offset % 2 == 0;
            if is_early {
                assert_eq!(saved(&outstanding, (0, offset)), Settled::Own);
            }
            match placed {
                true => assert!(!outstanding.acknowledged((0, offset))),
                false => outstanding.acknowledged_unplaced(),
            }
            if !is_early {
                assert_eq!(saved(&outstanding, (0, offset)), Settled::Own);
            }
            assert_eq!(saved(&outstanding, (0, offset)), Settled::Again);
        }
        let Account { own, others, unacknowledged, redelivered } = outstanding.account();
        assert_eq!((own.acknowledged, own.saved, own.on_topic), (10_000, 10_000, 0));
        assert_eq!((others.sum(), unacknowledged, redelivered), (0, 0, 10_000));
        let state = outstanding.0.lock();
        assert_eq!((state.early.len(), state.awaited_count), (0, 0));
        assert!(state.awaited.values().all(|awaited| awaited.offsets().next().is_none()));
        assert!(state.partitions[&0].unassigned.is_empty());
    }
}

#[test]
fn records_of_unknown_senders_take_bounded_memory() {
    let outstanding = Outstanding::default();
    let count = 3 * UNASSIGNED_MAX as i64;
    for offset in 0..count {
        // Every second one cannot be read.
        let origin = if offset % 2 == 0 { Origin::Unknown } else { Origin::Foreign };
        outstanding.finished((0, offset), offset, origin, Fate::Dead);
    }
    assert_eq!(outstanding.0.lock().partitions[&0].unassigned.len(), UNASSIGNED_MAX);
    // The latest are still found by their acknowledgement.
    assert!(outstanding.acknowledged((0, count - 2)));
    let Account { own, others, .. } = outstanding.account();
    assert_eq!((own.acknowledged, own.dead_letters, others.dead_letters), (1, 1, count as u64 - 1));
}

/// One thing that can happen to a record, in any order.
#[derive(Clone, Copy, Debug)]
enum Happening {
    Acknowledged(i64),
    Finished(i64, Origin, Fate),
    Lost(i64, i64),
    GivenUp(i64, Fate),
}

fn happening() -> impl Strategy<Value = Happening> {
    let origin = prop_oneof![Just(Origin::Own), Just(Origin::Foreign), Just(Origin::Unknown)];
    let fate = prop_oneof![Just(Fate::Saved), Just(Fate::Dead)];
    prop_oneof![
        3 => (0..30_i64).prop_map(Happening::Acknowledged),
        4 => (0..30_i64, origin, fate).prop_map(|(offset, origin, fate)| Happening::Finished(offset, origin, fate)),
        1 => (0..30_i64, 0..6_i64).prop_map(|(from, length)| Happening::Lost(from, from + length)),
        1 => (0..30_i64, prop_oneof![Just(Fate::Lost), Just(Fate::Taken)])
            .prop_map(|(below, fate)| Happening::GivenUp(below, fate)),
    ]
}

proptest! {
    #[test]
    fn the_sum_is_what_was_acknowledged_after_every_event(
        happenings in proptest::collection::vec(happening(), 0..80),
        placed: bool,
    ) {
        let outstanding = Outstanding::default();
        // A record is acknowledged once, and belongs to one sender.
        let (mut acknowledged, mut finished) = (std::collections::HashSet::new(), std::collections::HashSet::new());
        for happening in happenings {
            match happening {
                Happening::Acknowledged(offset) if offset % 2 == 0 && acknowledged.insert(offset) => match placed {
                    true => drop(outstanding.acknowledged((0, offset))),
                    false => outstanding.acknowledged_unplaced(),
                },
                Happening::Acknowledged(_) => {}
                Happening::Finished(offset, origin, fate) => {
                    // Even offsets are this run's, odd ones another's, unless they cannot be read.
                    let origin = match (origin, offset % 2) {
                        (Origin::Unknown, _) => Origin::Unknown,
                        (_, 0) => Origin::Own,
                        _ => Origin::Foreign,
                    };
                    let settled = outstanding.finished((0, offset), offset, origin, fate);
                    prop_assert!(settled == Settled::Again || finished.insert(offset));
                }
                Happening::Lost(from, to) => {
                    let (all, own) = outstanding.lost(0, from..to);
                    prop_assert!(own <= all && all <= to.abs_diff(from));
                }
                Happening::GivenUp(below, fate) => drop(outstanding.give_up(fate, |&(_, offset)| offset < below)),
            }
            let Account { own, others, unacknowledged, .. } = outstanding.account();
            prop_assert_eq!(own.acknowledged, acknowledged.len() as u64);
            let sum = own.saved + own.dead_letters + own.lost + own.taken_by_others + own.on_topic;
            prop_assert_eq!(own.acknowledged, sum, "{:?}", own);
            prop_assert_eq!(outstanding.count(), own.on_topic);
            prop_assert!(unacknowledged <= others.sum());
            prop_assert!(finished.len() as u64 <= own.saved + own.dead_letters + others.saved + others.dead_letters);
        }
    }
}
