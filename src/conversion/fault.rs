//! What is wrong with a rule set, as facts: where (RFC 6901 JSON pointer into the document) and what. Sentences are made
//! from the facts in both languages.

use std::fmt;

use crate::domain::invalid::{Invalid, Reason};

/// Most faults that one check reports: more help nobody, and bound the answer to a hostile document.
pub const FAULTS_MAX: usize = 200;

/// One fault.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// JSON pointer into the document, for example `/rules/3/caps/0/most`.
    pub pointer: String,
    /// What is wrong.
    pub what: What,
}

/// What is wrong. Words and amounts are as the document has them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum What {
    /// A single value is wrong by itself.
    Field(Reason),
    /// Not of the shape of a rule set; serde says why.
    Malformed {
        /// What the reader says.
        detail: String,
    },
    /// A lower bound above its upper bound, or a first day after the last.
    Reversed {
        /// The lower bound.
        from: String,
        /// The upper bound.
        to: String,
    },
    /// Two bands of scores share a score.
    BandsOverlap {
        /// Number of the other band, from 1.
        other: usize,
    },
    /// A band or row that nothing can reach, because of an earlier row or of the rule's own bounds.
    NeverReached {
        /// The row that takes everything first, from 1; none when the rule's own bounds exclude it.
        other: Option<usize>,
    },
    /// A word that belongs to other kinds of achievement.
    WordOfOtherKind {
        /// The word.
        word: String,
        /// The kinds listed, in Chinese.
        kinds: String,
    },
    /// A property that none of the listed kinds has.
    PropertyOfOtherKind {
        /// The kinds listed, in Chinese.
        kinds: String,
    },
    /// Conditions that exclude one another: nothing fits them all.
    SelectsNothing,
    /// Facts of the person bring neither credits, scores nor hours.
    NeedsAchievement,
    /// Not known in the catalogues, programmes or institutions.
    Unknown {
        /// The word.
        word: String,
    },
    /// A class that the same rule never exempts.
    NeverExempted {
        /// The class.
        class: String,
    },
    /// Another rule has this code already.
    CodeTaken {
        /// Number of that rule, from 1.
        other: usize,
        /// Its content is the same.
        same: bool,
    },
    /// Another rule says the same under another code: one achievement would count twice.
    SameRule {
        /// Code of the other rule.
        other: String,
    },
    /// Two rules of one family disagree on how often the same source counts in the same place.
    Exclusivity {
        /// Code of the other rule.
        other: String,
        /// The family.
        family: String,
    },
    /// Courses exempt one another in a circle.
    Cycle {
        /// Rule codes and courses along the circle, the first repeated at the end.
        path: Vec<String>,
    },
    /// A cap that can never cut anything.
    CapNeverBinds {
        /// The most that can come before it, or nothing where that is plain.
        most: Option<String>,
    },
    /// A cap that lets nothing through, or less than the least that can come.
    CapAlwaysBinds {
        /// The least that can come before it, or nothing where that is plain.
        least: Option<String>,
    },
    /// Another cap of the same kind is tighter: this one never cuts.
    CapWeaker {
        /// Code of the tighter cap.
        other: String,
    },
    /// Allows more than a set of a higher authority.
    AboveOuter {
        /// Name of that set.
        set: String,
        /// What that set allows.
        allows: String,
    },
    /// No course or module of any programme fits.
    EmptyTarget,
    /// The amount never reaches one step of rounding.
    WorthNothing,
    /// The total is not what the courses add up to.
    Total {
        /// What they add up to.
        sum: String,
    },
    /// Nobody decides: every step is a public notice.
    NobodyDecides,
    /// A case does not give what it says.
    Case {
        /// What was expected.
        wanted: String,
        /// What came out.
        found: String,
    },
    /// The set is too intertwined to be searched for circles.
    TooIntertwined,
}

