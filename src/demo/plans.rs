//! What the city's plans 培养方案 look like: modules, the courses that all majors share, classes, requirements.

use super::majors::Major;
use crate::domain::credit::CreditAmount;
use crate::domain::level::ProgrammeLevel;
use crate::domain::programme_version::{Module, ModuleCourse, NewProgrammeVersion};
use crate::domain::requirement::{AppliesTo, Condition, Early, Requirement, Requirements, Selection, StudyTime, Unit};

/// Code of the open module.
pub const OPEN_MODULE: &str = "TZ";
/// Class of courses never exempted by a certificate.
const POLITICS: &str = "politics";
/// Class of physical education.
const PHYSICAL: &str = "physical_education";
/// Class of military skills and theory.
const MILITARY: &str = "military";
/// Class of the graduation project.
const PROJECT: &str = "graduation_project";
/// Classes in the words of the rules that schools publish.
const COMMON: &str = "公共基础必修";
const FOUNDATION: &str = "专业基础必修";
const CORE: &str = "专业核心必修";
const PUBLIC: &str = "公共选修";
const SPECIAL: &str = "专业选修";
const SOCIAL: &str = "社会实践";
/// The class of the open module.
const EXTRA: &str = "拓展";

/// A course as a table gives it: name, credits in thousandths, the term in which it ends counted from 0, its classes.
type Row = (&'static str, i64, usize, &'static [&'static str]);

/// Credits of a major's own courses, in thousandths, and the terms in which they end: first the foundation courses.
const OWN: [(i64, usize); 8] =
    [(3_000, 0), (6_000, 1), (6_000, 1), (6_000, 2), (5_000, 2), (6_000, 3), (2_500, 3), (4_000, 4)];
/// How many of them are foundation courses 专业基础课; the others are core courses 专业核心课.
const FOUNDATIONS: usize = 3;

/// Courses that every programme of a level has.
const SECONDARY: &[Row] = &[
    ("思想政治", 4_000, 0, &[COMMON, POLITICS]),
    ("语文", 4_000, 0, &[COMMON]),
    ("数学", 4_000, 1, &[COMMON]),
    ("英语", 3_000, 1, &[COMMON]),
    ("体育与健康", 2_000, 0, &[COMMON, PHYSICAL]),
    ("信息技术基础", 6_000, 2, &[COMMON]),
    ("历史", 4_000, 2, &[COMMON]),
    ("公共艺术", 2_000, 1, &[COMMON]),
    ("劳动教育", 2_000, 3, &[COMMON]),
    ("职业语文", 4_000, 2, &[COMMON]),
    ("职业数学", 4_000, 2, &[COMMON]),
    ("职业英语", 3_000, 3, &[COMMON]),
];
const HIGHER: &[Row] = &[
    ("思想道德与法治", 4_000, 0, &[COMMON, POLITICS]),
    ("高职语文", 4_000, 0, &[COMMON]),
    ("高等数学", 4_000, 1, &[COMMON]),
    ("大学英语", 3_000, 1, &[COMMON]),
    ("大学体育", 2_000, 0, &[COMMON, PHYSICAL]),
    ("军事技能", 2_000, 0, &[COMMON, MILITARY]),
    ("军事理论", 2_000, 0, &[COMMON, MILITARY]),
    ("信息技术应用", 3_000, 2, &[COMMON]),
];
const UNDERGRADUATE: &[Row] = &[
    ("思想政治理论", 4_000, 0, &[COMMON, POLITICS]),
    ("大学写作", 4_000, 0, &[COMMON]),
    ("工程数学", 4_000, 1, &[COMMON]),
    ("大学英语", 3_000, 1, &[COMMON]),
    ("大学体育", 2_000, 0, &[COMMON, PHYSICAL]),
    ("军事技能", 2_000, 0, &[COMMON, MILITARY]),
    ("军事理论", 2_000, 0, &[COMMON, MILITARY]),
    ("信息技术应用", 3_000, 2, &[COMMON]),
];
/// Practice. 社会实践 has the five credits that provinces ask of secondary schools.
const SECONDARY_PRACTICE: &[Row] = &[
    ("社会实践", 5_000, 1, &[SOCIAL]),
    ("岗位实习", 30_000, 5, &[]),
    ("认识实习", 2_000, 0, &[]),
    ("跟岗实习", 8_000, 3, &[]),
    ("综合实训", 15_000, 4, &[]),
];
const HIGHER_PRACTICE: &[Row] = &[
    ("社会实践", 5_000, 1, &[SOCIAL]),
    ("岗位实习", 30_000, 5, &[]),
    ("综合实训", 8_000, 4, &[]),
    ("毕业设计", 6_000, 5, &[PROJECT]),
];
/// Electives for everybody, two credits each.
const PUBLIC_ELECTIVES: &[&str] = &[
    "创新创业基础",
    "心理健康教育",
    "中华优秀传统文化",
    "信息检索",
    "数字素养",
    "生态文明",
    "法律常识",
    "音乐鉴赏",
    "中原文化概览",
    "职业沟通",
];
/// Electives beside the major's own courses, three credits each.
const SPECIAL_ELECTIVES: &[&str] =
    &["专业英语", "行业法规", "职业安全", "数字化管理", "质量管理", "创新设计", "市场调研", "项目实务"];
/// Credits of an elective, and the least to be gained in its module, in thousandths.
const PUBLIC_SHAPE: (i64, i64) = (2_000, 8_000);
const SPECIAL_SHAPE: (i64, i64) = (3_000, 12_000);
/// Courses of the schools' own that fill the open module: name and credits in thousandths.
const SCHOOL_BASED: &[(&str, i64)] = &[
    ("汴绣体验", 4_000),
    ("木版年画体验", 4_000),
    ("豫剧欣赏", 4_000),
    ("宋词诵读", 4_000),
    ("菊花文化", 4_000),
    ("盘鼓社团", 4_000),
    ("黄河研学", 4_000),
    ("志愿服务", 4_000),
];

/// Credits of a whole programme per level; a secondary one of three years has at least 170.
const TOTAL: [i64; 3] = [175_000, 140_000, 160_000];
/// Years of study per level.
const YEARS: [u32; 3] = [3, 3, 4];
/// Hours of one credit.
const HOURS_PER_CREDIT: i64 = 16;

/// A course of a plan.
#[derive(Debug, Clone)]
pub struct PlannedCourse {
    /// Code.
    pub code: String,
    /// Name.
    pub name: &'static str,
    /// Credits.
    pub credits: CreditAmount,
    /// Teaching hours.
    pub hours: u32,
    /// Of these, practice.
    pub practice_hours: u32,
    /// The term in which it ends, counted from 0.
    pub term: usize,
    /// Whether everybody must pass it.
    pub required: bool,
    /// Its classes.
    pub classes: &'static [&'static str],
}

const fn number(level: ProgrammeLevel) -> usize {
    level as usize
}

/// The courses of a module, numbered from 1 after `key` and the level.
fn numbered(key: &str, level: ProgrammeLevel, rows: &[Row], required: bool, all_practice: bool) -> Vec<PlannedCourse> {
    let one = |(place, &(name, credits, term, classes)): (usize, &Row)| {
        let hours = (credits * HOURS_PER_CREDIT / 1_000) as u32;
        PlannedCourse {
            code: format!("{key}{}{:02}", number(level) + 1, place + 1),
            name,
            credits: CreditAmount::from_thousandths(credits),
            hours,
            practice_hours: if all_practice { hours } else { hours / 2 },
            term,
            required,
            classes,
        }
    };
    rows.iter().enumerate().map(one).collect()
}

/// Courses of a school's own at a level; in no plan, they count in the open module.
pub fn school_based(level: ProgrammeLevel) -> Vec<PlannedCourse> {
    let rows: Vec<Row> = SCHOOL_BASED.iter().map(|(name, credits)| (*name, *credits, 4, &[PUBLIC][..])).collect();
    numbered("XB", level, &rows, false, false)
}

/// The modules of a plan with their courses, the open one last.
fn modules(major: &Major, level: ProgrammeLevel) -> Vec<(Module, Vec<PlannedCourse>)> {
    let n = number(level);
    let own: Vec<Row> = (0..)
        .zip(major.courses[n].split(' ').zip(OWN))
        .map(|(place, (name, (credits, term)))| {
            let classes: &[&str] = if place < FOUNDATIONS { &[FOUNDATION] } else { &[CORE] };
            (name, credits, term, classes)
        })
        .collect();
    let electives = |names: &[&'static str], credits, classes: &'static [&'static str]| -> Vec<Row> {
        names.iter().enumerate().map(|(place, name)| (*name, credits, 1 + place % 4, classes)).collect()
    };
    let common = [SECONDARY, HIGHER, UNDERGRADUATE][n];
    let practice = if level == ProgrammeLevel::Secondary { SECONDARY_PRACTICE } else { HIGHER_PRACTICE };
    let module = |code: &str, name: &str, least: Option<i64>, classes: &[&str], courses: Vec<PlannedCourse>| {
        let all = courses.iter().map(|course| course.credits.thousandths()).sum();
        let module = Module {
            code: code.into(),
            name: name.into(),
            min_credits: CreditAmount::from_thousandths(least.unwrap_or(all)),
            practice: code == "SJ",
            classes: classes.iter().map(ToString::to_string).collect(),
            courses: courses.iter().cloned().map(ModuleCourse::from).collect(),
        };
        (module, courses)
    };
    let public = electives(PUBLIC_ELECTIVES, PUBLIC_SHAPE.0, &[]);
    let special = electives(SPECIAL_ELECTIVES, SPECIAL_SHAPE.0, &[]);
    let mut all = vec![
        module("GG", "公共基础课程", None, &[], numbered("GG", level, common, true, false)),
        module("ZY", "专业课程", None, &[], numbered(major.key, level, &own, true, false)),
        module("SJ", "实践教学", None, &[], numbered("SJ", level, practice, true, true)),
        module("XX", "公共选修课程", Some(PUBLIC_SHAPE.1), &[PUBLIC], numbered("XX", level, &public, false, false)),
        module("ZX", "专业选修课程", Some(SPECIAL_SHAPE.1), &[SPECIAL], numbered("ZX", level, &special, false, false)),
    ];
    let minima: i64 = all.iter().map(|(module, _)| module.min_credits.thousandths()).sum();
    all.push(module(OPEN_MODULE, "拓展学分", Some(TOTAL[n] - minima), &[EXTRA], Vec::new()));
    all
}

fn selection(any_of: &[&str]) -> Selection {
    Selection { any_of: any_of.iter().map(ToString::to_string).collect(), none_of: Vec::new() }
}

/// What is asked for beyond the modules: of the plan, that electives and practice have their share; of the learner, total
/// credits and social practice; study time, and what staff confirm.
fn requirements(level: ProgrammeLevel) -> Requirements {
    let share = |text: &str| text.parse().ok();
    let blank = |code: &str, name: &str| Requirement {
        code: code.into(),
        name: name.into(),
        applies_to: AppliesTo::Learner,
        counts: Selection::default(),
        unit: Unit::Credits,
        least: None,
        most: None,
        least_share: None,
        most_share: None,
        share_of: None,
        each: None,
        by: None,
        make_up: None,
        holds: None,
    };
    let mut items = vec![
        Requirement {
            applies_to: AppliesTo::Plan,
            counts: selection(&["elective"]),
            least_share: share("0.1"),
            ..blank("elective-share", "选修学分不少于总学分的 10%")
        },
        Requirement {
            applies_to: AppliesTo::Plan,
            unit: Unit::PracticeHours,
            least_share: share("0.5"),
            ..blank("practice-share", "实践学时不少于总学时的 50%")
        },
    ];
    let months = YEARS[number(level)] * 12;
    let early = (level == ProgrammeLevel::Secondary).then(|| {
        items.push(Requirement {
            least: Some(CreditAmount::from_thousandths(170_000)),
            ..blank("total", "总学分不少于 170")
        });
        items.push(Requirement {
            counts: selection(&[SOCIAL]),
            least: Some(CreditAmount::from_thousandths(5_000)),
            ..blank("social-practice", "社会实践不少于 5 学分")
        });
        Early { after_months: 24, credits: CreditAmount::from_thousandths(150_000), by_months: 12 }
    });
    let conditions = [("conduct", "操行评定合格"), ("fitness", "体质健康测试合格"), ("internship", "实习鉴定合格")];
    Requirements {
        items,
        // A year of study ends in early July, two months before the next one begins.
        study: Some(StudyTime { months: months - 3, early }),
        substitutions: Vec::new(),
        conditions: conditions
            .iter()
            .map(|(code, name)| Condition { code: (*code).into(), name: (*name).into() })
            .collect(),
    }
}

impl Major {
    /// The courses of its plan at a level, module by module.
    pub fn courses(&self, level: ProgrammeLevel) -> Vec<PlannedCourse> {
        modules(self, level).into_iter().flat_map(|(_, courses)| courses).collect()
    }

    /// Its plan at a level for a cohort.
    pub fn plan(&self, level: ProgrammeLevel, cohort: i32) -> NewProgrammeVersion {
        NewProgrammeVersion {
            cohort,
            total_credits: CreditAmount::from_thousandths(TOTAL[number(level)]),
            modules: modules(self, level).into_iter().map(|(module, _)| module).collect(),
            conversion_cap_share: Some("0.5".into()),
            requirements: requirements(level),
        }
    }
}

impl From<PlannedCourse> for ModuleCourse {
    fn from(course: PlannedCourse) -> Self {
        Self {
            code: course.code,
            name: course.name.into(),
            credits: course.credits,
            required: course.required,
            hours: Some(course.hours),
            practice_hours: Some(course.practice_hours),
            classes: course.classes.iter().map(ToString::to_string).collect(),
            term: u32::try_from(course.term + 1).ok(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::demo::majors::MAJORS;
    use crate::domain::programme::NewProgramme;

    #[test]
    fn every_plan_stands_up_to_the_checks() {
        for major in MAJORS {
            for level in ProgrammeLevel::ALL {
                let (code, name) = major.at(*level);
                let programme = NewProgramme { level: *level, major_code: code.into(), name: name.into() };
                assert!(programme.validate().is_ok(), "{code}");
                let plan = major.plan(*level, 2025);
                assert!(plan.validate().is_ok(), "{code}: {:?}", plan.validate());
                let required: i64 = major
                    .courses(*level)
                    .iter()
                    .filter(|course| course.required)
                    .map(|course| course.credits.thousandths())
                    .sum();
                assert!(required * 2 > TOTAL[number(*level)], "{code}: most of a plan is required");
                let open = plan.modules.last().expect("modules");
                let school_based: i64 = school_based(*level).iter().map(|course| course.credits.thousandths()).sum();
                assert!(open.courses.is_empty() && open.min_credits.thousandths() <= school_based, "{code}");
            }
        }
    }
}
