//! Files that stand for content that is elsewhere: links and pointers of data version control.

/// Where the content of a file is instead of here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ContentStore {
    /// In git-annex: a link or a pointer below `.git/annex/objects`.
    GitAnnex,
    /// In Git Large File Storage: a pointer of three lines.
    GitLfs,
    /// In DVC: a `.dvc` file, or a link into its cache.
    Dvc,
    /// Nowhere: a link whose target does not exist.
    Nowhere,
}

impl ContentStore {
    /// With an article.
    pub fn name(self) -> &'static str {
        match self {
            Self::GitAnnex => "a git-annex link",
            Self::GitLfs => "a Git LFS pointer",
            Self::Dvc => "a DVC pointer",
            Self::Nowhere => "a link to a file that does not exist",
        }
    }

    /// In a list of counts.
    pub fn short_name(self) -> &'static str {
        match self {
            Self::GitAnnex => "git-annex link",
            Self::GitLfs => "Git LFS pointer",
            Self::Dvc => "DVC pointer",
            Self::Nowhere => "broken link",
        }
    }

    /// Why the file cannot be sent, and what to do.
    pub fn reason(self) -> &'static str {
        match self {
            Self::GitAnnex => "only its git-annex link is here, without the content; fetch it with git annex get",
            Self::GitLfs => "only its Git LFS pointer is here, without the content; fetch it with git lfs pull",
            Self::Dvc => "only its DVC pointer is here, without the content; fetch it with dvc pull",
            Self::Nowhere => "it is a link to a file that does not exist",
        }
    }
}
