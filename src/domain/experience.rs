//! Practical experience 实践经历.

text_enum! {
    /// Kinds of experience; the word is also its code in the catalogue.
    pub enum ExperienceType {
        Internship = "internship" / "岗位实习",
        Apprenticeship = "apprenticeship" / "学徒",
        MilitaryService = "military_service" / "服役",
    }
}
