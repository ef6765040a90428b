//! How long the disk takes to make 8 KiB durable: the yardstick beside every figure.
use std::fs::File;
use std::io::{Seek, SeekFrom, Write};
use std::path::Path;
use std::time::{Duration, Instant};

use serde::Serialize;

use crate::Result;

/// Bytes written before each flush: one page of PostgreSQL.
const PAGE: [u8; 8192] = [0x5a; 8192];

/// Seconds the probe lasts.
const LASTS: Duration = Duration::from_secs(1);

/// What the probe saw.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Flush {
    pub flushes: usize,
    pub median_us: u64,
    pub p99_us: u64,
}

/// Writes and flushes one page after another into a file in `folder`, for about a second.
///
/// The file is filled beforehand, so that the probe measures flushes and not the file's growth.
pub fn probe(folder: &Path) -> Result<Flush> {
    const PAGES: u64 = 256;
    let path = folder.join("flush-probe");
    let mut file = File::create(&path)?;
    for _ in 0..PAGES {
        file.write_all(&PAGE)?;
    }
    file.sync_all()?;
    let (began, mut times) = (Instant::now(), Vec::new());
    while began.elapsed() < LASTS {
        let page = times.len() as u64 % PAGES;
        file.seek(SeekFrom::Start(page * PAGE.len() as u64))?;
        let at = Instant::now();
        file.write_all(&PAGE)?;
        file.sync_data()?;
        times.push(u64::try_from(at.elapsed().as_micros())?);
    }
    drop(file);
    std::fs::remove_file(&path)?;
    times.sort_unstable();
    let at = |share: usize| times[(times.len() * share / 100).min(times.len() - 1)];
    Ok(Flush { flushes: times.len(), median_us: at(50), p99_us: at(99) })
}
