//! One business event in a learner's chain.

use chrono::NaiveDate;
use uuid::Uuid;

use super::posting::Posting;
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
        Reversal = "reversal" / "更正(冲正)",
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
    /// The achievement it is about.
    pub achievement: Option<Uuid>,
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
