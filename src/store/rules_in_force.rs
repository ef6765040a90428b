//! Which rule versions hold for a programme and cohort on a day.
//!
//! Which versions there are and how long each holds is read every time; what a published version says never changes, so
//! documents are kept per process under their digest.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use chrono::NaiveDate;
use diesel::RunQueryDsl;
use diesel::sql_types::{BigInt, Binary, Date, Nullable, Text};
use uuid::Uuid;

use super::book::{hash, word};
use super::conn::{Conn, on_backend};
use super::error::{Result, StoreError};
use super::hot::Hot;
use super::rule_set_version::{cohort, document};
use super::types::{Id16, Key};
use crate::conversion::rule_set::{Authority, RuleSetVersion};
use crate::crypto::digest::Hash;
use crate::domain::ids::RuleSetId;

/// Authorities above an institution that are asked for, one above the other: district, city, province, state.
pub(super) const AUTHORITIES_MAX: usize = 4;
/// Documents kept: a city has some hundred sets in force, and the largest is a few megabytes.
const DOCUMENTS_MAX: usize = 256;

/// What decides which sets hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RuleKeys {
    /// The programme aimed at.
    pub programme: Uuid,
    /// Its institution.
    pub institution: Uuid,
    /// The learner's cohort.
    pub cohort: i32,
}

/// When a version holds, and for whom.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Period {
    set: Uuid,
    version: i64,
    owner: Uuid,
    authority: Authority,
    digest: Hash,
    from: NaiveDate,
    to: Option<NaiveDate>,
    cohorts: (Option<i32>, Option<i32>),
}

impl Period {
    fn is_for(&self, cohort: i32) -> bool {
        self.cohorts.0.is_none_or(|first| first <= cohort) && self.cohorts.1.is_none_or(|last| cohort <= last)
    }

    /// Retired before its first day: as if it had never been.
    fn never_held(&self) -> bool {
        self.to.is_some_and(|to| to < self.from)
    }
}

/// Of each set the version that holds on a day: of those for the cohort, the one that began last; on one day, the later
/// version. What it superseded does not come back when it ends.
fn holding(periods: &[Period], cohort: i32, on: NaiveDate) -> Vec<&Period> {
    let mut newest: BTreeMap<Uuid, &Period> = BTreeMap::new();
    for period in periods.iter().filter(|p| p.is_for(cohort) && !p.never_held() && p.from <= on) {
        let stands = newest.entry(period.set).or_insert(period);
        if (stands.from, stands.version) < (period.from, period.version) {
            *stands = period;
        }
    }
    let mut held: Vec<&Period> =
        newest.into_values().filter(|period| period.to.is_none_or(|last| on <= last)).collect();
    held.sort_by_key(|period| (period.authority, period.set));
    held
}

/// The rule versions that hold on a day, outermost authority first, then by id of their sets. A version of an
/// institution's own set holds for its programmes; those of the authorities above it hold for them as well.
pub fn in_force(conn: &mut Conn, on: NaiveDate, keys: &RuleKeys) -> Result<Vec<Arc<RuleSetVersion>>> {
    let periods = periods(conn, keys.institution)?;
    let mut versions = Vec::new();
    for period in holding(&periods, keys.cohort, on) {
        let version = read_document(conn, period)?;
        let programmes = &version.document.programmes;
        if programmes.is_empty() || programmes.contains(&keys.programme) {
            versions.push(version);
        }
    }
    Ok(versions)
}

/// The versions published by now of which the first day is after `on`, soonest first; also those for other programmes, which
/// may follow one that is for this.
pub fn to_come(conn: &mut Conn, on: NaiveDate, keys: &RuleKeys) -> Result<Vec<Arc<RuleSetVersion>>> {
    let periods = periods(conn, keys.institution)?;
    beginning(&periods, keys.cohort, on).into_iter().map(|period| read_document(conn, period)).collect()
}

/// The periods that begin after a day, soonest first. One of the same set that begins on the same day takes its place.
fn beginning(periods: &[Period], cohort: i32, on: NaiveDate) -> Vec<&Period> {
    let mut begin: Vec<&Period> = periods
        .iter()
        .filter(|period| period.from > on && holding(periods, cohort, period.from).contains(period))
        .collect();
    begin.sort_by_key(|period| (period.from, period.authority, period.set));
    begin
}

/// When and for which cohorts a set is to hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reach {
    /// First day.
    pub from: NaiveDate,
    /// Last day; open when none.
    pub to: Option<NaiveDate>,
    /// First and last cohort; open where none.
    pub cohorts: (Option<i32>, Option<i32>),
}

/// The versions of outer authorities that hold at some time together with a set of `authority` of an institution's.
pub fn outer(
    conn: &mut Conn,
    institution: Uuid,
    authority: Authority,
    reach: &Reach,
) -> Result<Vec<Arc<RuleSetVersion>>> {
    let mut periods = periods(conn, institution)?;
    periods.retain(|period| period.authority < authority);
    beside(&periods, reach).into_iter().map(|period| read_document(conn, period)).collect()
}

