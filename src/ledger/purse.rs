//! The accounts of the book: a learner's purses and the system's accounts.

use uuid::Uuid;

use crate::domain::text_enum::text_enum;

text_enum! {
    /// Which kind of account a posting moves credits from or to.
    pub enum AccountKind {
        /// Credits at the learner's free disposal.
        Available = "available" / "可用",
        /// Credits that count in one enrolment's programme; the reference is the enrolment.
        Programme = "programme" / "专业",
        /// Credits set aside while a conversion is decided; the reference is the conversion.
        Held = "held" / "申请占用中",
        /// Credits of a completed programme; the reference is the award.
        Redeemed = "redeemed" / "已计入毕业",
        /// Where an institution's credits come from; the reference is the institution.
        Issuance = "issuance" / "发放",
        /// Where converted credits come from and go to; the reference is the rule set.
        Conversion = "conversion" / "转换",
        /// Where credits of revoked, partly redeemed lots end; the reference is the institution.
        Revoked = "revoked" / "已撤销",
        /// Where expired credits end.
        Expired = "expired" / "已过期",
    }
}

impl AccountKind {
    /// Whether the learner owns it: it then has a stored balance that is never negative (I3).
    pub fn is_purse(self) -> bool {
        matches!(self, Self::Available | Self::Programme | Self::Held | Self::Redeemed)
    }

    /// Whether credits in it may be moved, drawn on and taken back: neither set aside nor redeemed.
    pub fn is_free(self) -> bool {
        matches!(self, Self::Available | Self::Programme)
    }
}

/// One account: kind and what it refers to (the nil id where the kind refers to nothing).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Account {
    /// The kind.
    pub kind: AccountKind,
    /// Enrolment, conversion, award, institution or rule set; nil for `available` and `expired`.
    pub reference: Uuid,
}

impl Account {
    /// The learner's free credits.
    pub const AVAILABLE: Self = Self { kind: AccountKind::Available, reference: Uuid::nil() };
    /// Where expired credits end.
    pub const EXPIRED: Self = Self { kind: AccountKind::Expired, reference: Uuid::nil() };

    /// The purse of an enrolment.
    pub fn programme(enrolment: Uuid) -> Self {
        Self { kind: AccountKind::Programme, reference: enrolment }
    }

    /// What is set aside for a conversion.
    pub fn held(conversion: Uuid) -> Self {
        Self { kind: AccountKind::Held, reference: conversion }
    }

    /// What an award has redeemed.
    pub fn redeemed(award: Uuid) -> Self {
        Self { kind: AccountKind::Redeemed, reference: award }
    }

    /// The account that a rule set's conversions draw into and grant from.
    pub fn conversion(rule_set: Uuid) -> Self {
        Self { kind: AccountKind::Conversion, reference: rule_set }
    }

    /// Where what is left of an institution's revoked lots ends.
    pub fn revoked(institution: Uuid) -> Self {
        Self { kind: AccountKind::Revoked, reference: institution }
    }

    /// The issuing account of an institution.
    pub fn issuance(institution: Uuid) -> Self {
        Self { kind: AccountKind::Issuance, reference: institution }
    }
}
