//! The `portcullis` binary: parses the command line and hands over to [`portcullis::cli`].

/// A request allocates some hundred times, on many threads; this allocator serves it in less time than the system's
/// (measured: `docs/performance.md`).
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    // Before anything else: whatever this process makes, the database above all, is its owner's alone.
    rustix::process::umask(rustix::fs::Mode::RWXG | rustix::fs::Mode::RWXO);
    portcullis::cli::run()
}
