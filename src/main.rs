//! The `msee` command.

fn main() -> std::process::ExitCode {
    msee::cli::main()
}
