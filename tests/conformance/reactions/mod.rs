//! What a speaker must answer to octets that no speaker sends, as a table: a case is a row with a name, its RFC and section,
//! what the peer sends, what comes back on the wire, and what a second peer is told.
//!
//! Each file of [`rows`] has one test that plays its rows against `msee`; [`compare`] plays all of them against BIRD and FRR as
//! well. Cases run side by side on sessions of their own with one daemon; nothing of it is asked but what it puts on the wire,
//! and nothing of the code under test reads that.

mod case;
mod compare;
mod md5;
mod rows;
mod run;
mod speaker;
mod stand;
mod update;
mod watcher;
mod wire;
