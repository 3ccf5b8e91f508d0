//! What clients see of the broker over the wire, in one test binary: each binary compiles the client and the messages
//! again. Tests that limit or measure their process have binaries of their own: descriptors, fuzz, kills.

#![allow(clippy::unwrap_used, clippy::expect_used)]

#[path = "../common/mod.rs"]
mod common;

mod admin;
mod configs;
mod frames;
mod groups;
mod limits;
mod policies;
mod records;
mod refusals;
mod restarts;
mod topics;
