//! Kinds of achievement 学习成果.

use super::credit_type::CreditType;

text_enum! {
    /// What was completed.
    pub enum AchievementKind {
        Course = "course" / "课程",
        Examination = "examination" / "社会考试",
        SkillCertificate = "skill_certificate" / "1+X 职业技能等级证书",
        SkillLevel = "skill_level" / "技能等级认定证书",
        Qualification = "qualification" / "职业资格证书",
        Training = "training" / "职业培训",
        Competition = "competition" / "技能竞赛",
        Experience = "experience" / "实践经历",
        Diploma = "diploma" / "学历证书",
    }
}

impl AchievementKind {
    /// The credit type of every achievement of this kind; none for courses (it follows from the programme) and for
    /// diplomas (they carry no credits).
    pub const fn credit_type(self) -> Option<CreditType> {
        match self {
            Self::Course | Self::Diploma => None,
            Self::Training => Some(CreditType::Training),
            Self::Examination
            | Self::SkillCertificate
            | Self::SkillLevel
            | Self::Qualification
            | Self::Competition
            | Self::Experience => Some(CreditType::Skill),
        }
    }

    /// Whether its effective date is the issue date of a certificate, where one is given.
    pub const fn is_certificate(self) -> bool {
        matches!(self, Self::SkillCertificate | Self::SkillLevel | Self::Qualification | Self::Diploma)
    }
}
