//! The records of a page while it is read.

use super::newest::Newest;
use super::{BrowseFrom, BrowsePlan, BrowsedRecord};
use crate::query::UnknownFacts;

/// The records that a page keeps: those that its plan selects, as far as its budget goes.
pub(super) struct Kept<'a> {
    plan: &'a BrowsePlan,
    order: Order,
    compared: Option<UnknownFacts>,
}

enum Order {
    AsRead { records: Vec<BrowsedRecord>, bytes: usize },
    Newest(Newest),
}

/// What happened to a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Added {
    Kept,
    /// The plan does not select it.
    Other,
    /// The budget is exhausted.
    Full,
}

/// The records, whether older ones were left out for lack of space, and how many were compared with the query.
pub(super) type KeptRecords = (Vec<BrowsedRecord>, bool, Option<UnknownFacts>);

impl<'a> Kept<'a> {
    /// `continues`: the page follows another one, and has the records in their order.
    pub(super) fn new(plan: &'a BrowsePlan, continues: bool) -> Self {
        let order = match plan.from {
            BrowseFrom::Latest if !continues => Order::Newest(Newest::new(plan.count, plan.budget_bytes)),
            _ => Order::AsRead { records: Vec::new(), bytes: 0 },
        };
        Self { plan, order, compared: plan.query.as_ref().map(UnknownFacts::of) }
    }

    /// Keeps `record` if it matches, in `budget_bytes`.
    pub(super) fn add(&mut self, record: BrowsedRecord, budget_bytes: usize) -> Added {
        let facts = self.plan.query.as_ref().map(|query| (query, record.facts(&self.plan.topic, query)));
        let is_wanted = !self.plan.only_damaged || record.content.is_err();
        let is_match = is_wanted && facts.as_ref().is_none_or(|(query, facts)| query.matches(facts));
        let size = record.kept_bytes();
        if is_match
            && let Order::AsRead { records, bytes } = &self.order
            && *bytes + size > budget_bytes
            && !records.is_empty()
        {
            // The next page reads it again, and counts it.
            return Added::Full;
        }
        if let (Some((_, facts)), Some(compared)) = (&facts, &mut self.compared) {
            compared.add(facts);
        }
        drop(facts);
        if !is_match {
            return Added::Other;
        }
        match &mut self.order {
            Order::AsRead { records, bytes } => {
                *bytes += size;
                records.push(record);
            }
            Order::Newest(newest) => newest.add(record),
        }
        Added::Kept
    }

    pub(super) fn len(&self) -> usize {
        match &self.order {
            Order::AsRead { records, .. } => records.len(),
            Order::Newest(newest) => newest.len(),
        }
    }

    /// Whether as many records match as the plan asks for, whichever partitions they are from. The newest ones are known
    /// only when all were read.
    pub(super) fn has_all(&self) -> bool {
        let is_in_order = matches!(self.order, Order::AsRead { .. });
        self.plan.is_selective() && is_in_order && self.len() >= self.plan.count
    }

    pub(super) fn into_records(self) -> KeptRecords {
        match self.order {
            Order::AsRead { records, .. } => (records, false, self.compared),
            Order::Newest(newest) => {
                let is_cut = newest.cut_by_budget;
                (newest.into_records(), is_cut, self.compared)
            }
        }
    }
}