impl What {
    /// The stable kebab-case code.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Field(reason) => reason.code(),
            Self::Malformed { .. } => "malformed",
            Self::Reversed { .. } => "bounds-reversed",
            Self::BandsOverlap { .. } => "bands-overlap",
            Self::NeverReached { .. } => "never-reached",
            Self::WordOfOtherKind { .. } => "word-of-other-kind",
            Self::PropertyOfOtherKind { .. } => "property-of-other-kind",
            Self::SelectsNothing => "selects-nothing",
            Self::NeedsAchievement => "needs-achievement",
            Self::Unknown { .. } => "unknown-code",
            Self::NeverExempted { .. } => "target-never-exempted",
            Self::CodeTaken { .. } => "rule-code-taken",
            Self::SameRule { .. } => "same-rule-twice",
            Self::Exclusivity { .. } => "exclusivity-conflict",
            Self::Cycle { .. } => "conversion-cycle",
            Self::CapNeverBinds { .. } => "cap-never-binds",
            Self::CapAlwaysBinds { .. } => "cap-always-binds",
            Self::CapWeaker { .. } => "cap-weaker-than-another",
            Self::AboveOuter { .. } => "above-outer-authority",
            Self::EmptyTarget => "empty-target",
            Self::WorthNothing => "worth-nothing",
            Self::Total { .. } => "total-mismatch",
            Self::NobodyDecides => "nobody-decides",
            Self::Case { .. } => "case-fails",
            Self::TooIntertwined => "too-intertwined",
        }
    }

    /// One short Chinese sentence part.
    pub fn message_zh(&self) -> String {
        match self {
            Self::Field(reason) => reason.message_zh(),
            Self::Malformed { detail } => format!("无法读取：{detail}"),
            Self::Reversed { from, to } => format!("下限 {from} 大于上限 {to}"),
            Self::BandsOverlap { other } => format!("与第 {other} 个分数段重叠"),
            Self::NeverReached { other: Some(other) } => format!("第 {other} 行已包含这些情况，此行永远用不到"),
            Self::NeverReached { other: None } => "规则自身的条件已排除这些情况，此行永远用不到".into(),
            Self::WordOfOtherKind { word, kinds } => format!("“{word}”不适用于所列成果类型（{kinds}）"),
            Self::PropertyOfOtherKind { kinds } => format!("所列成果类型（{kinds}）没有这项属性，不会选中任何成果"),
            Self::SelectsNothing => "条件互相矛盾，不会选中任何成果".into(),
            Self::NeedsAchievement => "个人事实没有学分、成绩或学时，需要至少一项学习成果".into(),
            Self::Unknown { word } => format!("目录中没有“{word}”"),
            Self::NeverExempted { class } => format!("同一规则又规定“{class}”类课程不得免修"),
            Self::CodeTaken { other, same: false } => format!("第 {other} 条规则已使用此编号，内容不同"),
            Self::CodeTaken { other, same: true } => format!("与第 {other} 条规则完全重复"),
            Self::SameRule { other } => format!("与规则 {other} 内容相同，同一成果会重复计算"),
            Self::Exclusivity { other, family } => {
                format!("与规则 {other} 同属“{family}”，来源和去处相同，但使用次数的规定不一致")
            }
            Self::Cycle { path } => format!("课程互相替代形成循环：{}", path.join(" → ")),
            Self::CapNeverBinds { most: None } => "上限为全部，永远不起作用".into(),
            Self::CapNeverBinds { most: Some(most) } => format!("最多只能得到 {most}，此上限永远不起作用"),
            Self::CapAlwaysBinds { least: None } => "上限为零，规则永远不能使用".into(),
            Self::CapAlwaysBinds { least: Some(least) } => format!("最少也要 {least}，此上限使规则永远不能完整使用"),
            Self::CapWeaker { other } => format!("上限 {other} 更严，此上限永远不起作用"),
            Self::AboveOuter { set, allows } => format!("超出上级规则集“{set}”的规定（{allows}）"),
            Self::EmptyTarget => "没有任何专业的课程或模块符合，规则永远用不上".into(),
            Self::WorthNothing => "取整后为 0 学分".into(),
            Self::Total { sum } => format!("与各课程学分之和 {sum} 不一致"),
            Self::NobodyDecides => "所有步骤都是公示，没有人作出决定".into(),
            Self::Case { wanted, found } => format!("用例结果不符：应为 {wanted}，实际为 {found}"),
            Self::TooIntertwined => "课程之间的替代关系过多，无法检查是否循环".into(),
        }
    }

    /// One short English sentence part.
    pub fn message_en(&self) -> String {
        match self {
            Self::Field(reason) => reason.message_en(),
            Self::Malformed { detail } => format!("cannot be read: {detail}"),
            Self::Reversed { from, to } => format!("has a lower bound of {from} above its upper bound of {to}"),
            Self::BandsOverlap { other } => format!("overlaps with band {other}"),
            Self::NeverReached { other: Some(other) } => format!("is never reached: row {other} takes all of it first"),
            Self::NeverReached { other: None } => "is never reached: the rule's own conditions exclude it".into(),
            Self::WordOfOtherKind { word, kinds } => {
                format!("names \"{word}\", which the listed kinds ({kinds}) do not have")
            }
            Self::PropertyOfOtherKind { kinds } => {
                format!("is a property that the listed kinds ({kinds}) do not have: nothing is selected")
            }
            Self::SelectsNothing => "contradicts the other conditions: nothing is selected".into(),
            Self::NeedsAchievement => {
                "needs an achievement: facts of the person bring neither credits, scores nor hours".into()
            }
            Self::Unknown { word } => format!("names \"{word}\", which no catalogue has"),
            Self::NeverExempted { class } => format!("names class \"{class}\", which the same rule never exempts"),
            Self::CodeTaken { other, same: false } => format!("is the code of rule {other}, which says something else"),
            Self::CodeTaken { other, same: true } => format!("repeats rule {other}"),
            Self::SameRule { other } => format!("says the same as rule {other}: one achievement would count twice"),
            Self::Exclusivity { other, family } => format!(
                "disagrees with rule {other} of family \"{family}\" on how often the same source counts in the same place"
            ),
            Self::Cycle { path } => format!("lets courses exempt one another in a circle: {}", path.join(" → ")),
            Self::CapNeverBinds { most: None } => "allows everything and can never bind".into(),
            Self::CapNeverBinds { most: Some(most) } => format!("can never bind: at most {most} can come before it"),
            Self::CapAlwaysBinds { least: None } => "allows nothing: the rule could never be used".into(),
            Self::CapAlwaysBinds { least: Some(least) } => format!("always binds: at least {least} comes before it"),
            Self::CapWeaker { other } => format!("can never bind: cap {other} is tighter"),
            Self::AboveOuter { set, allows } => {
                format!("goes beyond what the higher authority's set \"{set}\" allows ({allows})")
            }
            Self::EmptyTarget => "fits no course or module of any programme".into(),
            Self::WorthNothing => "rounds to nothing".into(),
            Self::Total { sum } => format!("is not what the courses add up to ({sum})"),
            Self::NobodyDecides => "has public notices only: nobody decides".into(),
            Self::Case { wanted, found } => format!("gives {found} where {wanted} is expected"),
            Self::TooIntertwined => "has too many courses that exempt one another to be searched for circles".into(),
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.pointer, self.what.message_en())
    }
}

