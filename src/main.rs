//! The `msee` command.

fn main() {}
