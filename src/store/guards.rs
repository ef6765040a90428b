//! What the database itself keeps from being changed: the one list that the serving role's privileges, the comparison of the
//! migrations' triggers and the attacks of the tests go by.

/// Tables that only ever grow: no row is changed or removed.
pub const APPEND_ONLY: &[&str] = &[
    "achievement",
    "audit_checkpoint",
    "audit_event",
    "audit_link",
    "audit_result",
    "case_file",
    "case_step",
    "conversion_step",
    "enrolment_condition",
    "enrolment_status",
    "evidence_file",
    "evidence_file_end",
    "expiry_policy",
    "ledger_transaction",
    "posting",
    "precedent",
    "rule_set_comment",
    "rule_set_editor",
];

/// A table whose rows keep what they say, and only come to another state.
#[derive(Debug, Clone, Copy)]
pub struct Kept {
    /// The table.
    pub table: &'static str,
    /// The columns that may change; nothing else of a row ever does.
    pub may_change: &'static [&'static str],
    /// Whether rows may go: those on which nothing rests.
    pub may_go: bool,
}

/// Tables whose rows keep what they say. Versions of rule sets are guarded by their state instead, and stay in their place.
pub const KEPT: &[Kept] = &[
    Kept {
        table: "award",
        may_change: &["state", "requested_by", "reason", "confirmed_by", "version", "updated_at"],
        may_go: false,
    },
    Kept {
        table: "conversion",
        may_change: &[
            "status",
            "credits",
            "exempts",
            "step",
            "step_by",
            "turn_id",
            "due_on",
            "days_left",
            "decided_on",
            "version",
            "updated_at",
        ],
        may_go: false,
    },
    Kept { table: "conversion_plan", may_change: &[], may_go: true },
    Kept {
        table: "learner_fact",
        may_change: &["revoked_at", "revoked_by", "revocation_id", "revocation"],
        may_go: false,
    },
];

/// Tables with guards of their own making.
pub const OTHERS: &[&str] = &["rule_set_version"];