/// Faults in the order they were found, never more than [`FAULTS_MAX`].
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Faults(Vec<Fault>);

impl Faults {
    /// Notes a fault.
    pub fn push(&mut self, pointer: impl Into<String>, what: What) {
        if !self.is_full() {
            self.0.push(Fault { pointer: pointer.into(), what });
        }
    }

    /// Notes a fault of a single value.
    pub fn field(&mut self, pointer: impl Into<String>, reason: Reason) {
        self.push(pointer, What::Field(reason));
    }

    /// Notes what a checker of the domain found, below `prefix`.
    pub fn invalid(&mut self, prefix: &str, invalid: Invalid) {
        for fault in invalid.under(prefix).0 {
            self.field(fault.pointer, fault.reason);
        }
    }

    /// Keeps the value of a good result; of a bad one notes the reason.
    pub fn take<T>(&mut self, pointer: impl Into<String>, result: Result<T, Reason>) -> Option<T> {
        result.map_err(|reason| self.field(pointer, reason)).ok()
    }

    /// Whether more would not be kept.
    pub fn is_full(&self) -> bool {
        self.0.len() >= FAULTS_MAX
    }

    /// Whether nothing is wrong.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The faults.
    pub fn into_vec(self) -> Vec<Fault> {
        self.0
    }
}
