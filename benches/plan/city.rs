//! Random learners and rule sets in the manner of published rules.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use serde_json::{Value, json};
use uuid::Uuid;
use xuefen::conversion::input::{Evidence, LotView, PlanInput, TargetProgramme};
use xuefen::conversion::rule_set::RuleSetVersion;
use xuefen::domain::{
    AchievementKind, CompetitionTier, CreditAmount, CreditType, Delivery, InstitutionKind, Module, ModuleCourse,
    NewProgrammeVersion, ProgrammeLevel, Score, ScoreScale,
};

/// How much there is of everything.
#[derive(Debug, Clone, Copy)]
pub struct Size {
    pub achievements: usize,
    pub rules: usize,
    pub courses: usize,
}

/// A small generator (SplitMix64): the same seed gives the same learners everywhere.
pub struct Random(u64);

impl Random {
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// Below `end`, which is not nothing.
    pub fn below(&mut self, end: usize) -> usize {
        let end = u64::try_from(end.max(1)).expect("fits");
        usize::try_from(self.next() % end).expect("below a usize")
    }

    fn id(&mut self) -> Uuid {
        Uuid::from_u64_pair(self.next(), self.next())
    }

    fn one<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        &of[self.below(of.len())]
    }

    fn some(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }
}

const CLASSES: [&str; 5] = ["公共必修", "专业基础必修", "专业核心必修", "选修", "综合实践"];
const LEVELS: [&str; 3] = ["elementary", "intermediate", "advanced"];
const PRIZES: [&str; 4] = ["special", "first", "second", "third"];

fn halves(count: usize) -> CreditAmount {
    CreditAmount::from_thousandths(i64::try_from(count).expect("small") * 500)
}

fn day(text: &str) -> NaiveDate {
    text.parse().expect("a day")
}

/// One learner, one programme and the rules of city and school.
pub fn input(size: Size, random: &mut Random) -> PlanInput {
    let plan = plan(size, random);
    let total = plan.total_credits;
    // As many certificates, contests and courses to speak of as make each achievement fit a handful of rules.
    let codes = (size.rules / 5).max(1);
    let evidence: Vec<Evidence> = (0..size.achievements).map(|_| achievement(codes, size, random)).collect();
    let lots = evidence.iter().filter(|it| !it.credits.is_zero()).map(|it| LotView {
        lot: it.id,
        achievement: it.id,
        available: it.credits,
        redeemed: CreditAmount::ZERO,
        counts_in: std::collections::BTreeSet::new(),
        credit_type: it.credit_type,
    });
    let city: Vec<Value> = (0..size.rules / 2).map(|at| rule(at, codes, size, random)).collect();
    let school: Vec<Value> = (size.rules / 2..size.rules).map(|at| rule(at, codes, size, random)).collect();
    let programme = random.id();
    let institution = random.id();
    let set = |random: &mut Random, authority: &str, rules: Vec<Value>, caps: Value| RuleSetVersion {
        rule_set: random.id(),
        version: 1,
        institution,
        document: serde_json::from_value(json!({
            "name": "学分认定与转换办法", "authority": authority, "basis": "示例办法", "effective_from": "2020-09-01",
            "caps": caps, "rules": rules,
        }))
        .expect("a rule set"),
    };
    let city_caps = json!([
        {"code": "online", "over": {"deliveries": ["online"]}, "per": "programme", "most": {"is": "share", "share": "0.25"}},
        {"code": "contests", "over": {"kinds": ["competition"]}, "per": "programme",
         "most": {"is": "credits", "credits": "6"}},
    ]);
    let school_caps = json!([
        {"code": "core", "over": {"classes": ["专业核心必修"]}, "per": "programme",
         "most": {"is": "share", "share": "0.35", "base": {"classes": ["专业核心必修"]}}},
        {"code": "certificates", "over": {"kinds": ["skill_certificate"]}, "per": "programme",
         "most": {"is": "achievements", "count": 3}},
    ]);
    let rule_sets = vec![set(random, "city", city, city_caps), set(random, "institution", school, school_caps)];
    let _ = total;
    PlanInput {
        on: day("2026-03-02"),
        lots: lots.collect(),
        facts: Vec::new(),
        uses: Vec::new(),
        examined: BTreeMap::new(),
        rule_sets,
        programme: TargetProgramme {
            enrolment: Some(random.id()),
            programme,
            institution,
            level: ProgrammeLevel::Higher,
            major_code: "510201".into(),
            cohort: 2025,
            plan,
            registered_on: Some(day("2025-09-01")),
            term_start: Some(day("2026-02-23")),
            term: "2025-2026-2".parse().ok(),
            term_courses: Some(10),
            done: BTreeSet::new(),
            counted: BTreeMap::new(),
        },
        evidence,
    }
}

