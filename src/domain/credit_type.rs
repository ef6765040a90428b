//! Credit types 学分类型: kinds of credit that are never added to one another.

text_enum! {
    /// What a credit counts as. It follows from the programme's level or from the kind of achievement.
    pub enum CreditType {
        Secondary = "secondary" / "中职学分",
        Higher = "higher" / "高职学分",
        Undergraduate = "undergraduate" / "本科学分",
        Skill = "skill" / "技能学分",
        Training = "training" / "培训学分",
    }
}
