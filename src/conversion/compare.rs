//! Comparing programmes 升学比一比: what a learner would bring into each of them.

use std::cmp::Reverse;

use uuid::Uuid;

use super::evaluate::evaluate_within;
use super::input::PlanInput;
use super::solve::Effort;
use crate::domain::credit::CreditAmount;
use crate::domain::level::ProgrammeLevel;
use crate::domain::text_enum::text_enum;

/// Most programmes compared at once.
pub const PROGRAMMES_MAX: usize = 200;

text_enum! {
    /// How near a programme's major is to one that the learner has studied.
    pub enum Kinship {
        /// The same major group one level up or down: the first two digits differ by 20 per level, the next two agree.
        Class = "class" / "同一专业类",
        /// The same first two digits, moved by 20 per level.
        Category = "category" / "同一专业大类",
        None = "none" / "其他专业",
    }
}

/// What one programme would take.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Compared {
    /// The programme.
    pub programme: Uuid,
    /// How near its major is.
    pub kinship: Kinship,
    /// Credits brought in.
    pub credits: CreditAmount,
    /// Courses exempted.
    pub courses: usize,
    /// Credits still to be gained, what is counted there already taken off.
    pub gap: CreditAmount,
    /// Whether the figure is proven best.
    pub optimal: bool,
}

/// One figure per programme: nearest majors first, then most credits, most courses, lowest id. `majors` are the major codes
/// that the learner has studied.
pub fn compare(inputs: &[PlanInput], majors: &[String], effort: Effort) -> Vec<Compared> {
    let mut found: Vec<Compared> = inputs
        .iter()
        .map(|input| {
            let plan = evaluate_within(input, effort);
            let programme = &input.programme;
            let counted: i64 = programme.counted.values().map(|credits| credits.thousandths()).sum();
            let gap = programme.plan.total_credits.thousandths() - counted - plan.credits.thousandths();
            Compared {
                programme: programme.programme,
                kinship: kinship(majors, &programme.major_code),
                credits: plan.credits,
                courses: plan.lines.iter().map(|line| line.grants.exempts.len()).sum(),
                gap: CreditAmount::from_thousandths(gap.max(0)),
                optimal: plan.optimal,
            }
        })
        .collect();
    found.sort_by_key(|it| (it.kinship, Reverse(it.credits), Reverse(it.courses), it.programme));
    found
}

/// How near `major` is to the nearest of `majors`.
pub fn kinship(majors: &[String], major: &str) -> Kinship {
    let near = |own: &String| -> Kinship {
        match (family(own), family(major)) {
            (Some(a), Some(b)) if a == b => Kinship::Class,
            (Some((a, _)), Some((b, _))) if a == b => Kinship::Category,
            _ => Kinship::None,
        }
    };
    majors.iter().map(near).min().unwrap_or(Kinship::None)
}

/// The category as if at the highest level, and the class within it: 7402 → (34, 02), 5402 → (34, 02).
fn family(major: &str) -> Option<(u8, &str)> {
    let level = ProgrammeLevel::from_major_code(major)?;
    let first: u8 = major[..2].parse().ok()?;
    let above = match level {
        ProgrammeLevel::Secondary => 40,
        ProgrammeLevel::Higher => 20,
        ProgrammeLevel::Undergraduate => 0,
    };
    Some((first - above, &major[2..4]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn majors_of_neighbouring_levels_differ_by_twenty() {
        let cook = vec!["740201".to_owned()];
        assert_eq!(kinship(&cook, "540202"), Kinship::Class);
        assert_eq!(kinship(&cook, "340101"), Kinship::Category);
        assert_eq!(kinship(&cook, "560213"), Kinship::None);
        assert_eq!(kinship(&[], "560213"), Kinship::None);
        assert_eq!(kinship(&["x".into()], "y"), Kinship::None);
    }
}
