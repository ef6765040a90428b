//! Why something is not in a plan, or cannot be applied, in plain words: the reason, and what would change it.

use super::explain::{Text, rule_words};
use super::input::Evidence;
use super::limit_words::LimitWords;
use super::plan::{Asked, Breach, RuleRef, Unused, UnusedReason};
use super::sentence::fact_words;
use crate::domain::competition::{CompetitionTier, Prize};
use crate::domain::level::XLevel;

/// Why the achievement is not used.
pub fn unused(unused: &Unused, evidence: &Evidence) -> Text {
    let name = evidence.name.as_deref().or(evidence.code.as_deref()).unwrap_or(evidence.kind.zh());
    let facts = Facts {
        name,
        wanted: unused.wanted.as_deref(),
        found: unused.found.as_deref(),
        limit: unused.limit.as_ref(),
        asked: unused.asked.as_deref(),
        rule: unused.rule.as_ref(),
    };
    facts.text(unused.reason)
}

/// Why requested lines cannot be applied.
pub fn breach(breach: &Breach) -> Text {
    let facts = Facts {
        name: "",
        wanted: breach.wanted.as_deref(),
        found: breach.found.as_deref(),
        limit: breach.limit.as_ref(),
        asked: breach.asked.as_deref(),
        rule: breach.rule.as_ref(),
    };
    facts.text(breach.reason)
}

struct Facts<'a> {
    name: &'a str,
    wanted: Option<&'a str>,
    found: Option<&'a str>,
    limit: Option<&'a LimitWords>,
    asked: Option<&'a Asked>,
    rule: Option<&'a RuleRef>,
}

/// Words of catalogues as learners know them.
fn word(text: &str) -> String {
    let known = |part: &str| -> Option<&'static str> {
        let level = part.parse::<XLevel>().ok().map(XLevel::zh);
        let tier = || part.parse::<CompetitionTier>().ok().map(CompetitionTier::zh);
        let prize = || part.parse::<Prize>().ok().map(Prize::zh);
        level.or_else(tier).or_else(prize)
    };
    text.split('/').map(|part| known(part).unwrap_or(part)).collect::<Vec<_>>().join("、")
}

