//! Training 职业培训: the plan's target groups, and what hours are worth.

use super::credit::CreditAmount;

text_enum! {
    /// Whom a training is for: the groups that the city's plan names (二(六)2), and everybody else.
    pub enum TargetGroup {
        ImpoverishedFamilyChild = "impoverished_family_child" / "贫困家庭子女",
        GraduatingStudent = "graduating_student" / "毕业学年高校毕业生（含技师学院）",
        UnadmittedSchoolLeaver = "unadmitted_school_leaver" / "城乡未继续升学的应届初高中毕业生",
        RuralMigrantWorker = "rural_migrant_worker" / "农村转移就业劳动者",
        RegisteredUnemployed = "registered_unemployed" / "城镇登记失业人员",
        TransferredWorker = "transferred_worker" / "转岗职工",
        Veteran = "veteran" / "退役军人",
        Other = "other" / "其他",
    }
}

/// Minutes of a standard lesson.
const STANDARD_MINUTES: u64 = 45;

/// `hours` lessons of `lesson_minutes` as standard lessons of 45 minutes, down to whole ones.
pub fn standard_lessons(hours: u32, lesson_minutes: u32) -> u32 {
    u32::try_from(u64::from(hours) * u64::from(lesson_minutes) / STANDARD_MINUTES).unwrap_or(u32::MAX)
}

/// `hours` lessons of `lesson_minutes`, in standard lessons of 45 minutes, at `hours_per_credit` each: exact, then down to
/// 0.5. Nothing for a rate of nought.
pub fn training_credits(hours: u32, lesson_minutes: u32, hours_per_credit: u32) -> CreditAmount {
    let minutes_per_credit = STANDARD_MINUTES * u64::from(hours_per_credit);
    let minutes = u64::from(hours) * u64::from(lesson_minutes);
    // Twice 2^64 does not fit: halves are counted in 128 bits.
    let halves = (u128::from(minutes) * 2).checked_div(u128::from(minutes_per_credit)).unwrap_or(0);
    let thousandths = i64::try_from(halves).unwrap_or(i64::MAX).saturating_mul(500);
    CreditAmount::from_thousandths(thousandths)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lessons_of_another_length_are_turned() {
        assert_eq!(standard_lessons(84, 45), 84);
        assert_eq!(standard_lessons(63, 60), 84, "63 hours of 60 minutes");
        assert_eq!(standard_lessons(94, 40), 83);
        assert_eq!(standard_lessons(u32::MAX, 120), u32::MAX);
    }

    #[test]
    fn hours_become_credits_down_to_a_half() {
        for (hours, minutes, rate, want) in [
            (40, 45, 16, "2.5"),
            (39, 45, 16, "2"),
            (8, 45, 16, "0.5"),
            (7, 45, 16, "0"),
            (12, 60, 16, "1"),
            (16, 40, 16, "0.5"),
            (18, 40, 16, "1"),
            (0, 45, 16, "0"),
            (40, 45, 0, "0"),
        ] {
            assert_eq!(training_credits(hours, minutes, rate).to_string(), want, "{hours} × {minutes} ÷ {rate}");
        }
        let _ = training_credits(u32::MAX, u32::MAX, 1);
    }
}
