//! Achievements that are supposed and not held: for what-if.

use std::collections::{BTreeSet, HashMap};

use chrono::NaiveDate;
use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::error::Result;
use super::plan_basis::family_of;
use crate::conversion::input::Evidence;
use crate::domain::achievement::Delivery;
use crate::domain::catalogue::CatalogueKind;
use crate::domain::credit::CreditAmount;
use crate::domain::credit_type::CreditType;
use crate::domain::institution::InstitutionKind;
use crate::domain::invalid::{Invalid, Reason};
use crate::domain::kind::AchievementKind;
use crate::domain::score::Score;
use crate::domain::text::{NAME_MAX, clean_line, code};
use crate::ports::IdSource;
use crate::store::catalogue::{self, CatalogueEntry};
use crate::store::conn::Conn;

/// Most achievements supposed at once.
pub const SUPPOSED_MAX: usize = 50;

/// An achievement supposed to be held, completed today.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Supposed {
    /// Its kind.
    pub kind: AchievementKind,
    /// Its code in the bureau's catalogue, or the course's own.
    #[serde(default)]
    #[schema(max_length = 64)]
    pub code: Option<String>,
    /// Its level, or the prize of a competition.
    #[serde(default)]
    #[schema(max_length = 20)]
    pub level: Option<String>,
    /// Its score.
    #[serde(default)]
    pub score: Option<Score>,
    /// The name of a course or training.
    #[serde(default)]
    #[schema(max_length = 200)]
    pub name: Option<String>,
    /// Credits of a course, 0 to 400; other kinds are worth what the catalogue says.
    #[serde(default)]
    pub credits: Option<CreditAmount>,
    /// Hours of a training or course.
    #[serde(default)]
    #[schema(minimum = 1, maximum = 10000)]
    pub hours: Option<u32>,
    /// How it is taught.
    #[serde(default)]
    pub delivery: Option<Delivery>,
}

/// The supposed achievements as evidence. What should stand in a catalogue and does not is a fault.
pub(super) fn supposed(
    conn: &mut Conn,
    ids: &dyn IdSource,
    on: NaiveDate,
    what_if: &[Supposed],
) -> Result<Vec<Evidence>> {
    let mut invalid = Invalid::default();
    if what_if.len() > SUPPOSED_MAX {
        return Err(Invalid::one("/what_if", Reason::TooMany { max: SUPPOSED_MAX }).into());
    }
    let mut checked = Vec::with_capacity(what_if.len());
    for (at, one) in what_if.iter().enumerate() {
        let at = |field: &str| format!("/what_if/{at}/{field}");
        let own = one.code.as_deref().and_then(|text| invalid.take(at("code"), code(text)));
        let name = one.name.as_deref().and_then(|text| invalid.take(at("name"), clean_line(text, NAME_MAX)));
        if let Some(score) = &one.score {
            invalid.take_all(&at("score"), score.validate());
        }
        if let Some(credits) = one.credits {
            if one.kind == AchievementKind::Course {
                invalid.take(at("credits"), credits.within_achievement());
            } else {
                invalid.push(at("credits"), Reason::NotAllowedHere);
            }
        }
        if one.hours.is_some_and(|hours| !(1..=10_000).contains(&hours)) {
            invalid.push(at("hours"), Reason::range(1, 10_000));
        }
        if CatalogueKind::of(one.kind).is_some() && one.code.is_none() {
            invalid.push(at("code"), Reason::Required);
        }
        checked.push((own, name));
    }
    invalid.into_result()?;
    let wanted: Vec<(CatalogueKind, &str)> = what_if
        .iter()
        .zip(&checked)
        .filter_map(|(one, (own, _))| Some((CatalogueKind::of(one.kind)?, own.as_deref()?)))
        .collect();
    let entries = catalogue::entries(conn, &wanted)?;
    let mut invalid = Invalid::default();
    let mut found = Vec::with_capacity(what_if.len());
    for (at, (one, (own, name))) in what_if.iter().zip(checked).enumerate() {
        let entry = entry_for(&entries, one.kind, (own.as_deref(), one.level.as_deref()), on);
        if CatalogueKind::of(one.kind).is_some() && entry.is_none() {
            invalid.push(format!("/what_if/{at}/code"), Reason::Unknown);
        }
        found.push(Evidence {
            name,
            level: one.level.clone(),
            score: one.score.clone(),
            hours: one.hours,
            delivery: one.delivery,
            ..of_entry(ids.id(), one.kind, (entry, own), one.credits, on)
        });
    }
    invalid.into_result()?;
    Ok(found)
}

/// A hypothetical achievement with this code, worth what its catalogue entry says.
pub(super) fn of_entry(
    id: Uuid,
    kind: AchievementKind,
    (entry, code): (Option<&CatalogueEntry>, Option<String>),
    credits: Option<CreditAmount>,
    on: NaiveDate,
) -> Evidence {
    Evidence {
        id,
        kind,
        family: entry.and_then(|entry| family_of(entry, code.as_deref())),
        code,
        name: None,
        level: entry.and_then(|entry| entry.level.clone()),
        tier: entry.and_then(|entry| entry.tier),
        team_rank: None,
        team_size: None,
        tags: entry.map(|entry| entry.tags.iter().cloned().collect()).unwrap_or_default(),
        issuer: entry.and_then(|entry| entry.body_id).unwrap_or_default(),
        issuer_kind: InstitutionKind::AwardingBody,
        credits: entry.map(|entry| entry.credits).or(credits).unwrap_or_default(),
        credit_type: kind.credit_type().unwrap_or(CreditType::Skill),
        score: None,
        hours: None,
        practice_hours: None,
        delivery: None,
        completed_on: on,
        issued_on: None,
        valid_until: None,
        enrolment: None,
        required: None,
        classes: BTreeSet::new(),
        redeemed_for: None,
        hypothetical: true,
    }
}

/// Entries of a catalogue by kind and code.
pub(super) type Entries = HashMap<(CatalogueKind, String), Vec<CatalogueEntry>>;

/// The entry by which an achievement of that level, gained on that day, is measured.
fn entry_for<'e>(
    entries: &'e Entries,
    kind: AchievementKind,
    (code, level): (Option<&str>, Option<&str>),
    on: NaiveDate,
) -> Option<&'e CatalogueEntry> {
    let key = (CatalogueKind::of(kind)?, code?.to_owned());
    let fits = |entry: &&CatalogueEntry| {
        (entry.level.is_none() || entry.level.as_deref() == level)
            && entry.valid_from <= on
            && entry.valid_to.is_none_or(|to| on <= to)
    };
    entries.get(&key)?.iter().filter(fits).max_by_key(|entry| (entry.level.is_some(), entry.valid_from))
}
