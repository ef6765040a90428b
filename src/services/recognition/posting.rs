//! What a decision writes: the achievement in the account, and the precedent.

use uuid::Uuid;

use super::Decision;
use crate::crypto::seal::DataKey;
use crate::domain::catalogue::CatalogueKind;
use crate::domain::credit::CreditAmount;
use crate::domain::ids::{InstitutionId, LearnerId};
use crate::domain::kind::AchievementKind;
use crate::domain::recognition_case::{CaseOutcome, ClaimedAchievement};
use crate::services::App;
use crate::services::actor::ClientActor;
use crate::services::error::{Error, Result};
use crate::services::posting::job::Outcome;
use crate::services::refusal::Refusal;
use crate::services::sealing;
use crate::store::conn::Conn;
use crate::store::error::StoreError;
use crate::store::precedent::{self, Instance, PrecedentRow};
use crate::store::recognition_case::CaseRow;
use crate::store::{catalogue, course, enrolment, learner, learner_identity};

impl App {
    /// Posts what was recognised; answers its credits. The issuer is the institution that was asked, also where the
    /// bureau decides in its place: the author of the transaction is whoever decided.
    pub(super) fn recognise(
        &self,
        conn: &mut Conn,
        actor: &ClientActor,
        row: &mut CaseRow,
        key: &DataKey,
        decision: &Decision,
    ) -> Result<Option<CreditAmount>> {
        if !matches!(decision.outcome, CaseOutcome::Recognised | CaseOutcome::Partly) {
            return Ok(None);
        }
        let claim = self.claim_of(row, key)?;
        let reference = format!("recognition-case/{}", row.id);
        // Recognised in part before: the same reference, corrected.
        let correcting = row.achievement.is_some().then(|| shortened(&decision.reason));
        let learner = LearnerId::from_uuid(row.learner);
        let post = claim.post(learner, reference, decision.credits, correcting);
        let issuer = ClientActor { institution: InstitutionId::from_uuid(row.institution), ..*actor };
        let mut job = self.post_job(&issuer, &post, None)?;
        job.recognised = true;
        match self.post_within(conn, job)? {
            Outcome::Posted(posted) => {
                row.achievement = Some(posted.achievement.id);
                Ok(Some(posted.credits))
            }
            Outcome::Unchanged(kept) => {
                row.achievement = Some(kept.achievement);
                Ok(row.credits)
            }
            _ => Err(StoreError::broken("a recognised claim was answered as something else").into()),
        }
    }

    /// Enters the decision in the register; answers its id, a random one: nothing about it tells when or whose it was.
    pub(super) fn enter_precedent(
        &self,
        conn: &mut Conn,
        row: &CaseRow,
        key: &DataKey,
        decision: &Decision,
        credits: Option<CreditAmount>,
        instance: Instance,
    ) -> Result<Uuid> {
        let text = decision.precedent.as_ref().ok_or(Error::Forbidden)?;
        let claim = self.claim_of(row, key)?;
        let secrets = self.secrets_of(conn, row.learner, key, &claim)?;
        if let Some(field) = text.personal(&secrets) {
            return Err(Refusal::PersonalData.at(&format!("/precedent{field}")).into());
        }
        let mut bytes = [0; 16];
        self.ids.fill(&mut bytes);
        let id = uuid::Builder::from_random_bytes(bytes).into_uuid();
        let catalogued = self.catalogued_as(conn, row, &claim)?;
        let (code, title) = catalogued.unzip();
        let new = PrecedentRow {
            id,
            decided_in: self.clock.today().format("%Y-%m").to_string(),
            institution_id: row.institution,
            instance,
            kind: row.kind,
            code,
            level: row.level.clone(),
            title,
            outcome: decision.outcome,
            credits,
            basis: text.basis.clone(),
            summary: text.summary.clone(),
            replaces: row.precedent,
        };
        precedent::insert(conn, &new)?;
        Ok(id)
    }

    /// Code and name of what is claimed, where a catalogue has it: what the presenter typed does not become public.
    fn catalogued_as(
        &self,
        conn: &mut Conn,
        row: &CaseRow,
        claim: &ClaimedAchievement,
    ) -> Result<Option<(String, String)>> {
        let Some(code) = code_of(claim) else { return Ok(None) };
        let name = match CatalogueKind::of(claim.kind) {
            Some(kind) => {
                let entries = catalogue::entries(conn, &[(kind, code.as_str())])?;
                entries.into_values().flatten().next().map(|entry| entry.name)
            }
            None if claim.kind == AchievementKind::Course => {
                let versions = course::versions(conn, &[(row.institution, code.as_str())])?;
                versions.into_values().flatten().next().map(|version| version.name)
            }
            None => None,
        };
        Ok(name.map(|name| (code, name)))
    }

    /// All that could tell who the learner is: names, documents, account and student numbers, and the claim's own number.
    fn secrets_of(
        &self,
        conn: &mut Conn,
        learner: Uuid,
        key: &DataKey,
        claim: &ClaimedAchievement,
    ) -> Result<Vec<String>> {
        let mut secrets = Vec::new();
        for name in learner_identity::names(conn, &[learner])? {
            secrets.push(sealing::open(key, learner, name.id, &name.sealed)?);
        }
        for document in learner_identity::identities(conn, &[learner])? {
            secrets.push(sealing::open(key, learner, document.id, &document.sealed)?);
        }
        for row in enrolment::rows_of(conn, &[learner], None)? {
            secrets.push(sealing::open(key, learner, row.enrolment.id.uuid(), &row.sealed)?);
        }
        secrets.extend(learner::account_nos(conn, &[learner])?.remove(&learner));
        secrets.extend(number_of(claim));
        Ok(secrets)
    }
}

/// As much of a reason as a correction takes, which is one line.
fn shortened(reason: &str) -> String {
    let line: String = reason.chars().map(|c| if c == '\n' { ' ' } else { c }).collect();
    line.chars().take(crate::domain::text::REASON_MAX).collect()
}

fn code_of(claim: &ClaimedAchievement) -> Option<String> {
    let course = claim.course.as_ref().map(|course| &course.code);
    let examination = claim.examination.as_ref().map(|examination| &examination.code);
    let certificate = claim.skill_certificate.as_ref().map(|certificate| &certificate.code);
    let level = claim.skill_level.as_ref().map(|level| &level.occupation_code);
    let qualification = claim.qualification.as_ref().map(|qualification| &qualification.code);
    let competition = claim.competition.as_ref().map(|competition| &competition.catalogue_code);
    let own = course.or(examination).or(certificate).or(level).or(qualification).or(competition).cloned();
    own.or_else(|| claim.experience.as_ref().map(|experience| experience.type_.to_string()))
}

fn number_of(claim: &ClaimedAchievement) -> Option<String> {
    let examination = claim.examination.as_ref().and_then(|examination| examination.number.as_ref());
    let certificate = claim.skill_certificate.as_ref().map(|certificate| &certificate.number);
    let level = claim.skill_level.as_ref().map(|level| &level.number);
    let qualification = claim.qualification.as_ref().map(|qualification| &qualification.number);
    let diploma = claim.diploma.as_ref().map(|diploma| &diploma.number);
    examination.or(certificate).or(level).or(qualification).or(diploma).cloned()
}
