//! Rules that recognise, accumulate and convert (DESIGN §4), pure: what a rule is, which lines one learner's achievements
//! give in one programme, and why.
//!
//! A rule is data made of ten primitives; none has code of its own. Order of evaluation: eligibility → exclusivity → per
//! item → class → programme → period.

mod candidates;
mod caps;
pub mod cases;
pub mod check;
pub mod compare;
mod course_choice;
pub mod diff;
mod eligible;
pub mod evaluate;
#[cfg(test)]
mod evaluate_tests;
pub mod explain;
#[cfg(test)]
mod explain_tests;
pub mod explain_unused;
mod family;
pub mod fault;
pub mod fold;
mod greedy;
pub mod input;
pub mod json;
pub mod known;
pub mod limit_words;
pub mod limits;
mod line;
mod matching;
mod milp;
mod model;
mod offer;
mod packing;
mod packing_assign;
#[cfg(test)]
mod packing_assign_tests;
mod packing_places;
mod packing_search;
mod packing_tighten;
mod parts;
mod pattern;
pub mod plan;
pub mod policy;
mod price;
pub mod profile;
pub mod progress;
mod progress_place;
pub mod progress_requirement;
mod reach;
pub mod rule;
pub mod rule_set;
pub mod selector;
pub mod sentence;
pub mod settle;
pub mod sheet;
pub mod shortfall;
pub mod solve;
pub mod steps;
mod sums;
pub mod target;
pub mod templates;
pub mod tidy;
mod unused;
pub mod validate;
pub mod value;
mod verify;
mod view;
mod worth;

pub use crate::domain::share;
