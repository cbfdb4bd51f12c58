//! The `msee` command.

#![forbid(unsafe_code)]

fn main() -> std::process::ExitCode {
    msee::cli::main()
}
