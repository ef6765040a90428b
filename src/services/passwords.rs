//! Passwords: what may be one, and the bounded pool that hashes them.
//!
//! Rules as OWASP ASVS 5.0 V6.2 asks: length instead of composition, any characters, nothing that everybody tries first.
//! A hash takes 64 MiB and about 130 ms: two at once, so that log-ins can take neither the memory nor both processors.

use std::sync::{Condvar, Mutex, PoisonError};
use std::time::Duration;

use unicode_normalization::UnicodeNormalization;
use zeroize::Zeroizing;

use super::App;
use super::error::{Error, Result};
use crate::crypto::password::{self, PASSWORD_MAX_BYTES};

/// Fewest characters of a password.
pub const PASSWORD_MIN: usize = 8;
/// Most characters of a password.
pub const PASSWORD_MAX: usize = 128;
/// Hashes made at once.
const AT_ONCE: usize = 2;
/// Callers that may wait for their turn; beyond it the service answers that it cannot now.
const WAITING_MAX: usize = 32;
/// How long one waits at most: a full queue is done in about 2 s.
const WAIT: Duration = Duration::from_secs(10);

/// Why a text cannot be the password.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PasswordFault {
    /// Fewer than [`PASSWORD_MIN`] characters.
    TooShort,
    /// More than [`PASSWORD_MAX`] characters.
    TooLong,
    /// The learner's own name, document or account number.
    Personal,
    /// One of those that are tried first, or one character repeated.
    TooCommon,
}

/// What many people choose, in lower case; what is shorter than [`PASSWORD_MIN`] need not stand here.
#[rustfmt::skip] // one a line would be a hundred lines
const COMMON: &[&str] = &[
    "00000000", "000000000", "0123456789", "01234567", "11111111", "111111111", "1111111111", "11223344",
    "1122334455", "12121212", "12341234", "12344321", "123123123", "12345678", "123456789", "1234567890",
    "12345678910", "123456abc", "123456aa", "1234qwer", "123321123", "13145200", "131452000", "147258369",
    "147852369", "1q2w3e4r", "1q2w3e4r5t", "1qaz2wsx", "1qazxsw2", "20082008", "5201314520", "520131400", "52013140",
    "66666666", "666666666", "789456123", "87654321", "88888888", "888888888", "963852741", "987654321", "9876543210",
    "99999999", "a1234567", "a12345678", "a123456789", "aa123456", "aa12345678", "aaaaaaaa", "abc12345", "abc123456",
    "abcd1234", "abcdefgh", "admin123", "administrator", "asdfghjk", "asdfghjkl", "baseball", "football", "iloveyou",
    "kaifeng123", "letmein123", "mima1234", "mima12345678", "p@ssw0rd", "passw0rd", "password", "password1",
    "password12", "password123", "qaz123456", "qazwsxedc", "qq123456", "qq123456789", "qwer1234", "qwerasdf",
    "qwert12345", "qwerty123", "qwertyui", "qwertyuiop", "sunshine", "super123", "trustno1", "w123456789",
    "wang123456", "welcome1", "woaini123", "woaini1314", "woaini520", "xuefen123", "xuefenyinhang", "xuexi123",
    "zhang123456", "zxcvbnm1", "zxcvbnm123", "zz123456", "学分银行学分银行", "我爱你我爱你我爱你",
];

/// The one form in which a password is hashed (RFC 8265, OpaqueString): NFC, every space an ordinary one. Input methods
/// on two phones may write the same characters differently.
pub fn canonical(password: &str) -> Zeroizing<String> {
    Zeroizing::new(password.nfc().map(|c| if c.is_whitespace() { ' ' } else { c }).collect())
}

/// Checks a password to be set; `personal` is what everybody who knows the learner would try.
pub fn check(password: &str, personal: &[&str]) -> std::result::Result<(), PasswordFault> {
    let canonical = canonical(password);
    let length = canonical.chars().count();
    if length < PASSWORD_MIN {
        return Err(PasswordFault::TooShort);
    }
    if length > PASSWORD_MAX || canonical.len() > PASSWORD_MAX_BYTES {
        return Err(PasswordFault::TooLong);
    }
    let bare = |text: &str| -> Zeroizing<String> {
        Zeroizing::new(text.nfkc().flat_map(char::to_lowercase).filter(|c| c.is_alphanumeric()).collect())
    };
    let own = bare(password);
    if personal.iter().map(|text| bare(text)).any(|text| !text.is_empty() && text == own) {
        return Err(PasswordFault::Personal);
    }
    let lower = Zeroizing::new(canonical.to_lowercase());
    let first = canonical.chars().next();
    if COMMON.contains(&lower.as_str()) || canonical.chars().all(|c| Some(c) == first) {
        return Err(PasswordFault::TooCommon);
    }
    Ok(())
}

impl App {
    /// The hash of a password that [`check`] let pass, in its turn.
    pub fn hash_password(&self, password: &str) -> Result<String> {
        let password = canonical(password);
        POOL.run(|| password::hash(&self.keys, &*self.ids, &password))
    }

