//! Conditions that credits cannot show, as schools usually ask for them (操行、处分、体测、实习鉴定).

/// Conditions that every school may decide on, whether a plan asks for them or not: code and name.
pub const USUAL: [(&str, &str); 4] =
    [("conduct", "操行"), ("discipline", "处分"), ("fitness", "体测"), ("internship", "实习鉴定")];

/// The name of a condition that no plan names; an unknown one is told by its code.
pub fn usual_name(code: &str) -> &str {
    USUAL.iter().find(|(usual, _)| *usual == code).map_or(code, |(_, name)| name)
}
