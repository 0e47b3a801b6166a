//! Keeps the lease alive while the write lane is at work on something long.
//!
//! Each round trip of the lane shows that its session still holds the lock, but one statement of it may take longer than
//! the lease lasts, and then every decision would be refused for the sake of one large group. So a session of its own
//! looks in PostgreSQL's list of locks whether the lane's session still has it. What it saw was so after it asked, which
//! is what the deadline needs.

use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::Duration;

use super::StoreError;
use super::connection::{Address, Conn};
use super::lease::{self, Deadline};

/// A quarter of the lease.
const INTERVAL: Duration = Duration::from_millis(500);

/// Beats for as long as it lives.
pub(super) struct Pulse(#[expect(dead_code, reason = "the thread ends when the sender is gone")] Sender<()>);

impl Pulse {
    /// Starts watching the session of `holder`.
    pub fn start(address: Address, holder: String, deadline: Deadline) -> Result<Self, StoreError> {
        let (alive, watched) = channel();
        std::thread::Builder::new()
            .name("pulse".to_owned())
            .spawn(move || beat(&address, &holder, &deadline, &watched))
            .map_err(|error| StoreError::Unavailable(format!("no thread for the pulse: {error}")))?;
        Ok(Self(alive))
    }
}

fn beat(address: &Address, holder: &str, deadline: &Deadline, watched: &Receiver<()>) {
    let mut conn = None;
    while watched.recv_timeout(INTERVAL) == Err(RecvTimeoutError::Timeout) {
        let began = lease::boottime();
        match look(address, &mut conn, holder) {
            Ok(true) => deadline.extend(began),
            Ok(false) => {}
            // The lane finds the same and says so; here it only means that nothing was seen.
            Err(error) => {
                conn = None;
                tracing::debug!(error = %error, "the lock could not be looked at: {error}");
            }
        }
    }
}

fn look(address: &Address, conn: &mut Option<Conn>, holder: &str) -> Result<bool, StoreError> {
    let conn = match conn {
        Some(conn) => conn,
        none => none.insert(address.open()?),
    };
    lease::is_held(conn, holder)
}