impl Facts<'_> {
    fn text(&self, reason: UnusedReason) -> Text {
        let (zh, en) = self.sentence(reason);
        let (zh, en) = (zh.trim_start(), en.trim_start_matches([':', ' ']));
        let Some(rule) = self.rule else {
            return Text::new(format!("{zh}。"), format!("{en}."));
        };
        let of = rule_words(rule);
        Text::new(format!("{zh}。{}。", of.zh), format!("{en}. {}.", of.en))
    }

    /// `有` when both are known, else the plain reason.
    fn both(
        &self,
        reason: UnusedReason,
        zh: impl Fn(&str, &str) -> String,
        en: impl Fn(&str, &str) -> String,
    ) -> (String, String) {
        match (self.wanted, self.found) {
            (Some(wanted), Some(found)) => (zh(&word(wanted), &word(found)), en(wanted, found)),
            (Some(wanted), None) => {
                (format!("{}，规则要求 {}", reason.zh(), word(wanted)), format!("{} (wanted: {wanted})", plain(reason)))
            }
            (None, Some(found)) => (format!("{}：{}", reason.zh(), word(found)), format!("{}: {found}", plain(reason))),
            (None, None) => (reason.zh().to_owned(), plain(reason).to_owned()),
        }
    }

    /// A limit that would be passed, by its words and with what it counts.
    fn over(&self, reason: UnusedReason) -> (String, String) {
        let (Some(wanted), Some(found)) = (self.wanted, self.found) else {
            return (reason.zh().to_owned(), plain(reason).to_owned());
        };
        let Some(limit) = self.limit else {
            return (
                format!("超过上限：最多 {wanted}，加上这项为 {found}"),
                format!("over a limit: at most {wanted}, with it {found}"),
            );
        };
        let (most, with) = (limit.amount(wanted), limit.amount(found));
        (
            format!("超过“{}”的上限：最多 {}，加上这项为 {}", limit.text.zh, most.zh, with.zh),
            format!("over the limit \"{}\": at most {}, with it {}", limit.text.en, most.en, with.en),
        )
    }

    /// A condition on the person, in the words of the rule's own sentence.
    fn person(&self) -> (String, String) {
        let reason = UnusedReason::Person;
        let Some(Asked::Fact { fact, at_least }) = self.asked else {
            return (reason.zh().to_owned(), plain(reason).to_owned());
        };
        let said = fact_words(fact, *at_least);
        let zh = said.zh.strip_prefix('是').map_or_else(|| said.zh.clone(), |who| format!("为{who}"));
        (format!("{}：需{zh}，并经学校登记", reason.zh()), format!("{}: it takes {}", plain(reason), said.en))
    }

    /// Begun not yet, ended, or for others.
    fn not_in_force(&self) -> (String, String) {
        let reason = UnusedReason::NotInForce;
        match (self.asked, self.wanted) {
            (Some(Asked::Ended { last }), _) => {
                (format!("规则已于 {last} 停止施行"), format!("the rule ended on {last}"))
            }
            (Some(Asked::Begins { first }), _) => {
                (format!("规则自 {first} 起施行，现在还不适用"), format!("the rule holds from {first} on, not yet"))
            }
            (Some(Asked::Cohort { own }), Some(cohorts)) => (
                format!("规则适用于 {cohorts} 级，你是 {own} 级"),
                format!("the rule is for the cohorts {cohorts}, and yours is {own}"),
            ),
            _ => (reason.zh().to_owned(), plain(reason).to_owned()),
        }
    }

    fn sentence(&self, reason: UnusedReason) -> (String, String) {
        use UnusedReason as R;
        let name = self.name;
        match reason {
            R::Score => self.both(
                reason,
                |wanted, found| match self.asked {
                    Some(Asked::ScoreAtMost { score }) => format!("{name} 成绩 {found}，规则要求不高于 {score}"),
                    _ => format!("{name} 成绩 {found}，规则要求不低于 {wanted}；达到 {wanted} 就可以使用"),
                },
                |wanted, found| match self.asked {
                    Some(Asked::ScoreAtMost { score }) => {
                        format!("{name}: score {found}, the rule takes at most {score}")
                    }
                    _ => format!("{name}: score {found}, the rule asks for at least {wanted}"),
                },
            ),
            R::Level | R::Prize | R::TeamRank => self.both(
                reason,
                |wanted, found| format!("{name} 为{found}，规则要求{wanted}"),
                |wanted, found| format!("{name} is {found}, the rule asks for {wanted}"),
            ),
            R::Hours => self.both(
                reason,
                |wanted, found| format!("{name} 共 {found} 学时，规则要求不少于 {wanted} 学时"),
                |wanted, found| format!("{name} has {found} hours, the rule asks for at least {wanted}"),
            ),
            R::PracticeShare => self.both(
                reason,
                |wanted, found| format!("{name} 的实操学时为 {found}，规则要求比例不低于 {wanted}"),
                |wanted, found| format!("{name} has {found} hours of practice, the rule asks for a share of {wanted}"),
            ),
            R::Expired => self.both(
                reason,
                |wanted, _| format!("{name} 的有效期到 {wanted} 为止；重新取得后可以使用"),
                |wanted, _| format!("{name} was valid until {wanted}; gain it again to use it"),
            ),
            R::CompletedOutside => self.both(
                reason,
                |wanted, found| format!("{name} 于 {found} 完成，规则只计 {wanted} 期间的成果"),
                |wanted, found| format!("{name} was completed on {found}, the rule takes {wanted} only"),
            ),
            R::Window => self.both(
                reason,
                |wanted, _| match self.asked {
                    Some(Asked::BeforeRegistration) => "现在不在申请时间内，申请时间为入学注册之前".to_owned(),
                    _ => format!("现在不在申请时间内，申请时间为 {wanted}"),
                },
                |wanted, _| match self.asked {
                    Some(Asked::BeforeRegistration) => {
                        "today is outside the time for applying: before registration".to_owned()
                    }
                    _ => format!("today is outside the time for applying: {wanted}"),
                },
            ),
            R::NotInForce => self.not_in_force(),
            R::Cap | R::ItemCap => self.over(reason),
            R::Person => self.person(),
            R::ModuleFull => self.both(
                reason,
                |wanted, found| format!("模块“{found}”只能再计 {wanted} 学分"),
                |wanted, found| format!("module {found} can take {wanted} more credits only"),
            ),
            R::TargetAboveSource => self.both(
                reason,
                |wanted, found| format!("这项成果最多抵 {wanted} 学分，目标课程为 {found} 学分"),
                |wanted, found| format!("it stands for {wanted} credits at most, the course has {found}"),
            ),
            R::TargetBelowSource => self.both(
                reason,
                |wanted, found| format!("目标课程只有 {found} 学分，低于原来的 {wanted} 学分"),
                |wanted, found| format!("the course has {found} credits, below the {wanted} of the achievement"),
            ),
            R::Similarity => self.both(
                reason,
                |wanted, found| format!("内容相关度为 {found}，规则要求不低于 {wanted}"),
                |wanted, found| format!("contents agree to {found}, the rule asks for {wanted}"),
            ),
            R::NotDrawable => self.both(
                reason,
                |wanted, found| format!("要用 {wanted} 学分，可用 {found} 学分"),
                |wanted, found| format!("{wanted} credits are needed, {found} are available"),
            ),
            R::LowerOfFamily => self.both(
                reason,
                |wanted, _| format!("同类成果只计最高一项，已有{wanted}"),
                |wanted, _| format!("only the highest of a kind counts, and there is {wanted}"),
            ),
            R::CourseClass => self.both(
                reason,
                |wanted, found| format!("课程“{found}”的类别不在规则范围（{wanted}）内"),
                |wanted, found| format!("the course {found} is not of the class that the rule names ({wanted})"),
            ),
            R::Changed => self.both(
                reason,
                |wanted, found| format!("方案已变化：原为 {wanted} 学分，现为 {found} 学分；请重新生成方案"),
                |wanted, found| format!("the plan has changed: it was {wanted} credits, now {found}; make it again"),
            ),
            _ => self.both(
                reason,
                |wanted, found| format!("{}：要求 {wanted}，实际 {found}", reason.zh()),
                |wanted, found| format!("{}: wanted {wanted}, found {found}", plain(reason)),
            ),
        }
    }
}

