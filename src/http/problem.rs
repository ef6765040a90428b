//! RFC 9457 problems: the one match from every refusal to its code, and how it is written.

use actix_web::http::StatusCode;
use actix_web::http::header::{CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use actix_web::{HttpResponse, HttpResponseBuilder, ResponseError};
use serde_json::{Map, Value, json};

use super::language::Language;
use super::registry::Code;
use crate::conversion::explain::Text;
use crate::domain::invalid::Invalid;
use crate::services::error::{Error, Precondition};
use crate::services::progress::ShortfallView;
use crate::services::refusal::{ItemError, Refusal};
use crate::store::error::StoreError;

/// Seconds a client is asked to wait when the service cannot take a request now.
pub const RETRY_AFTER_SECONDS: u32 = 2;

/// A problem to be answered: code, facts and the fields at fault.
#[derive(Debug, Clone)]
pub struct Problem {
    /// The code.
    pub code: Code,
    facts: Map<String, Value>,
    errors: Vec<ItemError>,
    detail: Option<(String, String)>,
}

impl Problem {
    /// A problem without further facts.
    pub fn new(code: Code) -> Self {
        Self { code, facts: Map::new(), errors: Vec::new(), detail: None }
    }

    /// `invalid-request` with its fields.
    pub fn invalid(invalid: &Invalid) -> Self {
        Self { errors: ItemError::list(invalid), ..Self::new(Code::InvalidRequest) }
    }

    /// `invalid-request` with faults found before the domain saw the value.
    pub fn faulty(errors: Vec<ItemError>) -> Self {
        Self { errors, ..Self::new(Code::InvalidRequest) }
    }

    /// With one more fact.
    pub fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.facts.insert(name.to_owned(), value.into());
        self
    }

    fn saying(mut self, zh: String, en: String) -> Self {
        self.detail = Some((zh, en));
        self
    }

    /// The body of the answer; `instance` names the request.
    pub fn body(&self, language: Language, instance: Option<&str>) -> Value {
        let detail = match &self.detail {
            Some((zh, en)) => language.pick(zh, en),
            None => language.pick(self.code.zh(), self.code.title()),
        };
        let mut body = json!({
            "type": format!("/problems#{}", self.code.as_str()),
            "title": self.code.title(),
            "status": self.code.status().as_u16(),
            "code": self.code.as_str(),
            "detail": detail,
        });
        let members = body.as_object_mut().expect("the body is an object");
        if let Some(instance) = instance {
            members.insert("instance".into(), format!("urn:request:{instance}").into());
        }
        if !self.errors.is_empty() {
            let errors = self.errors.iter().map(|error| {
                json!({
                    "pointer": error.pointer,
                    "code": error.code,
                    "detail": language.pick(&error.detail_zh, &error.detail_en),
                })
            });
            members.insert("errors".into(), errors.collect());
        }
        members.extend(self.facts.clone());
        body
    }

    /// The whole answer.
    pub fn respond(&self, language: Language, instance: Option<&str>) -> HttpResponse {
        let mut response = HttpResponseBuilder::new(self.code.status());
        response.insert_header((CONTENT_TYPE, "application/problem+json"));
        match self.code {
            Code::Unauthenticated => {
                response.insert_header((WWW_AUTHENTICATE, r#"Bearer realm="xuefen", error="invalid_token""#));
            }
            Code::InsufficientScope => {
                let scope = self.facts.get("scope").and_then(Value::as_str).unwrap_or_default();
                let challenge = format!(r#"Bearer realm="xuefen", error="insufficient_scope", scope="{scope}""#);
                response.insert_header((WWW_AUTHENTICATE, challenge));
            }
            Code::ServiceUnavailable | Code::TooManyRequests | Code::IdempotencyInFlight => {
                let wait = self.facts.get("retry_after").and_then(Value::as_u64);
                let wait = wait.unwrap_or_else(|| u64::from(RETRY_AFTER_SECONDS));
                response.insert_header((RETRY_AFTER, wait.to_string()));
            }
            _ => {}
        }
        response.body(self.body(language, instance).to_string())
    }
}

impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.code.as_str())
    }
}

impl ResponseError for Problem {
    fn status_code(&self) -> StatusCode {
        self.code.status()
    }

