//! The sheets and their columns: which member of a rule each holds, under which title, written how.

use super::cell::{Cell, List};

/// A column. Its key is the path of the member within the row's object, with dots.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Column {
    /// The stable key of the hidden second row.
    pub key: &'static str,
    /// Chinese title.
    pub zh: &'static str,
    /// English title, for messages and differences.
    pub en: &'static str,
    /// How it is written.
    pub cell: Cell,
}

/// A sheet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sheet {
    /// The head of the set: one row.
    Set,
    /// One row per rule.
    Rules,
    /// Second to fifth sources.
    Sources,
    /// Rows of tables, and adjustments.
    Rows,
    /// Named courses.
    Courses,
    /// Bands of scores.
    Bands,
    /// Caps; of the whole set where no rule is named.
    Caps,
    /// Steps of procedures.
    Steps,
    /// Cases.
    Cases,
}

impl Sheet {
    /// In the order of the workbook.
    pub const ALL: [Self; 9] = [
        Self::Set,
        Self::Rules,
        Self::Sources,
        Self::Rows,
        Self::Courses,
        Self::Bands,
        Self::Caps,
        Self::Steps,
        Self::Cases,
    ];

    /// Stable key.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Set => "set",
            Self::Rules => "rules",
            Self::Sources => "sources",
            Self::Rows => "rows",
            Self::Courses => "courses",
            Self::Bands => "bands",
            Self::Caps => "caps",
            Self::Steps => "steps",
            Self::Cases => "cases",
        }
    }

    /// Name of the sheet.
    pub const fn zh(self) -> &'static str {
        match self {
            Self::Set => "规则集",
            Self::Rules => "规则",
            Self::Sources => "附加来源",
            Self::Rows => "分值表",
            Self::Courses => "指定课程",
            Self::Bands => "分数段",
            Self::Caps => "上限",
            Self::Steps => "审核步骤",
            Self::Cases => "用例",
        }
    }

    /// What a row of it is called in messages and differences.
    pub const fn en(self) -> &'static str {
        match self {
            Self::Set => "rule set",
            Self::Rules => "rule",
            Self::Sources => "further source",
            Self::Rows => "table row",
            Self::Courses => "named course",
            Self::Bands => "score band",
            Self::Caps => "cap",
            Self::Steps => "step",
            Self::Cases => "case",
        }
    }

    /// Its columns, in order.
    pub fn columns(self) -> Vec<Column> {
        match self {
            Self::Set => SET.to_vec(),
            Self::Rules => [RULE_HEAD, RULE_SOURCE, RULE_REST].concat(),
            Self::Sources => [OF_RULE, SELECTOR].concat(),
            Self::Rows => [OF_RULE, ROW_HEAD, ROW_WHEN].concat(),
            Self::Courses => [OF_RULE, COURSE].concat(),
            Self::Bands => [OF_RULE, BAND].concat(),
            Self::Caps => [OF_RULE, CAP].concat(),
            Self::Steps => [OF_RULE, STEP].concat(),
            Self::Cases => [OF_RULE, CASE].concat(),
        }
    }
}

/// Key of the column that names the rule a row belongs to.
pub const RULE: &str = "rule";

/// Columns whose keys all begin with the same path.
macro_rules! columns {
    ($name:ident at $at:literal: $( $key:literal $zh:literal $en:literal $cell:expr ),+ $(,)?) => {
        const $name: &[Column] = &[$( Column { key: concat!($at, $key), zh: $zh, en: $en, cell: $cell } ),+];
    };
}

