//! What an API client's token allows.

use crate::domain::text_enum::text_enum;

text_enum! {
    /// An OAuth 2 scope.
    pub enum Scope {
        InstitutionsRead = "institutions:read" / "查看机构",
        InstitutionsWrite = "institutions:write" / "管理机构",
        AccreditationsWrite = "accreditations:write" / "管理备案",
        ProgrammesRead = "programmes:read" / "查看专业",
        ProgrammesWrite = "programmes:write" / "管理专业",
        CoursesRead = "courses:read" / "查看课程",
        CoursesWrite = "courses:write" / "管理课程",
        CatalogueRead = "catalogue:read" / "查看证书目录",
        CatalogueWrite = "catalogue:write" / "管理证书目录",
        LearnersRead = "learners:read" / "查看学习者",
        LearnersWrite = "learners:write" / "管理学习者",
        AchievementsRead = "achievements:read" / "查看成果",
        AchievementsWrite = "achievements:write" / "登记成果",
        LedgerRead = "ledger:read" / "查看账簿",
        RulesRead = "rules:read" / "查看转换规则",
        RulesWrite = "rules:write" / "编辑转换规则",
        RulesPublish = "rules:publish" / "发布转换规则",
        PlansRead = "plans:read" / "查看转换方案",
        ConversionsRead = "conversions:read" / "查看转换",
        ConversionsWrite = "conversions:write" / "申请转换",
        ConversionsDecide = "conversions:decide" / "办理转换",
        CasesRead = "cases:read" / "查看认定申请",
        CasesWrite = "cases:write" / "提交认定申请",
        CasesDecide = "cases:decide" / "办理认定申请",
        AwardsRead = "awards:read" / "查看毕业认定",
        AwardsWrite = "awards:write" / "办理毕业认定",
        FactsWrite = "facts:write" / "登记个人情况",
        AuditRead = "audit:read" / "查看审计记录",
    }
}

/// A set of scopes, as a bit each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Scopes(u32);

impl Scopes {
    /// Whether `scope` is in it.
    pub fn contains(self, scope: Scope) -> bool {
        self.0 & (1 << scope as u32) != 0
    }

    /// With `scope`.
    pub fn with(self, scope: Scope) -> Self {
        Self(self.0 | 1 << scope as u32)
    }

    /// The scopes in both.
    pub fn intersection(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// Whether none is in it.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Parses words separated by spaces; `None` at the first unknown one.
    pub fn parse(text: &str) -> Option<Self> {
        text.split_ascii_whitespace().try_fold(Self::default(), |set, word| Some(set.with(word.parse().ok()?)))
    }
}

impl FromIterator<Scope> for Scopes {
    fn from_iter<I: IntoIterator<Item = Scope>>(scopes: I) -> Self {
        scopes.into_iter().fold(Self::default(), Self::with)
    }
}

impl std::fmt::Display for Scopes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut between = "";
        for scope in Scope::ALL.iter().filter(|scope| self.contains(**scope)) {
            write!(f, "{between}{scope}")?;
            between = " ";
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scopes_round_trip_and_unknown_ones_are_refused() {
        let text = "learners:read achievements:write";
        assert_eq!(Scopes::parse(text).expect("known").to_string(), text);
        assert_eq!(Scopes::parse("learners:read everything"), None);
        assert!(!Scopes::parse(text).expect("known").contains(Scope::LearnersWrite));
        let all: Scopes = Scope::ALL.iter().copied().collect();
        assert_eq!(Scopes::parse(&all.to_string()), Some(all));
    }
}
