//! Awards 毕业认定: what becomes of an enrolment in the end, and the audits that prepare it.

use super::enrolment::EnrolmentStatus;

text_enum! {
    /// What an award says. Only 毕业 redeems credits and records a diploma; after 结业 the credits stay for a later 毕业.
    pub enum AwardOutcome {
        Graduated = "graduated" / "毕业",
        Completed = "completed" / "结业",
        Incomplete = "incomplete" / "肄业",
        Deferred = "deferred" / "延期",
    }
}

text_enum! {
    /// Where an award stands.
    pub enum AwardState {
        Conferred = "conferred" / "已认定",
        ReversalRequested = "reversal_requested" / "待第二人确认撤销",
        Reversed = "reversed" / "已撤销",
    }
}

text_enum! {
    /// Which audit: a term ahead, without the conditions and the study time, or the one that awards follow from.
    pub enum AuditStage {
        Pre = "pre" / "预审",
        Final = "final" / "终审",
    }
}

text_enum! {
    /// How far an audit is.
    pub enum AuditState {
        Queued = "queued" / "排队中",
        Running = "running" / "审核中",
        Done = "done" / "已完成",
        Failed = "failed" / "失败",
    }
}

impl AwardOutcome {
    /// The status that the enrolment gets; none where it goes on.
    pub const fn status(self) -> Option<EnrolmentStatus> {
        match self {
            Self::Graduated => Some(EnrolmentStatus::Graduated),
            Self::Completed => Some(EnrolmentStatus::Completed),
            Self::Incomplete => Some(EnrolmentStatus::Incomplete),
            Self::Deferred => None,
        }
    }

    /// Whether everything that the programme asks for has to be met.
    pub const fn needs_all(self) -> bool {
        matches!(self, Self::Graduated)
    }

    /// Whether a certificate with a number is issued.
    pub const fn has_number(self) -> bool {
        !matches!(self, Self::Deferred)
    }
}
