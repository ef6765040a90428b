//! One business event in a learner's chain.

use chrono::NaiveDate;
use uuid::Uuid;

use super::posting::Posting;
use super::purse::AccountKind;
use crate::crypto::digest::Hash;
use crate::domain::text_enum::text_enum;
use crate::domain::time::Instant;

text_enum! {
    /// What a transaction does.
    pub enum TransactionKind {
        /// Puts an achievement's credits in the account.
        Deposit = "deposit" / "入账",
        /// Records something that moves no credits.
        Record = "record" / "记录",
        /// Moves credits between purses of the learner.
        Transfer = "transfer" / "归属调整",
        /// Sets credits aside for an application.
        Hold = "hold" / "冻结",
        /// Gives set-aside credits back.
        Release = "release" / "解冻",
        /// Converts credits into a programme.
        Conversion = "conversion" / "转换",
        /// Counts a completed programme's credits as redeemed.
        Redemption = "redemption" / "毕业认定",
        /// Takes what is left of a revoked, partly redeemed lot.
        Forfeiture = "forfeiture" / "收回",
        /// Ends credits whose validity has passed.
        Expiry = "expiry" / "过期",
        /// Mirrors an earlier transaction exactly.
        Reversal = "reversal" / "更正（冲正）",
        /// Closes this chain and carries its lots to another account.
        MergeOut = "merge_out" / "账户合并转出",
        /// Takes the lots of another account.
        MergeIn = "merge_in" / "账户合并转入",
    }
}

text_enum! {
    /// Why a transaction was posted.
    pub enum Cause {
        /// A result was posted.
        Posted = "posted" / "成果入账",
        /// A reviewer recognised what a learner presented.
        Recognition = "recognition" / "认定入账",
        /// A further attempt of a course that has given credits.
        Attempt = "attempt" / "再次修读",
        /// A correction by the issuer.
        Correction = "correction" / "更正",
        /// An annulment by the issuer.
        Revocation = "revocation" / "撤销",
        /// The best remaining attempt takes the place of a revoked one.
        Reinstatement = "reinstatement" / "补计",
        /// Credits follow the learner to another enrolment.
        EnrolmentTransfer = "enrolment_transfer" / "学籍变动",
        /// A conversion was applied for.
        Application = "application" / "申请转换",
        /// A conversion was decided, by a rule or by the receiving institution.
        Decision = "decision" / "转换认定",
        /// The application was withdrawn, refused, or lost what it rested on.
        Withdrawal = "withdrawal" / "撤回申请",
        /// A conversion was undone.
        ConversionReversal = "conversion_reversal" / "转换冲正",
        /// A programme was completed.
        Award = "award" / "毕业认定",
        /// An award was undone.
        AwardReversal = "award_reversal" / "毕业认定冲正",
        /// The bureau's policy ends credits of this type after a time.
        ExpiryPolicy = "expiry_policy" / "有效期届满",
    }
}

/// What kind of thing a transaction is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum About {
    /// An achievement.
    Achievement,
    /// A conversion: one line of a plan.
    Conversion,
    /// An award.
    Award,
}

impl Cause {
    /// What the id in [`Transaction::about`] names.
    pub fn about(self) -> About {
        match self {
            Self::Application | Self::Decision | Self::Withdrawal | Self::ConversionReversal => About::Conversion,
            Self::Award | Self::AwardReversal => About::Award,
            Self::Posted
            | Self::Recognition
            | Self::Attempt
            | Self::Correction
            | Self::Revocation
            | Self::Reinstatement
            | Self::EnrolmentTransfer
            | Self::ExpiryPolicy => About::Achievement,
        }
    }
}

impl TransactionKind {
    /// Whether a transaction of this kind may move credits from an account of the one kind to one of the other.
    ///
    /// A reversal mirrors what was allowed, so it may do anything; what it does is compared with what it reverses.
    pub fn allows(self, from: AccountKind, to: AccountKind) -> bool {
        use AccountKind as A;
        let free = A::is_free;
        match self {
            Self::Deposit => from == A::Issuance && free(to),
            Self::Record => false,
            Self::Transfer => free(from) && free(to),
            Self::Hold => free(from) && to == A::Held,
            Self::Release => from == A::Held && free(to),
            Self::Conversion => (from, to) == (A::Held, A::Conversion) || (from, to) == (A::Conversion, A::Programme),
            Self::Redemption => (from, to) == (A::Programme, A::Redeemed),
            Self::Forfeiture => free(from) && to == A::Revoked,
            Self::Expiry => free(from) && to == A::Expired,
            Self::Reversal | Self::MergeOut | Self::MergeIn => true,
        }
    }
}

text_enum! {
    /// Who acts.
    pub enum ActorKind {
        /// A program of an institution.
        Client = "client" / "机构系统",
        /// A member of staff.
        Staff = "staff" / "工作人员",
        /// The learner.
        Learner = "learner" / "本人",
        /// The service itself or its operator.
        System = "system" / "系统",
    }
}

/// Who acts, for which institution, in which request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Author {
    /// What the actor is.
    pub kind: ActorKind,
    /// Its id.
    pub id: Uuid,
    /// The institution it acts for.
    pub institution: Uuid,
    /// The request.
    pub request: Uuid,
}

/// A transaction as it stands in the chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Transaction {
    /// The learner whose chain it is in.
    pub learner: Uuid,
    /// Its place in the chain, from 1 without gaps (I5).
    pub seq: i64,
    /// Its id.
    pub id: Uuid,
    /// What it does.
    pub kind: TransactionKind,
    /// Why.
    pub cause: Cause,
    /// Who wrote it.
    pub author: Author,
    /// What it is about: an achievement, a conversion or an award, as [`Cause::about`] says.
    pub about: Option<Uuid>,
    /// The transaction it mirrors.
    pub reverses: Option<i64>,
    /// When it counts.
    pub effective_on: NaiveDate,
    /// When it was written.
    pub posted_at: Instant,
    /// Which algorithms made hash, commitment and seal: the number of a [`crate::crypto::digest::Suite`].
    pub suite: i64,
    /// Commitment to the sealed details.
    pub commitment: Hash,
    /// Its hash, over everything above, the postings and the hash before it.
    pub hash: Hash,
    /// The sealed details.
    pub sealed: Vec<u8>,
    /// Its movements.
    pub postings: Vec<Posting>,
}
