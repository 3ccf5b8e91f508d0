//! A race between configurations: measured in turns until one can be taken.

mod fit;
mod look;
mod machine;

pub(crate) use machine::{Dropped, Ending, Exit, Race, Round, Rules};
