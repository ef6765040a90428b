//! Least hours of a training 培训: by group and level, with a share of practice, as labour offices and occupational
//! standards publish them. A requirement on an achievement: what is too short is no evidence.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::class_word;
use super::invalid::{Invalid, Reason};
use super::level::NationalLevel;
use super::share::Share;

/// Most rows of one table.
pub const ROWS_MAX: usize = 100;
/// Most hours that a row may ask for.
pub const HOURS_MAX: u32 = 10_000;
/// Minutes of a standard lesson.
pub const STANDARD_MINUTES: u32 = 45;

/// One row: whom it is for, and at least how many hours.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct HoursRow {
    /// A training with one of these class words (key trades, rural…); empty: any.
    #[serde(default)]
    #[schema(max_items = 10)]
    pub classes: Vec<String>,
    /// Of these levels, 5 初级 to 1 高级技师; empty: any, and trainings without a level too.
    #[serde(default)]
    #[schema(max_items = 5)]
    pub levels: Vec<NationalLevel>,
    /// At least so many lessons.
    #[schema(minimum = 1, maximum = 10000)]
    pub least: u32,
}

/// Least hours by group and level. The first row that fits holds; where none does, nothing is asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct HoursRequirement {
    /// The rows, the more particular ones first.
    #[schema(min_items = 1, max_items = 100)]
    pub rows: Vec<HoursRow>,
    /// At least this share of the hours given is practice.
    #[serde(default)]
    pub practice_share: Option<Share>,
    /// Minutes of the lessons that the rows count in; 45 unless said otherwise.
    #[serde(default = "standard_minutes")]
    #[schema(minimum = 1, maximum = 120, default = 45)]
    pub lesson_minutes: u32,
    /// Lessons of a day, where days are told as well.
    #[serde(default)]
    #[schema(minimum = 1, maximum = 24)]
    pub hours_per_day: Option<u32>,
}

const fn standard_minutes() -> u32 {
    STANDARD_MINUTES
}

/// The hours of one training.
#[derive(Debug, Clone, Copy)]
pub struct Trained<'a> {
    /// Its class words.
    pub classes: &'a [String],
    /// Its level.
    pub level: Option<NationalLevel>,
    /// Lessons.
    pub hours: u32,
    /// Of these, practice; unknown where nobody said.
    pub practice_hours: Option<u32>,
    /// Minutes of a lesson.
    pub lesson_minutes: u32,
}

/// Why a training is too short.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TooShort {
    /// Fewer lessons than asked for.
    Hours {
        /// Lessons asked for.
        least: u32,
        /// Lessons given, whole ones of the requirement's length.
        given: u32,
    },
    /// A smaller share of practice than asked for, or none told.
    Practice {
        /// The share asked for.
        least: Share,
    },
}

impl HoursRequirement {
    /// At least how many lessons a training of these classes and this level needs.
    pub fn least(&self, classes: &[String], level: Option<NationalLevel>) -> Option<u32> {
        let fits = |row: &&HoursRow| {
            (row.classes.is_empty() || row.classes.iter().any(|class| classes.contains(class)))
                && (row.levels.is_empty() || level.is_some_and(|level| row.levels.contains(&level)))
        };
        self.rows.iter().find(fits).map(|row| row.least)
    }

    /// Refuses a training that is too short. Lessons of another length are turned into the requirement's, down to whole ones.
    pub fn check(&self, trained: &Trained<'_>) -> Result<(), TooShort> {
        let minutes = u64::from(trained.hours) * u64::from(trained.lesson_minutes);
        let given = minutes.checked_div(u64::from(self.lesson_minutes)).unwrap_or(0);
        let given = u32::try_from(given).unwrap_or(u32::MAX);
        if let Some(least) = self.least(trained.classes, trained.level)
            && given < least
        {
            return Err(TooShort::Hours { least, given });
        }
        match self.practice_share {
            Some(least) => {
                let practice = trained.practice_hours.unwrap_or(0);
                let reached = least.is_reached(i64::from(practice), i64::from(trained.hours));
                if reached { Ok(()) } else { Err(TooShort::Practice { least }) }
            }
            None => Ok(()),
        }
    }

    /// Whole days that so many lessons take, the last begun one included.
    pub fn days(&self, hours: u32) -> Option<u32> {
        self.hours_per_day.filter(|day| *day > 0).map(|day| hours.div_ceil(day))
    }

    /// The same with texts in their one spelling.
    pub fn validate(&self) -> Result<Self, Invalid> {
        let mut invalid = Invalid::default();
        match self.rows.len() {
            0 => invalid.push("/rows", Reason::Empty),
            1..=ROWS_MAX => {}
            _ => invalid.push("/rows", Reason::TooMany { max: ROWS_MAX }),
        }
        let mut rows = Vec::with_capacity(self.rows.len().min(ROWS_MAX));
        for (i, row) in self.rows.iter().take(ROWS_MAX).enumerate() {
            let classes = class_word::words(&mut invalid, &format!("/rows/{i}/classes"), &row.classes);
            if !(1..=HOURS_MAX).contains(&row.least) {
                invalid.push(format!("/rows/{i}/least"), Reason::range(1, HOURS_MAX));
            }
            rows.push(HoursRow { classes, ..row.clone() });
        }
        if !(1..=120).contains(&self.lesson_minutes) {
            invalid.push("/lesson_minutes", Reason::range(1, 120));
        }
        if self.hours_per_day.is_some_and(|day| !(1..=24).contains(&day)) {
            invalid.push("/hours_per_day", Reason::range(1, 24));
        }
        invalid.into_result()?;
        Ok(Self { rows, ..self.clone() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn requirement(json: &str) -> HoursRequirement {
        serde_json::from_str::<HoursRequirement>(json).expect("the shape is right").validate().expect("good")
    }

    #[test]
    fn lessons_of_another_length_are_turned() {
        let table = requirement(r#"{"rows":[{"classes":["key"],"levels":[4],"least":84},{"least":49}]}"#);
        let classes = ["key".to_owned()];
        let trained = |hours, lesson_minutes| Trained {
            classes: &classes,
            level: NationalLevel::new(4),
            hours,
            practice_hours: None,
            lesson_minutes,
        };
        assert_eq!(table.check(&trained(84, 45)), Ok(()));
        assert_eq!(table.check(&trained(63, 60)), Ok(()), "63 hours of 60 minutes are 84 lessons");
        assert_eq!(table.check(&trained(94, 40)), Err(TooShort::Hours { least: 84, given: 83 }));
        assert_eq!(table.least(&[], None), Some(49));
        assert_eq!(table.days(84), None);
    }

    #[test]
    fn tables_are_checked() {
        let faults = |json: &str| {
            let list = serde_json::from_str::<HoursRequirement>(json).expect("the shape is right").validate();
            list.err().unwrap_or_default().0.into_iter().map(|f| f.pointer).collect::<Vec<_>>()
        };
        assert_eq!(faults(r#"{"rows":[]}"#), ["/rows"]);
        assert_eq!(faults(r#"{"rows":[{"least":0}],"lesson_minutes":0}"#), ["/rows/0/least", "/lesson_minutes"]);
        assert_eq!(faults(r#"{"rows":[{"least":1}],"hours_per_day":25}"#), ["/hours_per_day"]);
    }
}
