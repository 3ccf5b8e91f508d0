//! Files that a run would not send, by name.

/// Names of files that would not be sent: of each kind the first [`PassedOver::NAMES_MAX`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PassedOver {
    /// Images without a label, and why.
    pub without_label: Vec<(String, String)>,
    /// Files that are not images, and what they are instead.
    pub not_images: Vec<(String, String)>,
    /// What cannot be read, and images whose content is elsewhere, and why.
    pub unreadable: Vec<(String, String)>,
}

impl PassedOver {
    /// Names that are kept of each kind.
    pub const NAMES_MAX: usize = 1_000;

    pub(super) fn add(names: &mut Vec<(String, String)>, name: impl FnOnce() -> String, why: impl FnOnce() -> String) {
        if names.len() < Self::NAMES_MAX {
            names.push((name(), why()));
        }
    }
}