/// The reason alone.
const fn plain(reason: UnusedReason) -> &'static str {
    use UnusedReason as R;
    match reason {
        R::NoRule => "no rule speaks of this achievement",
        R::WrongProgramme => "the rule is not for this programme",
        R::MajorExcluded => "the rule is not for majors of this kind",
        R::Level => "the level is not one that the rule names",
        R::Score => "the score does not suffice",
        R::Hours => "the hours do not suffice",
        R::PracticeShare => "the share of practice does not suffice",
        R::Prize => "the prize is not one that the rule names",
        R::TeamRank => "the part in the team is not one that the rule names",
        R::Issuer => "the issuer is not one that the rule names",
        R::Delivery => "it was not taught in a way that the rule names",
        R::Excluded => "the rule leaves out achievements of this kind",
        R::Expired => "it is no longer valid",
        R::CompletedOutside => "it was not completed in the time that the rule names",
        R::Window => "today is outside the time for applying",
        R::Person => "a condition on the person is not met",
        R::NotInForce => "the rule is not in force for you now",
        R::AlreadyUsed => "it has been used already",
        R::AlreadyRedeemed => "it has been counted for a diploma",
        R::NotDrawable => "its credits are not available",
        R::LowerOfFamily => "only the highest of a kind counts",
        R::CourseClass => "the course is not of the class that the rule names",
        R::CourseNever => "the course is never exempted",
        R::CourseDone => "the course is done already",
        R::CourseConverted => "the course is exempted by another achievement",
        R::CourseMissing => "the programme has no such course",
        R::Direction => "an elective course cannot stand for a required one",
        R::TargetAboveSource => "the course has more credits than the achievement",
        R::TargetBelowSource => "the course has fewer credits than the achievement",
        R::Similarity => "the contents do not agree enough",
        R::ModuleFull => "the module is full",
        R::ItemCap => "over the limit for one achievement",
        R::Cap => "over a limit on conversions",
        R::WorthNothing => "it comes to less than the smallest unit",
        R::NotBest => "other achievements give more",
        R::Granted => "credits gained by conversion cannot be converted again",
        R::MissingTogether => "other achievements are needed with it",
        R::Changed => "the result has changed",
    }
}