    /// Whether `password` is the one hashed, in its turn. Without a stored hash the same work is done for nothing.
    pub fn verify_password(&self, password: &str, stored: Option<&str>) -> Result<bool> {
        let password = canonical(password);
        // What is too long to have been set is not hashed at all, whoever it is for.
        let (password, stored) =
            if password.len() > PASSWORD_MAX_BYTES { ("", None) } else { (password.as_str(), stored) };
        POOL.run(|| password::verify(&self.keys, password, stored))
    }
}

/// One pool for the process: it bounds the memory of the process.
static POOL: Pool = Pool { places: Mutex::new(Places { running: 0, waiting: 0 }), freed: Condvar::new() };

struct Pool {
    places: Mutex<Places>,
    freed: Condvar,
}

struct Places {
    running: usize,
    waiting: usize,
}

impl Pool {
    /// Runs `work` when it is its turn; unavailable when too many wait.
    fn run<T>(&self, work: impl FnOnce() -> T) -> Result<T> {
        let _place = self.enter()?;
        Ok(work())
    }

    fn enter(&self) -> Result<Place<'_>> {
        let mut places = self.places.lock().unwrap_or_else(PoisonError::into_inner);
        if places.running >= AT_ONCE {
            if places.waiting >= WAITING_MAX {
                return Err(Error::Unavailable);
            }
            places.waiting += 1;
            let waited = self.freed.wait_timeout_while(places, WAIT, |places| places.running >= AT_ONCE);
            places = waited.unwrap_or_else(PoisonError::into_inner).0;
            places.waiting -= 1;
            if places.running >= AT_ONCE {
                return Err(Error::Unavailable);
            }
        }
        places.running += 1;
        Ok(Place(self))
    }
}

/// A place taken; given back when dropped, a panic included.
struct Place<'a>(&'a Pool);

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.0.places.lock().unwrap_or_else(PoisonError::into_inner).running -= 1;
        self.0.freed.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    const PERSONAL: &[&str] = &["阿依古丽·买买提江·吐尔逊", "41029920060315008X", "123456789012"];

    #[test]
    fn length_counts_characters_and_any_characters_do() {
        assert_eq!(check("", PERSONAL), Err(PasswordFault::TooShort));
        assert_eq!(check("abc 123", PERSONAL), Err(PasswordFault::TooShort));
        assert_eq!(check("abc 1234", PERSONAL), Ok(()));
        assert_eq!(check("纸船顺水漂到海边", PERSONAL), Ok(()));
        assert_eq!(check("        x", PERSONAL), Ok(()));
        assert_eq!(check(&"𠮷船".repeat(64), PERSONAL), Ok(()));
        assert_eq!(check(&"ab".repeat(65), PERSONAL), Err(PasswordFault::TooLong));
    }

    #[test]
    fn what_everybody_would_try_is_refused() {
        for common in ["password", "Password123", "12345678", "88888888", "zzzzzzzzzz", "林林林林林林林林"] {
            assert_eq!(check(common, PERSONAL), Err(PasswordFault::TooCommon), "{common}");
        }
        for own in ["阿依古丽·买买提江·吐尔逊", "阿依古丽 买买提江 吐尔逊", "41029920060315008x", "1234 5678 9012"]
        {
            assert_eq!(check(own, PERSONAL), Err(PasswordFault::Personal), "{own}");
        }
    }

    #[test]
    fn every_listed_password_could_otherwise_be_chosen() {
        for common in COMMON {
            assert!(common.chars().count() >= PASSWORD_MIN && *common == common.to_lowercase(), "{common}");
        }
    }

    #[test]
    fn two_spellings_of_the_same_characters_are_one_password() {
        assert_eq!(canonical("e\u{301}cole\u{3000}1"), canonical("école 1"));
        assert_ne!(canonical("Ab"), canonical("ab"));
    }

    #[test]
    fn the_pool_is_bounded() {
        static POOL: Pool = Pool { places: Mutex::new(Places { running: 0, waiting: 0 }), freed: Condvar::new() };
        static NOW: AtomicUsize = AtomicUsize::new(0);
        static MOST: AtomicUsize = AtomicUsize::new(0);
        let refused: usize = std::thread::scope(|scope| {
            let callers: Vec<_> = (0..AT_ONCE + WAITING_MAX + 8)
                .map(|_| {
                    scope.spawn(|| {
                        POOL.run(|| {
                            MOST.fetch_max(NOW.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                            std::thread::sleep(Duration::from_millis(20));
                            NOW.fetch_sub(1, Ordering::SeqCst);
                        })
                        .is_err()
                    })
                })
                .collect();
            callers.into_iter().map(|caller| usize::from(caller.join().expect("no panic"))).sum()
        });
        assert!(MOST.load(Ordering::SeqCst) <= AT_ONCE);
        assert!(refused <= 8, "{refused} of those that fit were refused");
        assert!(POOL.run(|| ()).is_ok(), "places are given back");
    }
}
