//! What rules may name: the catalogues, courses, institutions and programmes that exist. Filled by whoever checks a rule set.

use std::collections::{BTreeMap, BTreeSet};

use uuid::Uuid;

use crate::domain::kind::AchievementKind;
use crate::domain::level::ProgrammeLevel;
use crate::domain::programme_version::NewProgrammeVersion;

/// Catalogue entries, courses, institutions and programmes. What is empty is not checked.
#[derive(Debug, Clone, Default)]
pub struct Known {
    entries: BTreeMap<AchievementKind, BTreeMap<String, BTreeSet<String>>>,
    courses: BTreeMap<String, BTreeSet<Uuid>>,
    /// Institutions.
    pub institutions: BTreeSet<Uuid>,
    /// Programmes.
    pub programmes: BTreeSet<Uuid>,
    /// 6-digit codes of the majors of all programmes.
    pub majors: BTreeSet<String>,
}

impl Known {
    /// Adds an entry of a catalogue. Without a level it holds for all levels.
    pub fn add_entry(&mut self, kind: AchievementKind, code: &str, level: Option<&str>) {
        let levels = self.entries.entry(kind).or_default().entry(code.to_owned()).or_default();
        levels.insert(level.unwrap_or_default().to_owned());
    }

    /// Adds a course of an institution.
    pub fn add_course(&mut self, institution: Uuid, code: &str) {
        self.courses.entry(code.to_owned()).or_default().insert(institution);
    }

    /// Whether there is anything to check codes of this kind against.
    pub fn has_codes(&self, kind: AchievementKind) -> bool {
        match kind {
            AchievementKind::Course => !self.courses.is_empty(),
            _ => self.entries.get(&kind).is_some_and(|codes| !codes.is_empty()),
        }
    }

    /// Whether a code, or a prefix ending in `*`, is there for the kind; courses of `issuers` only, unless empty.
    pub fn has_code(&self, kind: AchievementKind, pattern: &str, issuers: &[Uuid]) -> bool {
        match kind {
            AchievementKind::Course => matching(&self.courses, pattern)
                .any(|(_, owners)| issuers.is_empty() || issuers.iter().any(|issuer| owners.contains(issuer))),
            _ => self.entries.get(&kind).is_some_and(|codes| matching(codes, pattern).next().is_some()),
        }
    }

    /// The kind, other than the listed ones, under which the code is catalogued.
    pub fn kind_of_code(&self, pattern: &str) -> Option<AchievementKind> {
        AchievementKind::ALL.iter().copied().find(|kind| self.has_code(*kind, pattern, &[]))
    }

    /// Whether the code stands in the catalogue at this level.
    pub fn has_level(&self, kind: AchievementKind, pattern: &str, level: &str) -> bool {
        self.entries.get(&kind).is_some_and(|codes| {
            matching(codes, pattern).any(|(_, levels)| levels.contains(level) || levels.contains(""))
        })
    }

    /// Whether some major begins with these digits.
    pub fn has_major(&self, prefix: &str) -> bool {
        self.majors.is_empty() || starting_with(self.majors.range(prefix.to_owned()..), prefix)
    }
}

fn starting_with<'a>(mut sorted: impl Iterator<Item = &'a String>, prefix: &str) -> bool {
    sorted.next().is_some_and(|first| first.starts_with(prefix))
}

fn matching<'a, T>(
    codes: &'a BTreeMap<String, T>,
    pattern: &str,
) -> Box<dyn Iterator<Item = (&'a String, &'a T)> + 'a> {
    match pattern.strip_suffix('*') {
        Some(prefix) => {
            let prefix = prefix.to_owned();
            Box::new(codes.range(prefix.clone()..).take_while(move |(code, _)| code.starts_with(&prefix)))
        }
        None => Box::new(codes.get_key_value(pattern).into_iter()),
    }
}

/// A programme that learners can convert into, with the plan of one cohort.
#[derive(Debug, Clone)]
pub struct OpenProgramme {
    /// The programme.
    pub programme: Uuid,
    /// Its institution.
    pub institution: Uuid,
    /// Its level.
    pub level: ProgrammeLevel,
    /// Its 6-digit major code.
    pub major_code: String,
    /// The plan.
    pub plan: NewProgrammeVersion,
}
