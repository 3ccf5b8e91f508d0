//! The partitions and the members of a group, as tables.

use std::time::Duration;

use eframe::egui::{Align, Layout, ScrollArea, Ui};
use egui_extras::{Column, TableBuilder};

use super::cells::{HEADER_HEIGHT, ROW_HEIGHT, figure, fixed, heading, space_table, unknown, words};
use crate::gui::format;
use crate::gui::widgets::card::caption;
use kafka_image_bench_core::groups::{AssignedPartitions, GroupMember, GroupReading, GroupSummary};
use kafka_image_bench_core::lag::PartitionLag;

const PARTITION_HEADINGS: [(&str, &str, bool); 8] = [
    ("Topic", "", false),
    ("Partition", "", true),
    ("Committed", "Where the group continues", true),
    ("End", "The offset that the next record gets", true),
    ("Lag", "Records that wait", true),
    ("Read/s", "Records per second that the group commits", true),
    ("Left", "Until nothing waits, if records come and are read as fast as now", true),
    ("Member", "Which consumer has it", false),
];
const TABLE_HEIGHT: f32 = 320.0;

pub(super) fn partitions_ui(ui: &mut Ui, reading: &GroupReading, summary: Option<&GroupSummary>) {
    let partitions = &reading.lag.partitions;
    if partitions.is_empty() {
        caption(ui, "The group has committed no offsets");
        return;
    }
    ScrollArea::horizontal().id_salt("group-partitions").auto_shrink([false, true]).show(ui, |ui| {
        space_table(ui);
        let table = TableBuilder::new(ui)
            .id_salt("group-partitions-table")
            .max_scroll_height(TABLE_HEIGHT)
            .cell_layout(Layout::right_to_left(Align::Center))
            .column(Column::remainder().at_least(120.0).clip(true))
            .column(fixed(64.0))
            .columns(Column::exact(92.0), 2)
            .columns(Column::exact(78.0), 3)
            .column(Column::exact(150.0).clip(true));
        let table = table.header(HEADER_HEIGHT, |mut header| {
            for (name, help, is_number) in PARTITION_HEADINGS {
                header.col(|ui| heading(ui, name, help, is_number));
            }
        });
        table.body(|body| {
            body.rows(ROW_HEIGHT, partitions.len(), |mut row| {
                let index = row.index();
                let one = &partitions[index];
                let rates = reading.rates.get(index).copied().unwrap_or_default();
                row.col(|ui| words(ui, &one.topic, &one.topic));
                row.col(|ui| figure(ui, &one.partition.to_string(), ""));
                row.col(|ui| match one.committed_offset {
                    Some(offset) => figure(ui, &offset_text(offset), &caution(one)),
                    None => unknown(ui, "The group has not committed on this partition"),
                });
                row.col(|ui| figure(ui, &offset_text(one.end_offset), ""));
                row.col(|ui| match one.lag {
                    Some(lag) => figure(ui, &format::count(lag), &format::counted_exactly(lag, "record", "records")),
                    None => unknown(ui, "The group has not committed on this partition"),
                });
                row.col(|ui| match rates.consumed_per_s {
                    Some(rate) => figure(ui, &format::scaled(rate), &format!("{rate:.3} records/s")),
                    None => unknown(ui, "Needs two readings with a committed offset"),
                });
                row.col(|ui| match rates.left_s.and_then(|left| Duration::try_from_secs_f64(left).ok()) {
                    Some(_) if one.lag == Some(0) => figure(ui, "0 s", "Nothing waits"),
                    Some(left) => figure(ui, &format::duration(left), ""),
                    None => unknown(ui, "Not known, or the lag does not shrink"),
                });
                row.col(|ui| match summary.and_then(|summary| summary.member_of(&one.topic, one.partition)) {
                    Some(member) => words(ui, &member.client_id, &format!("{} at {}", member.id, member.host)),
                    None => words(ui, "–", "No member that the broker describes has it"),
                });
            });
        });
    });
}

fn offset_text(offset: i64) -> String {
    format::exact(u64::try_from(offset).unwrap_or(0))
}

/// What is wrong with a committed offset.
fn caution(one: &PartitionLag) -> String {
    if one.lost > 0 {
        let lost = format::counted_exactly(one.lost, "record was", "records were");
        return format!("{lost} deleted before the group read them");
    }
    if one.beyond_end > 0 {
        return format!("{} beyond the end: the topic was recreated or truncated", format::exact(one.beyond_end));
    }
    String::new()
}

const MEMBER_HEADINGS: [(&str, &str, bool); 4] =
    [("Client", "client.id", false), ("Host", "", false), ("Partitions", "", true), ("Which", "", false)];

pub(super) fn members_ui(ui: &mut Ui, members: &[GroupMember]) {
    if members.is_empty() {
        caption(ui, "The group has no members at the moment");
        return;
    }
    ScrollArea::horizontal().id_salt("group-members").auto_shrink([false, true]).show(ui, |ui| {
        space_table(ui);
        let table = TableBuilder::new(ui)
            .id_salt("group-members-table")
            .max_scroll_height(TABLE_HEIGHT)
            .cell_layout(Layout::left_to_right(Align::Center))
            .column(Column::exact(200.0).clip(true))
            .column(Column::exact(150.0).clip(true))
            .column(fixed(80.0))
            .column(Column::remainder().at_least(160.0).clip(true));
        let table = table.header(HEADER_HEIGHT, |mut header| {
            for (name, help, is_number) in MEMBER_HEADINGS {
                header.col(|ui| heading(ui, name, help, is_number));
            }
        });
        table.body(|body| {
            body.rows(ROW_HEIGHT, members.len(), |mut row| {
                let member = &members[row.index()];
                row.col(|ui| words(ui, &member.client_id, &member.id));
                row.col(|ui| words(ui, &member.host, ""));
                let assigned = member.assigned.as_deref();
                row.col(|ui| match assigned {
                    Some(assigned) => {
                        let count = assigned.iter().map(|one| one.partitions.len()).sum::<usize>();
                        figure(ui, &format::exact(count as u64), "");
                    }
                    None => unknown(ui, "The broker does not report them"),
                });
                row.col(|ui| {
                    let text = assigned_text(assigned.unwrap_or_default());
                    words(ui, &text, &text);
                });
            });
        });
    });
}

/// `harbour 0–3, 7; quay 1`.
fn assigned_text(assigned: &[AssignedPartitions]) -> String {
    let of_topic = |one: &AssignedPartitions| {
        let mut parts: Vec<(i32, i32)> = Vec::new();
        for &number in &one.partitions {
            match parts.last_mut() {
                Some((_, last)) if *last + 1 == number => *last = number,
                _ => parts.push((number, number)),
            }
        }
        let text = |&(first, last): &(i32, i32)| {
            if first == last { first.to_string() } else { format!("{first}–{last}") }
        };
        let parts: Vec<String> = parts.iter().map(text).collect();
        format!("{} {}", one.topic, parts.join(", "))
    };
    assigned.iter().map(of_topic).collect::<Vec<_>>().join("; ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn partitions_in_a_row_are_written_as_a_range() {
        let of = |topic: &str, partitions: &[i32]| AssignedPartitions {
            topic: topic.to_owned(),
            partitions: partitions.to_vec(),
        };
        assert_eq!(assigned_text(&[of("harbour", &[0, 1, 2, 7]), of("quay", &[1])]), "harbour 0–2, 7; quay 1");
        assert_eq!(assigned_text(&[]), "");
    }
}