fn plan(size: Size, random: &mut Random) -> NewProgrammeVersion {
    let mut modules: Vec<Module> = CLASSES
        .iter()
        .enumerate()
        .map(|(at, class)| Module {
            code: format!("M{at}"),
            name: (*class).to_owned(),
            classes: vec![(*class).to_owned()],
            practice: at == 4,
            ..Module::default()
        })
        .collect();
    for at in 0..size.courses {
        modules[at % CLASSES.len()].courses.push(ModuleCourse {
            code: format!("C{at:03}"),
            name: format!("课程{at:03}"),
            credits: halves(2 + random.below(9)),
            required: at % CLASSES.len() != 3,
            ..ModuleCourse::default()
        });
    }
    modules.push(Module {
        code: "IN".into(),
        name: "创新创业".into(),
        classes: vec!["创新".into()],
        ..Module::default()
    });
    NewProgrammeVersion {
        cohort: 2025,
        total_credits: "140".parse().expect("credits"),
        modules,
        conversion_cap_share: Some("0.5".into()),
        ..NewProgrammeVersion::default()
    }
}

fn achievement(codes: usize, size: Size, random: &mut Random) -> Evidence {
    let kind = *random.one(&[
        AchievementKind::SkillCertificate,
        AchievementKind::SkillCertificate,
        AchievementKind::Competition,
        AchievementKind::Examination,
        AchievementKind::Course,
        AchievementKind::Course,
        AchievementKind::Training,
    ]);
    let code = random.below(codes);
    let competition = kind == AchievementKind::Competition;
    let course = random.below(size.courses);
    Evidence {
        id: random.id(),
        kind,
        code: Some(format!("{}{code}", prefix(kind))),
        name: (kind == AchievementKind::Course).then(|| format!("课程{course:03}")),
        level: match kind {
            AchievementKind::SkillCertificate => Some((*random.one(&LEVELS)).to_owned()),
            AchievementKind::Competition => Some((*random.one(&PRIZES)).to_owned()),
            _ => None,
        },
        tier: competition
            .then(|| *random.one(&[CompetitionTier::National, CompetitionTier::Provincial, CompetitionTier::City])),
        team_rank: competition.then(|| u32::try_from(1 + random.below(4)).expect("small")),
        team_size: competition.then_some(4),
        family: Some(format!("{}{code}", prefix(kind))),
        tags: BTreeSet::new(),
        issuer: Uuid::from_u128(7),
        issuer_kind: InstitutionKind::AwardingBody,
        credits: halves(random.below(13)),
        credit_type: CreditType::Skill,
        score: (kind == AchievementKind::Examination).then(|| Score {
            scale: ScoreScale::ExamPoints,
            value: (380 + random.below(200)).to_string(),
            passed: Some(true),
        }),
        hours: (kind == AchievementKind::Training).then(|| u32::try_from(8 * random.below(20)).expect("small")),
        practice_hours: None,
        delivery: Some(if random.some(30) { Delivery::Online } else { Delivery::Taught }),
        completed_on: day("2024-06-30"),
        issued_on: None,
        valid_until: random.some(40).then(|| day(&format!("2027-{:02}-01", 1 + random.below(12)))),
        enrolment: None,
        required: Some(random.some(70)),
        classes: BTreeSet::new(),
        redeemed_for: None,
        hypothetical: false,
    }
}