    /// Without the request's language; the middleware writes it again with it.
    fn error_response(&self) -> HttpResponse {
        self.respond(Language::default(), None)
    }
}

impl From<Invalid> for Problem {
    fn from(invalid: Invalid) -> Self {
        Self::invalid(&invalid)
    }
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        match error {
            Error::Invalid(invalid) => Self::invalid(&invalid),
            Error::Unauthenticated => Self::new(Code::Unauthenticated),
            Error::Scope(scope) => Self::new(Code::InsufficientScope).with("scope", scope.as_str()),
            Error::NotFound => Self::new(Code::NotFound),
            Error::Forbidden => Self::new(Code::Forbidden),
            Error::Precondition(Precondition::Missing) => Self::new(Code::PreconditionRequired),
            Error::Precondition(Precondition::Stale) => Self::new(Code::PreconditionFailed),
            Error::Unavailable => Self::new(Code::ServiceUnavailable),
            Error::Store(StoreError::Unavailable(reason)) => {
                tracing::warn!(%reason, "the database is away");
                Self::new(Code::ServiceUnavailable)
            }
            Error::Store(error @ (StoreError::Contended | StoreError::Duplicate)) => {
                tracing::warn!(%error, "a write lost every race");
                Self::new(Code::ServiceUnavailable)
            }
            Error::Store(error) => {
                tracing::error!(%error, "the store failed");
                Self::new(Code::InternalError)
            }
            Error::Refused(refusal) => Self::from(*refusal),
        }
    }
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        let plain = |code| Self::new(code);
        match refusal {
            Refusal::InvalidItem { errors } => Self { errors, ..plain(Code::InvalidRequest) },
            Refusal::IdentityUnderReview { case_id } => {
                plain(Code::IdentityUnderReview).with("case_id", case_id.to_string())
            }
            Refusal::ExternalRefTaken { stands, revision } => {
                plain(Code::ExternalRefTaken).with("stands", json!({"id": stands, "revision": revision}))
            }
            Refusal::EvidenceAlreadyCredited => plain(Code::EvidenceAlreadyCredited),
            Refusal::AlreadyExists => plain(Code::AlreadyExists),
            Refusal::AlreadyRevoked => plain(Code::AlreadyRevoked),
            Refusal::NotTheLatestRevision { stands } => {
                plain(Code::NotTheLatestRevision).with("stands", json!({"id": stands}))
            }
            Refusal::NotAccreditedFor { kind, code, level } => plain(Code::NotAccreditedFor)
                .with("kind", kind.as_str())
                .with("accredited_code", code)
                .with("level", level),
            Refusal::CreditsNotAsCatalogued { catalogued, posted } => plain(Code::CreditsNotAsCatalogued)
                .with("catalogued", catalogued.to_string())
                .with("posted", posted.to_string())
                .saying(
                    format!("学分与目录登记的数额不一致：目录为 {catalogued}，所报为 {posted}。"),
                    format!("The catalogue gives {catalogued} credits, {posted} were posted."),
                ),
            Refusal::CreditsRequired => plain(Code::CreditsRequired),
            Refusal::CreditTypeRequired => plain(Code::CreditTypeRequired),
            Refusal::EnrolmentAmbiguous { enrolments } => plain(Code::EnrolmentAmbiguous)
                .with("enrolments", enrolments.iter().map(ToString::to_string).collect::<Vec<_>>()),
            Refusal::NotPassed => plain(Code::NotPassed),
            Refusal::ExemptionIsNotAnAchievement => plain(Code::ExemptionIsNotAnAchievement),
            Refusal::UnknownLearner => plain(Code::UnknownLearner),
            Refusal::NameMismatch => plain(Code::NameMismatch),
            Refusal::UnknownProgramme => plain(Code::UnknownProgramme),
            Refusal::UnknownEnrolment => plain(Code::UnknownEnrolment),
            Refusal::EnrolmentNotLive => plain(Code::EnrolmentNotLive),
            Refusal::StatusChangeNotAllowed { from, to } => {
                plain(Code::StatusChangeNotAllowed).with("from", from).with("to", to)
            }
            Refusal::InsufficientCredit { wanted, available } => plain(Code::InsufficientCredit)
                .with("wanted", wanted.to_string())
                .with("available", available.to_string())
                .saying(
                    format!("可用学分不足：需要 {wanted}，可用 {available}。"),
                    format!("Not enough credits: {wanted} wanted, {available} available."),
                ),
            Refusal::LotInUse => plain(Code::LotInUse),
            Refusal::NothingToTransfer => plain(Code::NothingToTransfer),
            Refusal::GrantedLot { lot } => plain(Code::GrantedLot).with("conversion_id", lot.to_string()),
            Refusal::AlreadyRedeemed { award } => plain(Code::AlreadyRedeemed).with("award_id", award.to_string()),
            Refusal::AlreadyUsed => plain(Code::AlreadyUsed),
            Refusal::PlanOutdated { line, reason, words } => {
                let problem = plain(Code::PlanOutdated).with("line", line).with("reason", reason);
                match words {
                    Some(Text { zh, en }) => problem.saying(
                        format!("转换方案已过时，请重新生成方案：{zh}"),
                        format!("The plan does not come out as it did; make it again. {en}"),
                    ),
                    None => problem,
                }
            }
            Refusal::PlanHypothetical => plain(Code::PlanHypothetical),
            Refusal::PlanWithoutEnrolment => plain(Code::PlanWithoutEnrolment),
            Refusal::AnotherPersonRequired => plain(Code::AnotherPersonRequired),
            Refusal::WrongState => plain(Code::WrongState),
            Refusal::NothingToConvert => plain(Code::NothingToConvert),
            Refusal::CreditTypesDiffer => plain(Code::CreditTypesDiffer),
            Refusal::IdempotencyKeyReused => plain(Code::IdempotencyKeyReused),
            Refusal::IdempotencyInFlight => plain(Code::IdempotencyInFlight),
            Refusal::BatchTooLarge { limit } => plain(Code::BatchTooLarge).with("limit", limit),
            Refusal::RequirementsNotMet { shortfalls } => {
                let told: Vec<_> = shortfalls.iter().map(|one| json!(ShortfallView::from(one))).collect();
                plain(Code::RequirementsNotMet).with("shortfalls", told)
            }
            Refusal::AwardRequired => plain(Code::AwardRequired),
            Refusal::AlreadyAwarded { award } => plain(Code::AlreadyAwarded).with("award_id", award.to_string()),
            Refusal::AuthorityNotYours => plain(Code::AuthorityNotYours),
            Refusal::FourEyes => plain(Code::FourEyes),
            Refusal::RuleSetState { state } => plain(Code::RuleSetState).with("state", state),
            Refusal::RuleSetInvalid { errors } => Self { errors, ..plain(Code::RuleSetInvalid) },
            Refusal::TooManyJobs { limit } => plain(Code::TooManyJobs).with("limit", limit),
            Refusal::JobState { state } => plain(Code::JobState).with("state", state),
            Refusal::TooManyRules { limit } => plain(Code::TooManyRules).with("limit", limit),
            Refusal::NotTakenNow => plain(Code::ServiceUnavailable),
            Refusal::Failed => plain(Code::InternalError),
            Refusal::CourseNotCatalogued => plain(Code::CourseNotCatalogued),
            Refusal::NotInThisState { state } => plain(Code::WrongState).with("state", state),
            Refusal::AlreadyAppealed => plain(Code::AlreadyAppealed),
            Refusal::PeriodOver { until } => plain(Code::PeriodOver).with("until", until.to_string()),
            Refusal::QuotaUsed { limit } => plain(Code::QuotaUsed).with("limit", limit),
            Refusal::TooManyToday { limit } => plain(Code::TooManyToday).with("limit", limit),
            Refusal::TooManyOpen { limit } => plain(Code::TooManyOpen).with("limit", limit),
            Refusal::EvidenceFileRefused { fault } => plain(Code::EvidenceFileRefused)
                .with("fault", fault.as_str())
                .saying(format!("{}。", fault.zh()), format!("{}.", fault.en())),
            Refusal::PersonalData => plain(Code::PersonalData),
            Refusal::NotACorrection => plain(Code::NotACorrection),
            Refusal::AtField { pointer, refusal } => {
                let problem = Self::from(*refusal);
                let (code, zh, en) = (problem.code.as_str(), problem.code.zh(), problem.code.title());
                let error = ItemError { pointer, code: code.into(), detail_zh: zh.into(), detail_en: en.into() };
                Self { errors: vec![error], ..problem }
            }
        }
    }
}