/// The columns of a selector, wherever one stands.
macro_rules! selector {
    ($name:ident at $at:literal) => {
        columns! {
            $name at $at:
            "kinds" "成果类型" "kinds" Cell::Some(List::Kind),
            "fact.fact" "个人事实" "fact" Cell::Text,
            "fact.at_least" "事实不低于" "fact at least" Cell::Whole,
            "codes" "成果代码" "codes" Cell::List,
            "names" "成果名称" "names" Cell::List,
            "issuers" "颁发机构编号" "issuers" Cell::List,
            "issuer_kinds" "颁发机构类型" "kinds of issuer" Cell::Some(List::IssuerKind),
            "levels" "等级" "levels" Cell::Some(List::Level),
            "tiers" "竞赛级别" "tiers" Cell::Some(List::Tier),
            "prizes" "奖项" "prizes" Cell::Some(List::Prize),
            "roles" "团队角色" "roles" Cell::Some(List::Role),
            "team_rank_max" "团队排名不超过" "greatest team rank" Cell::Whole,
            "score_min" "成绩不低于" "least score" Cell::Text,
            "score_max" "成绩不高于" "greatest score" Cell::Text,
            "hours_min" "学时不少于" "least hours" Cell::Whole,
            "practice_share_min" "实操比例不低于" "least share of practice" Cell::Share,
            "deliveries" "授课方式" "deliveries" Cell::Some(List::Delivery),
            "tags_any" "须有标签之一" "any of these tags" Cell::List,
            "tags_none" "不得有标签" "none of these tags" Cell::List,
            "required" "原为必修" "required at the source" Cell::Flag,
            "classes" "原课程类别" "classes at the source" Cell::List,
        }
    };
}

selector!(RULE_SOURCE at "sources.0.");
selector!(SELECTOR at "");
selector!(ROW_WHEN at "when.");

columns! {
    OF_RULE at "":
    "rule" "规则编号" "rule" Cell::Text,
}

columns! {
    SET at "":
    "name" "名称" "name" Cell::Text,
    "authority" "层级" "authority" Cell::One(List::Authority),
    "basis" "依据文件" "basis" Cell::Text,
    "basis_url" "文件网址" "address of the basis" Cell::Text,
    "effective_from" "生效日" "effective from" Cell::Day,
    "effective_to" "失效日" "effective to" Cell::Day,
    "cohort_from" "起始年级" "first cohort" Cell::Whole,
    "cohort_to" "截止年级" "last cohort" Cell::Whole,
    "programmes" "适用专业编号" "programmes" Cell::List,
    "min_similarity" "内容相关度不低于" "least similarity" Cell::Share,
    "valid_years_max" "成果有效期最长年数" "longest validity" Cell::Whole,
    "association_one_tier_down" "协会主办降一级" "associations one tier down" Cell::Flag,
}

columns! {
    RULE_HEAD at "":
    "code" "规则编号" "code" Cell::Text,
    "title" "标题" "title" Cell::Text,
    "clause" "条款" "clause" Cell::Text,
}

columns! {
    RULE_REST at "":
    "value.is" "学分方式" "value" Cell::One(List::Value),
    "value.credits" "学分" "credits" Cell::Amount,
    "value.hours" "每学分学时" "hours per credit" Cell::Whole,
    "value.numerator" "比例分子" "numerator" Cell::Whole,
    "value.denominator" "比例分母" "denominator" Cell::Whole,
    "value.total" "课程总学分" "total of the courses" Cell::Amount,
    "value.all_or_nothing" "须全部课程" "all or nothing" Cell::Flag,
    "target.place.in" "去处" "place" Cell::One(List::Place),
    "target.place.classes" "课程或模块类别" "classes of the place" Cell::List,
    "target.place.codes" "课程或模块代码" "codes of the place" Cell::List,
    "target.place.modules" "限于模块" "modules of the place" Cell::List,
    "target.place.same_course" "限同名课程" "same course" Cell::Flag,
    "target.place.most" "最多几门" "most courses" Cell::Whole,
    "target.place.part" "只免部分" "part" Cell::Text,
    "target.levels" "专业层次" "levels of the programme" Cell::Some(List::ProgrammeLevel),
    "target.majors" "专业代码" "majors" Cell::List,
    "target.majors_excluded" "不适用专业代码" "majors excluded" Cell::List,
    "target.programmes" "限专业编号" "programmes" Cell::List,
    "target.institutions" "限院校编号" "institutions" Cell::List,
    "target.never" "不得免修类别" "never" Cell::List,
    "target.direction.required_by_required" "必修只由必修替代" "required by required" Cell::Flag,
    "target.direction.target_at_most_source" "不高于原学分" "target at most source" Cell::Flag,
    "target.direction.target_at_least_source" "不低于原学分" "target at least source" Cell::Flag,
    "score.is" "成绩方式" "score" Cell::One(List::Score),
    "score.score" "固定成绩" "fixed score" Cell::Text,
    "score.or_examined" "可申请考核" "or examined" Cell::Flag,
    "score.most" "成绩封顶" "greatest score recorded" Cell::Text,
    "remainder" "多余学分" "remainder" Cell::One(List::Remainder),
    "exclusivity.scope" "使用次数" "once per" Cell::One(List::Scope),
    "exclusivity.family" "共用家族" "family" Cell::Text,
    "exclusivity.highest_only" "同类取最高" "highest only" Cell::Flag,
    "exclusivity.upgrade_adds_difference" "升级补差" "upgrade adds the difference" Cell::Flag,
    "time.valid_years" "有效年数" "years of validity" Cell::Whole,
    "time.within_own_validity" "须在证书有效期内" "within its own validity" Cell::Flag,
    "time.completed_from" "取得不早于" "completed from" Cell::Day,
    "time.completed_to" "取得不晚于" "completed to" Cell::Day,
    "time.window.is" "申请时间" "window" Cell::One(List::Window),
    "time.window.from" "申请起" "window from" Cell::Text,
    "time.window.to" "申请止" "window to" Cell::Text,
    "time.window.first" "起始周" "first week" Cell::Whole,
    "time.window.last" "截止周" "last week" Cell::Whole,
    "person.facts" "本人须符合" "facts of the person" Cell::Facts,
    "procedure.is" "程序" "procedure" Cell::One(List::Procedure),
    "draws" "扣减原学分" "draws" Cell::One(List::Draws),
    "rounding.mode" "取整方式" "rounding" Cell::One(List::Rounding),
    "rounding.step" "取整单位" "step of rounding" Cell::Amount,
}