/// The periods that hold on some day and for some cohort within `reach`. Who holds changes only where a period or its
/// cohorts begin or end, so it is enough to look there.
fn beside<'p>(periods: &'p [Period], reach: &Reach) -> Vec<&'p Period> {
    let within = |day: &NaiveDate| *day >= reach.from && reach.to.is_none_or(|to| *day <= to);
    let starts = periods.iter().map(|period| period.from).filter(within);
    let days: BTreeSet<NaiveDate> = starts.chain([reach.from]).collect();
    let (first, last) = (reach.cohorts.0.unwrap_or(i32::MIN), reach.cohorts.1.unwrap_or(i32::MAX));
    let edges = periods.iter().flat_map(|p| [p.cohorts.0, p.cohorts.1.and_then(|last| last.checked_add(1))]);
    let cohorts: BTreeSet<i32> =
        edges.flatten().filter(|cohort| (first..=last).contains(cohort)).chain([first]).collect();
    let mut found: Vec<&Period> = Vec::new();
    for &day in &days {
        for &cohort in &cohorts {
            for period in holding(periods, cohort, day) {
                if !found.contains(&period) {
                    found.push(period);
                }
            }
        }
    }
    found.sort_by_key(|period| (period.authority, period.set, period.version));
    found
}

/// What version `version` of a set says, whatever its state; for evaluating again what was decided under it.
pub fn version(conn: &mut Conn, set: RuleSetId, version: i64) -> Result<Option<RuleSetVersion>> {
    let Some(owner) = super::rule_set::get(conn, set)? else { return Ok(None) };
    let found = document(conn, set, version)?;
    let institution = owner.institution_id.uuid();
    Ok(found.map(|document| RuleSetVersion { rule_set: set.uuid(), version, institution, document }))
}

type PeriodRow = (Key, i64, Key, String, Vec<u8>, NaiveDate, Option<NaiveDate>, Option<i64>, Option<i64>);
type PeriodSql = (Id16, BigInt, Id16, Text, Binary, Date, Nullable<Date>, Nullable<BigInt>, Nullable<BigInt>);

/// Everything that was ever published for an institution.
fn periods(conn: &mut Conn, institution: Uuid) -> Result<Vec<Period>> {
    let owners = owners(conn, institution)?;
    let mut query = Hot::<PeriodSql>::new(
        "SELECT v.rule_set_id, v.version, s.institution_id, s.authority, v.digest, v.effective_from, v.effective_to, \
         v.cohort_from, v.cohort_to FROM rule_set s JOIN rule_set_version v ON v.rule_set_id = s.id \
         WHERE v.published_at IS NOT NULL AND v.state IN ('published', 'retired') AND s.institution_id ",
    );
    query.among(owners.iter().copied());
    let rows: Vec<PeriodRow> = on_backend!(conn, c => query.load(c))?;
    let mut periods = Vec::with_capacity(rows.len());
    for (Key(set), version, Key(owner), authority, digest, from, to, first, last) in rows {
        let authority = word("rule_set.authority", &authority)?;
        // Another institution's own rules hold there only, even those of the authority above.
        if authority == Authority::Institution && owner != institution {
            continue;
        }
        let cohorts = (cohort(first)?, cohort(last)?);
        periods.push(Period { set, version, owner, authority, digest: hash(&digest)?, from, to, cohorts });
    }
    Ok(periods)
}

/// An institution and the authorities above it.
pub fn owners(conn: &mut Conn, institution: Uuid) -> Result<Vec<Uuid>> {
    let mut owners = vec![institution];
    while owners.len() <= AUTHORITIES_MAX {
        let mut query = Hot::<Nullable<Id16>>::new("SELECT authority_id FROM institution WHERE id = ");
        query.bind(owners[owners.len() - 1]);
        let above: Vec<Option<Key>> = on_backend!(conn, c => query.load(c))?;
        match above.into_iter().next().flatten() {
            Some(Key(authority)) if !owners.contains(&authority) => owners.push(authority),
            _ => break,
        }
    }
    Ok(owners)
}

type Documents = HashMap<(Uuid, i64, Hash), Arc<RuleSetVersion>>;
static DOCUMENTS: LazyLock<Mutex<Documents>> = LazyLock::new(Mutex::default);

