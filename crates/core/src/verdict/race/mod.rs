//! A race between configurations: measured in turns until one can be taken.

mod fit;
mod look;
mod machine;

pub(crate) use machine::{Dropped, Ending, Exit, FIRST_ROUND_SHARE, Race, Round, Rules};
