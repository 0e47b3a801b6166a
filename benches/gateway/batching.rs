//! Creating people from 64 connections at once on SQLite: changes that share a commit beside one commit per change,
//! through the same code, in turn.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use portcullis::scim::Dialect;

use crate::site::Site;
use crate::{Outcome, percentile};

const CONNECTIONS: usize = 64;
const ROUND: Duration = Duration::from_millis(700);

/// Creates a second: `shared` and `single` are medians, `ratio` the median of the rounds' ratios.
pub async fn measure(rounds: usize, folder: &Path) -> Outcome<String> {
    let shared = Arc::new(Site::open(folder, "shared", None, usize::MAX, Dialect::Okta).await?);
    let single = Arc::new(Site::open(folder, "single", None, 1, Dialect::Okta).await?);
    let (mut with, mut without, mut ratios) = (Vec::new(), Vec::new(), Vec::new());
    for round in 0..=rounds {
        let (one, other) = (rate(&shared, round).await?, rate(&single, round).await?);
        // The first round fills caches.
        if round > 0 {
            with.push(one);
            without.push(other);
            ratios.push(one / other);
        }
    }
    let (with, without) = (percentile(&mut with, 0.5), percentile(&mut without, 0.5));
    let ratio = percentile(&mut ratios, 0.5);
    Ok(format!("{{\"shared\":{with:.0},\"single\":{without:.0},\"ratio\":{ratio:.2}}}"))
}

async fn rate(site: &Arc<Site>, round: usize) -> Outcome<f64> {
    let made = Arc::new(AtomicU64::new(0));
    let start = Instant::now();
    let connections: Vec<_> = (0..CONNECTIONS)
        .map(|connection| {
            let (site, made) = (Arc::clone(site), Arc::clone(&made));
            tokio::spawn(async move {
                let mut n = 0_u64;
                while start.elapsed() < ROUND {
                    site.create_user(&format!("u{round}-{connection}-{n}")).await?;
                    made.fetch_add(1, Ordering::Relaxed);
                    n += 1;
                }
                Outcome::Ok(())
            })
        })
        .collect();
    for connection in connections {
        connection.await??;
    }
    Ok(made.load(Ordering::Relaxed) as f64 / start.elapsed().as_secs_f64())
}
