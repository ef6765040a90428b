//! Secrets of API clients: 256 random bits, shown once, kept as keyed digests. Two stand at most, the old one until a day.

use chrono::{Days, NaiveDate};
use zeroize::Zeroizing;

use super::App;
use super::error::{Error, Result};
use crate::crypto::digest::Hash;
use crate::crypto::keys::{Purpose, same};
use crate::domain::ids::ClientId;
use crate::domain::invalid::{Invalid, Reason};
use crate::domain::time::{BEIJING, Instant};
use crate::store::client;
use crate::store::client_secret::{self, NewSecret};

/// How many days an old secret may stand beside the new one.
pub const OVERLAP_DAYS: u64 = 90;
/// Secrets of one client that are compared: the new one and the old one.
const SECRETS_MAX: usize = 2;

impl App {
    /// A fresh secret of a client and its digest.
    pub(super) fn new_client_secret(&self, client: ClientId) -> (Zeroizing<String>, Hash) {
        let mut bytes = Zeroizing::new([0_u8; 32]);
        self.ids.fill(bytes.as_mut());
        let secret = Zeroizing::new(hex::encode(bytes.as_ref()));
        let digest = self.secret_digest(client, &secret);
        (secret, digest)
    }

    /// Whether a secret of `client` stands that is this one. The comparisons are made for unknown clients too, so that both
    /// refusals cost the same.
    pub(super) fn secret_holds(&self, client: ClientId, secret: &str) -> Result<bool> {
        let now = self.clock.now();
        let stored = self.db.read(|conn| client_secret::standing(conn, client, now))?;
        let digest = self.secret_digest(client, secret);
        let none = vec![0; digest.len()];
        let slots = (0..SECRETS_MAX).map(|n| stored.get(n).unwrap_or(&none));
        Ok(slots.fold(false, |found, stored| found | same(stored, &digest)))
    }

    /// Gives a client a new secret. The old one stands to the end of `old_until` (Beijing), or not at all any more; with
    /// `end_tokens`, nor does any token.
    pub fn rotate_client_secret(
        &self,
        client: ClientId,
        old_until: Option<NaiveDate>,
        end_tokens: bool,
    ) -> Result<Zeroizing<String>> {
        let (now, today) = (self.clock.now(), self.clock.today());
        let until = match old_until {
            None => now,
            Some(day) => {
                let last = today.checked_add_days(Days::new(OVERLAP_DAYS)).unwrap_or(today);
                if day < today || day > last {
                    let mut invalid = Invalid::default();
                    invalid.push("/old_until", Reason::range(today, last));
                    return Err(invalid.into());
                }
                end_of(day)
            }
        };
        let (secret, digest) = self.new_client_secret(client);
        self.db.write(|conn| {
            client::state(conn, client)?.ok_or(Error::NotFound)?;
            client_secret::keep_newest_until(conn, client, now, until)?;
            client_secret::insert(conn, &NewSecret { client, digest: &digest, at: now })?;
            if end_tokens {
                client::end_tokens(conn, client)?;
            }
            self.note_change(conn, None, "rotate_client_secret", &format!("client {client}"))
        })?;
        Ok(secret)
    }

    /// Takes every secret of a client away: it proves itself by its keys alone. With `end_tokens`, no token of its stands any
    /// more either. False when it had none.
    pub fn remove_client_secrets(&self, client: ClientId, end_tokens: bool) -> Result<bool> {
        self.db.write(|conn| {
            client::state(conn, client)?.ok_or(Error::NotFound)?;
            let gone = client_secret::remove_all(conn, client)?;
            if end_tokens {
                client::end_tokens(conn, client)?;
            }
            self.note_change(conn, None, "remove_client_secrets", &format!("client {client}"))?;
            Ok(gone > 0)
        })
    }

    fn secret_digest(&self, id: ClientId, secret: &str) -> Hash {
        self.keys.digest(Purpose::Secret, &[b"client", id.uuid().as_bytes(), secret.as_bytes()])
    }
}

/// The first instant after a day in Beijing.
fn end_of(day: NaiveDate) -> Instant {
    let next = day.succ_opt().unwrap_or(day).and_time(chrono::NaiveTime::MIN);
    let at = next.and_local_timezone(BEIJING).single().map(|at| at.to_utc());
    at.map_or(Instant::from_micros(0), Instant::from_datetime)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_ends_at_midnight_in_beijing() {
        let day = NaiveDate::from_ymd_opt(2026, 9, 30).expect("a date");
        assert_eq!(end_of(day).to_string(), "2026-09-30T16:00:00.000000Z");
    }
}