fn read_document(conn: &mut Conn, period: &Period) -> Result<Arc<RuleSetVersion>> {
    let key = (period.set, period.version, period.digest);
    if let Some(known) = DOCUMENTS.lock().unwrap_or_else(PoisonError::into_inner).get(&key) {
        return Ok(Arc::clone(known));
    }
    let set = RuleSetId::from_uuid(period.set);
    let document = document(conn, set, period.version)?
        .ok_or_else(|| StoreError::broken(format_args!("rule set {set} has no version {}", period.version)))?;
    let version =
        Arc::new(RuleSetVersion { rule_set: period.set, version: period.version, institution: period.owner, document });
    let mut documents = DOCUMENTS.lock().unwrap_or_else(PoisonError::into_inner);
    if documents.len() >= DOCUMENTS_MAX {
        documents.clear();
    }
    documents.insert(key, Arc::clone(&version));
    Ok(version)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::time::parse_date;

    fn day(text: &str) -> NaiveDate {
        parse_date(text).expect("a date")
    }

    fn period(set: u128, version: i64, from: &str, to: Option<&str>, first_cohort: Option<i32>) -> Period {
        Period {
            set: Uuid::from_u128(set),
            version,
            owner: Uuid::nil(),
            authority: if set == 9 { Authority::City } else { Authority::Institution },
            digest: [0; 32],
            from: day(from),
            to: to.map(day),
            cohorts: (first_cohort, None),
        }
    }

    fn held(periods: &[Period], cohort: i32, on: &str) -> Vec<(u128, i64)> {
        holding(periods, cohort, day(on)).iter().map(|p| (p.set.as_u128(), p.version)).collect()
    }

    #[test]
    fn a_later_version_supersedes_from_its_first_day_and_for_its_cohorts() {
        let periods = [period(1, 1, "2024-09-01", None, None), period(1, 2, "2026-09-01", None, Some(2026))];
        assert_eq!(held(&periods, 2026, "2026-08-31"), [(1, 1)]);
        assert_eq!(held(&periods, 2026, "2026-09-01"), [(1, 2)]);
        assert_eq!(held(&periods, 2025, "2026-09-01"), [(1, 1)], "older cohorts keep theirs");
        assert_eq!(held(&periods, 2025, "2024-08-31"), []);
    }

    #[test]
    fn the_last_day_counts_and_what_was_superseded_stays_so() {
        let periods = [period(1, 1, "2024-09-01", None, None), period(1, 2, "2025-09-01", Some("2026-06-30"), None)];
        assert_eq!(held(&periods, 2024, "2026-06-30"), [(1, 2)]);
        assert_eq!(held(&periods, 2024, "2026-07-01"), []);
    }

    #[test]
    fn a_version_retired_before_its_first_day_never_held() {
        let periods = [period(1, 1, "2024-09-01", None, None), period(1, 2, "2025-09-01", Some("2025-08-31"), None)];
        assert_eq!(held(&periods, 2024, "2025-09-01"), [(1, 1)]);
    }

    #[test]
    fn all_that_begins_later_is_to_come_and_nothing_that_ends() {
        let mut periods = vec![
            period(1, 1, "2024-09-01", Some("2026-06-30"), None),
            period(1, 2, "2026-10-01", None, None),
            period(1, 3, "2026-10-01", None, Some(2026)),
            period(2, 1, "2026-09-01", Some("2026-12-31"), None),
            period(2, 2, "2026-11-01", Some("2026-10-31"), None),
            period(9, 5, "2027-01-01", None, None),
        ];
        let come = |periods: &[Period], cohort: i32, on: &str| -> Vec<(u128, i64)> {
            beginning(periods, cohort, day(on)).iter().map(|p| (p.set.as_u128(), p.version)).collect()
        };
        assert_eq!(come(&periods, 2026, "2026-06-01"), [(2, 1), (1, 3), (9, 5)]);
        assert_eq!(come(&periods, 2025, "2026-06-01"), [(2, 1), (1, 2), (9, 5)]);
        assert_eq!(come(&periods, 2026, "2026-10-01"), [(9, 5)]);
        periods.reverse();
        assert_eq!(come(&periods, 2026, "2026-06-01"), [(2, 1), (1, 3), (9, 5)]);
    }

    #[test]
    fn sets_beside_another_are_those_that_hold_at_some_time_within_it() {
        let periods = [
            period(9, 1, "2020-01-01", None, None),
            period(9, 2, "2026-09-01", None, Some(2027)),
            period(9, 3, "2030-01-01", None, None),
        ];
        let beside = |from: &str, to: Option<&str>, cohorts: (Option<i32>, Option<i32>)| -> Vec<i64> {
            let reach = Reach { from: day(from), to: to.map(day), cohorts };
            super::beside(&periods, &reach).iter().map(|period| period.version).collect()
        };
        assert_eq!(beside("2026-01-01", Some("2026-08-31"), (None, None)), [1]);
        assert_eq!(beside("2026-01-01", Some("2029-12-31"), (None, None)), [1, 2]);
        assert_eq!(beside("2026-10-01", Some("2029-12-31"), (Some(2027), None)), [2]);
        assert_eq!(beside("2026-10-01", None, (None, Some(2026))), [1, 3]);
        assert_eq!(beside("2031-01-01", None, (None, None)), [3]);
    }

    #[test]
    fn the_outermost_authority_comes_first() {
        let periods = [period(1, 1, "2024-09-01", None, None), period(9, 4, "2024-09-01", None, None)];
        assert_eq!(held(&periods, 2024, "2025-01-01"), [(9, 4), (1, 1)]);
    }
}
