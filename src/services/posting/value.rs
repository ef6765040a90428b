//! What a result is worth and where it goes: pure decisions on what was loaded.

use uuid::Uuid;

use crate::domain::achievement::ValidAchievement;
use crate::domain::achievement_content::Content;
use crate::domain::credit::CreditAmount;
use crate::domain::credit_type::CreditType;
use crate::domain::enrolment::Enrolment;
use crate::domain::invalid::{Invalid, Reason};
use crate::domain::kind::AchievementKind;
use crate::domain::training::training_credits;
use crate::ledger::purse::Account;
use crate::services::refusal::{ItemError, Refusal};
use crate::store::catalogue::CatalogueEntry;
use crate::store::course::CourseVersion;
use crate::store::programme::ProgrammeRow;

/// Where a result's credits go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// The purse.
    pub account: Account,
    /// The type of its credits.
    pub credit_type: CreditType,
    /// The enrolment whose programme it counts in.
    pub enrolment: Option<Uuid>,
    /// That programme.
    pub programme: Option<Uuid>,
    /// The cohort by which the course version is chosen; the newest version outside any enrolment.
    pub cohort: Option<i32>,
}

/// A fault in one field.
pub fn wrong(pointer: &str, reason: Reason) -> Refusal {
    Refusal::InvalidItem { errors: ItemError::list(&Invalid::one(pointer, reason)) }
}

/// Where a result goes. A course goes to the enrolment of the poster's whose period contains the day of completion;
/// everything else, and a course outside any enrolment, to `available`.
pub fn place(
    post: &ValidAchievement,
    institution: Uuid,
    enrolments: &[&Enrolment],
    programme: impl Fn(Uuid) -> Option<ProgrammeRow>,
) -> Result<Place, Refusal> {
    let outside = |credit_type| Place {
        account: Account::AVAILABLE,
        credit_type,
        enrolment: None,
        programme: None,
        cohort: None,
    };
    if post.kind() != AchievementKind::Course {
        let own = if post.kind() == AchievementKind::Training { CreditType::Training } else { CreditType::Skill };
        return match post.credit_type {
            Some(said) if said != own => Err(wrong("/credit_type", Reason::Mismatch)),
            _ => Ok(outside(own)),
        };
    }
    if let Some(wanted) = post.programme_id
        && programme(wanted.uuid()).is_none_or(|row| row.institution_id != institution)
    {
        return Err(Refusal::UnknownProgramme);
    }
    let own: Vec<&&Enrolment> = enrolments
        .iter()
        .filter(|e| e.institution_id.uuid() == institution)
        .filter(|e| post.programme_id.is_none_or(|wanted| wanted == e.programme_id))
        .collect();
    let chosen = match post.enrolment_id {
        Some(wanted) => {
            let found = own.iter().find(|e| e.id == wanted).ok_or(Refusal::UnknownEnrolment)?;
            if !found.contains(post.completed_on) {
                return Err(wrong("/completed_on", Reason::Mismatch));
            }
            Some(found)
        }
        None => {
            let mut holding = own.iter().filter(|e| e.contains(post.completed_on));
            let first = holding.next();
            let others: Vec<Uuid> = holding.map(|e| e.id.uuid()).collect();
            if let (Some(first), false) = (first, others.is_empty()) {
                let enrolments = std::iter::once(first.id.uuid()).chain(others).collect();
                return Err(Refusal::EnrolmentAmbiguous { enrolments });
            }
            first
        }
    };
    let Some(enrolment) = chosen else {
        return post.credit_type.map(outside).ok_or(Refusal::CreditTypeRequired);
    };
    let row = programme(enrolment.programme_id.uuid()).ok_or(Refusal::UnknownProgramme)?;
    let credit_type = row.level.credit_type();
    if post.credit_type.is_some_and(|said| said != credit_type) {
        return Err(wrong("/credit_type", Reason::Mismatch));
    }
    Ok(Place {
        account: Account::programme(enrolment.id.uuid()),
        credit_type,
        enrolment: Some(enrolment.id.uuid()),
        programme: Some(enrolment.programme_id.uuid()),
        cohort: Some(enrolment.cohort),
    })
}

/// What a result is worth, and whether it registers its course.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Worth {
    /// The credits.
    pub credits: CreditAmount,
    /// Whether the course was unknown until now.
    pub registers: bool,
}

/// The version of a course that holds for `cohort`: the newest that had begun, else the first; the newest without one.
pub fn version_for(versions: &[CourseVersion], cohort: Option<i32>) -> Option<&CourseVersion> {
    let Some(cohort) = cohort else { return versions.last() };
    versions.iter().rev().find(|version| version.from_cohort <= cohort).or_else(|| versions.first())
}

/// What the catalogues say a result is worth. The poster's word is only compared with it; of what a reviewer recognised
/// less may count, never more, and nothing that no catalogue has.
pub fn worth(
    post: &ValidAchievement,
    recognised: bool,
    place: &Place,
    versions: &[CourseVersion],
    entries: &[CatalogueEntry],
    hours_per_credit: u32,
) -> Result<Worth, Refusal> {
    let plain = |credits| Worth { credits, registers: false };
    let exactly = |catalogued: CreditAmount| match post.credits {
        Some(posted) if recognised && posted < catalogued => Ok(plain(posted)),
        Some(posted) if posted != catalogued => Err(Refusal::CreditsNotAsCatalogued { catalogued, posted }),
        _ => Ok(plain(catalogued)),
    };
    match &post.content {
        Content::Course(_) => match version_for(versions, place.cohort) {
            Some(version) => exactly(version.credits),
            None if recognised => Err(Refusal::CourseNotCatalogued),
            None => post.credits.map(|credits| Worth { credits, registers: true }).ok_or(Refusal::CreditsRequired),
        },
        Content::Training(training) => {
            exactly(training_credits(training.hours, training.lesson_minutes, hours_per_credit))
        }
        Content::Diploma(_) => exactly(CreditAmount::ZERO),
        Content::Competition(competition) => {
            let entry = catalogued(post, entries);
            // Members beyond the size that the catalogue counts are recorded without credits.
            let counts = |entry: &&CatalogueEntry| {
                competition.team_rank.is_none_or(|rank| entry.team_max.is_none_or(|most| rank <= most))
            };
            exactly(entry.filter(counts).map_or(CreditAmount::ZERO, |entry| entry.credits))
        }
        Content::SkillCertificate(_) | Content::SkillLevel(_) | Content::Qualification(_) => {
            let catalogued = catalogued(post, entries).map_or(CreditAmount::ZERO, |entry| entry.credits);
            match post.credits {
                Some(posted) if posted > catalogued => Err(Refusal::CreditsNotAsCatalogued { catalogued, posted }),
                Some(posted) => Ok(plain(posted)),
                None => Ok(plain(catalogued)),
            }
        }
        Content::Examination(_) | Content::Experience(_) => {
            exactly(catalogued(post, entries).map_or(CreditAmount::ZERO, |entry| entry.credits))
        }
    }
}

/// The catalogue entry that holds for the result's code and level on the day it counts from.
fn catalogued<'e>(post: &ValidAchievement, entries: &'e [CatalogueEntry]) -> Option<&'e CatalogueEntry> {
    let level = post.content.level();
    let on = post.effective_on();
    entries
        .iter()
        .filter(|entry| entry.level.is_none() || entry.level == level)
        .filter(|entry| entry.valid_from <= on && entry.valid_to.is_none_or(|to| on <= to))
        .max_by_key(|entry| (entry.level.is_some(), entry.valid_from))
}
