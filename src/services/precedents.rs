//! The public register of precedents.

use super::App;
use super::error::Result;
use crate::store::precedent;
pub use crate::store::precedent::{PrecedentRow, RegisterPlace, Wanted};

impl App {
    /// A page of the register, the newest month first; for everybody. Answers where the next one begins.
    pub fn list_precedents(
        &self,
        wanted: &Wanted,
        after: Option<RegisterPlace>,
        limit: i64,
    ) -> Result<(Vec<PrecedentRow>, Option<RegisterPlace>)> {
        let mut rows = self.db.read(|conn| precedent::list(conn, wanted, after, limit + 1))?;
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let more = rows.len() > limit;
        rows.truncate(limit);
        let next = rows.last().filter(|_| more).map(|row| (row.decided_in.clone(), row.id));
        Ok((rows, next))
    }
}
