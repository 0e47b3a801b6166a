//! Chance as an argument: whoever needs random bytes is handed a [`Chance`], so that tests can repeat themselves.

/// A source of random bytes. The system's is cryptographically secure.
pub trait Chance: Send + Sync {
    /// Fills `bytes`.
    fn fill(&self, bytes: &mut [u8]);
}

/// The operating system's generator. If it fails, the process ends: there is no safe way on without it.
#[cfg(feature = "server")]
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemChance;

#[cfg(feature = "server")]
impl Chance for SystemChance {
    #[expect(clippy::disallowed_methods, reason = "the one place that asks the system for chance")]
    fn fill(&self, bytes: &mut [u8]) {
        if getrandom::fill(bytes).is_err() {
            std::process::abort();
        }
    }
}

/// For tests: 1, 2, 3 … as bytes, never the same sequence twice from one instance.
#[cfg(test)]
#[derive(Debug, Default)]
pub struct CountingChance(std::sync::atomic::AtomicU64);

#[cfg(test)]
impl Chance for CountingChance {
    fn fill(&self, bytes: &mut [u8]) {
        let n = self.0.fetch_add(1, std::sync::atomic::Ordering::Relaxed) + 1;
        for (at, byte) in bytes.iter_mut().rev().enumerate() {
            *byte = n.to_le_bytes().get(at).copied().unwrap_or(0);
        }
    }
}