columns! {
    ROW_HEAD at "":
    "kind" "行类型" "kind of row" Cell::One(List::RowKind),
    "credits" "学分(调整为减去)" "credits" Cell::Amount,
    "score" "成绩" "score" Cell::Text,
    "majors" "限专业代码" "majors" Cell::List,
}

columns! {
    COURSE at "":
    "code" "课程代码" "code" Cell::Text,
    "name" "课程名称" "name" Cell::Text,
    "credits" "学分" "credits" Cell::Amount,
    "similarity" "内容相关度" "similarity" Cell::Share,
}

columns! {
    BAND at "":
    "from" "分数起" "from" Cell::Text,
    "to" "分数止" "to" Cell::Text,
    "record" "记为" "recorded as" Cell::Text,
}

columns! {
    CAP at "":
    "code" "上限编号" "code" Cell::Text,
    "clause" "条款" "clause" Cell::Text,
    "over.classes" "计入类别" "over classes" Cell::List,
    "over.modules" "计入模块" "over modules" Cell::List,
    "over.kinds" "计入成果类型" "over kinds" Cell::Some(List::Kind),
    "over.deliveries" "计入授课方式" "over deliveries" Cell::Some(List::Delivery),
    "over.tags" "计入标签" "over tags" Cell::List,
    "per" "范围" "per" Cell::One(List::Per),
    "most.is" "上限方式" "most" Cell::One(List::Most),
    "most.credits" "学分" "credits" Cell::Amount,
    "most.share" "比例" "share" Cell::Share,
    "most.base.classes" "基数类别" "classes of the base" Cell::List,
    "most.base.without" "基数不含类别" "base without" Cell::List,
    "most.count" "数量" "count" Cell::Whole,
}

columns! {
    STEP at "":
    "name" "步骤" "name" Cell::Text,
    "by" "由谁决定" "by" Cell::One(List::StepBy),
    "role" "角色" "role" Cell::Text,
    "working_days" "工作日" "working days" Cell::Whole,
}

columns! {
    CASE at "":
    "name" "用例名称" "name" Cell::Text,
    "given" "条件(JSON)" "given" Cell::Json,
    "expect.credits" "应得学分" "expected credits" Cell::Amount,
    "expect.courses" "应免门数" "expected courses" Cell::Whole,
    "expect.score" "应记成绩" "expected score" Cell::Text,
    "expect.refused" "应拒绝原因" "expected refusal" Cell::Text,
}
