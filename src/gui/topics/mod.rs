//! The tab Topics: the topics of the broker and their records, and its consumer groups. No group is joined, and nothing is
//! committed but by a reset that was confirmed.

mod cells;
mod cluster;
mod detail;
mod detail_panel;
mod feed;
mod group_page;
mod group_parts;
mod group_table;
mod json_text;
mod lines;
mod page;
mod page_bar;
mod record_table;
mod reset;
mod reset_dialog;
mod settings;
mod tab;
mod tail;
mod timeline;
mod topic_table;
mod view;

pub use settings::TopicsSettings;
pub use tab::{TopicsTab, TopicsView};
pub use tail::Tail;