const fn prefix(kind: AchievementKind) -> &'static str {
    match kind {
        AchievementKind::SkillCertificate => "X",
        AchievementKind::Competition => "G",
        AchievementKind::Examination => "E",
        AchievementKind::Course => "K",
        _ => "T",
    }
}

fn rule(at: usize, codes: usize, size: Size, random: &mut Random) -> Value {
    let code = random.below(codes);
    let (source, value, place, caps, score) = match at % 6 {
        0 => (
            json!({"kinds": ["skill_certificate"], "codes": [format!("X{code}")], "levels": [random.one(&LEVELS)]}),
            json!({"is": "target_course"}),
            json!({"in": "courses", "classes": [random.one(&CLASSES[1..3])]}),
            json!([{"code": format!("item-{at}"), "per": "item", "most": {"is": "credits", "credits": "8"}}]),
            json!({"is": "exempt"}),
        ),
        1 => {
            let named: BTreeSet<usize> = (0..3).map(|_| random.below(size.courses)).collect();
            let named: Vec<Value> = named.into_iter().map(|course| json!({"code": format!("C{course:03}")})).collect();
            (
                json!({"kinds": ["skill_certificate"], "codes": [format!("X{code}")]}),
                json!({"is": "named_courses", "courses": named}),
                json!({"in": "courses"}),
                json!([]),
                json!({"is": "fixed", "score": "80"}),
            )
        }
        2 => {
            let row = |tier: &str, prize: &str, credits: &str| json!({"when": {"tiers": [tier], "prizes": [prize]}, "credits": credits});
            (
                json!({"kinds": ["competition"], "codes": [format!("G{code}")], "team_rank_max": 3}),
                json!({"is": "table", "rows": [
                    row("national", "first", "6"), row("national", "second", "5"), row("national", "third", "4"),
                    row("provincial", "first", "3.5"), row("provincial", "second", "3"), row("city", "first", "2"),
                ]}),
                json!({"in": "module", "classes": ["创新"]}),
                json!([]),
                json!({"is": "exempt"}),
            )
        }
        3 => (
            json!({"kinds": ["examination"], "codes": [format!("E{code}")], "score_min": "425"}),
            json!({"is": "target_course"}),
            json!({"in": "courses", "codes": [format!("C{:03}", random.below(size.courses))]}),
            json!([]),
            json!({"is": "bands", "bands": [{"from": "425", "to": "475", "record": "85"}, {"from": "475.1", "to": "710", "record": "95"}]}),
        ),
        4 => (
            json!({"kinds": ["course"], "codes": [format!("K{code}")]}),
            json!({"is": "target_course"}),
            json!({"in": "courses", "same_course": true}),
            json!([]),
            json!({"is": "keep"}),
        ),
        _ => (
            json!({"kinds": ["training"], "codes": [format!("T{code}")]}),
            json!({"is": "hours_per", "hours": 16}),
            json!({"in": "programme"}),
            json!([{"code": format!("all-{at}"), "per": "programme", "most": {"is": "credits", "credits": "4"}}]),
            json!({"is": "exempt"}),
        ),
    };
    json!({
        "code": format!("R{at}"), "title": format!("规则{at}"), "sources": [source], "value": value,
        "target": {"place": place, "never": ["综合实践"],
            "direction": {"required_by_required": at % 6 == 4, "target_at_most_source": at % 12 == 4}},
        "exclusivity": {"scope": "programme", "highest_only": at.is_multiple_of(3)}, "caps": caps, "score": score,
    })
}
