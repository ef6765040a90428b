//! Recognition cases and objections, in every state that staff meet.

use chrono::{Days, NaiveDate};
use serde_json::{Value, json};
use uuid::Uuid;

use super::learners::Learner;
use super::places::BUREAU;
use super::posting::land;
use super::random::Random;
use super::results::{self, Draft, Story};
use super::{Made, Stage};
use crate::domain::credit::CreditAmount;
use crate::domain::evidence_file::MediaType;
use crate::domain::ids::{AchievementId, EvidenceFileId, LearnerId, ObjectionId, RecognitionCaseId};
use crate::domain::kind::AchievementKind;
use crate::domain::objection::{NewObjection, ObjectionKind, ObjectionOutcome};
use crate::domain::precedent::PrecedentText;
use crate::domain::recognition_case::CaseOutcome;
use crate::services::actor::{Actor, ClientActor, LearnerActor};
use crate::services::error::{Error, Result};
use crate::services::evidence_file::SentFile;
use crate::services::idempotency::Once;
use crate::services::objections::{Escalation, ObjectionAnswer};
use crate::services::recognition::{Appeal, Decision, Presentation};
use crate::store::error::StoreError;

/// The document that decisions rest on.
const BASIS: &str = "《演示市职业教育学分认定、积累与转换办法（试行）》第二十条";
/// Cases and objections.
const ALL: u64 = 10;

/// What becomes of a case.
enum Fate {
    /// Nobody has decided yet.
    Open,
    /// Decided by the school.
    Decided(CaseOutcome, Option<i64>, &'static str),
    /// Rejected by the school, and an appeal not decided yet.
    Appealed,
    /// Rejected by the school, recognised by the bureau.
    Overturned,
}

/// Who presents what, and what becomes of it. The days are counted back from today.
fn cases(today: NaiveDate) -> [(u64, Value, &'static str, Fate); 6] {
    let on = |days: u64| (today - Days::new(days)).to_string();
    let training = |title: &str, hours: u32, days: u64| {
        json!({"kind": "training", "completed_on": on(days),
               "training": {"title": title, "hours": hours, "target_groups": ["other"]}})
    };
    let qualification = |code: &str, number: &str, days: u64| json!({"kind": "qualification", "completed_on": on(days), "qualification": {"code": code, "number": number}});
    let partly = CaseOutcome::Partly;
    [
        (0, training("外地电工实训（演示）", 48, 20), "在外地参加的实训，附结业证明。", Fate::Open),
        (
            2,
            json!({"kind": "examination", "completed_on": on(40),
                   "examination": {"code": "NCRE2", "score": "优秀", "number": "DEMO-NCRE-0002"}}),
            "外省取得的计算机二级证书，附成绩单。",
            Fate::Decided(CaseOutcome::Recognised, None, "社会考试证书经核验与目录一致，按目录学分认定。"),
        ),
        (
            4,
            training("乡村建设工匠培训（演示）", 40, 30),
            "村里组织的培训，附签到表。",
            Fate::Decided(partly, Some(1_500), "签到记录只证明二十四学时，按二十四学时认定。"),
        ),
        (3, qualification("KF-Q-02", "DEMO-Q-0003", 25), "校内培训发的合格证。", Fate::Appealed),
        (
            5,
            training("社区照护培训（演示）", 32, 15),
            "附培训照片。",
            Fate::Decided(CaseOutcome::Returned, None, "请补交盖章的学时证明。"),
        ),
        (1, qualification("KF-Q-01", "DEMO-Q-0001", 50), "服役前取得的执业资格。", Fate::Overturned),
    ]
}

/// A page with one line of text: the smallest whole PDF.
fn evidence(line: &str) -> Vec<u8> {
    let text = format!("BT /F1 18 Tf 60 760 Td ({line}) Tj ET");
    let objects = [
        "<< /Type /Catalog /Pages 2 0 R >>".to_owned(),
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>".to_owned(),
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R \
         /Resources << /Font << /F1 << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> >> >> >>"
            .to_owned(),
        format!("<< /Length {} >>\nstream\n{text}\nendstream", text.len()),
    ];
    let mut file = "%PDF-1.4\n".to_owned();
    let mut places = Vec::new();
    for (number, object) in (1..).zip(&objects) {
        places.push(file.len());
        file += &format!("{number} 0 obj\n{object}\nendobj\n");
    }
    let table = file.len();
    file += &format!("xref\n0 {}\n0000000000 65535 f \n", objects.len() + 1);
    for place in places {
        file += &format!("{place:010} 00000 n \n");
    }
    file += &format!("trailer\n<< /Size {} /Root 1 0 R >>\nstartxref\n{table}\n%%EOF\n", objects.len() + 1);
    file.into_bytes()
}

/// A learner who brings something forward.
struct Presenter<'l> {
    learner: Learner<'l>,
    actor: Actor,
    id: LearnerId,
}

impl Made<'_> {
    /// Presents the cases and raises the objections of those of the first learners that there are.
    pub fn bring_cases(&self, ids: &[Uuid], progress: &dyn Fn(Stage, u64, u64)) -> Result<()> {
        let mut done = 0;
        let mut told = || {
            done += 1;
            progress(Stage::Cases, done, ALL);
        };
        for (number, claim, statement, fate) in cases(self.app.clock.today()) {
            if let Some(presenter) = self.presenter(ids, number) {
                self.case(&presenter, claim, statement, fate)?;
            }
            told();
        }
        let objections: [fn(&Self, &Presenter<'_>) -> Result<()>; 4] =
            [Self::object_to_entry, Self::object_and_lose, Self::object_to_the_bureau, Self::object_and_win];
        for (number, raise) in [0, 1, 3, 5].into_iter().zip(objections) {
            if let Some(presenter) = self.presenter(ids, number) {
                raise(self, &presenter)?;
            }
            told();
        }
        Ok(())
    }

    fn presenter(&self, ids: &[Uuid], number: u64) -> Option<Presenter<'_>> {
        let id = LearnerId::from_uuid(*ids.get(usize::try_from(number).ok()?)?);
        let actor = Actor::Learner(LearnerActor { learner: id, request: self.app.ids.id(), address: None });
        Some(Presenter { learner: self.roll.learner(number), actor, id })
    }

    /// A key of its own for one step of one thing.
    fn step(&self, actor: &Actor, operation: &'static str, target: &str) -> Once {
        self.app.once(*actor, operation, target, target, b"demo")
    }

    fn case(&self, presenter: &Presenter<'_>, claim: Value, statement: &str, fate: Fate) -> Result<()> {
        let Presenter { learner, actor, id } = presenter;
        let line = format!("Fictional evidence no. {}", learner.number);
        let bytes = evidence(&line);
        let sent = SentFile {
            learner: None,
            declared: Some(MediaType::Pdf),
            name: Some("证明材料（演示）.pdf"),
            bytes: &bytes,
        };
        let file: EvidenceFileId = self.app.send_evidence_file(actor, &sent)?.id;
        let school = &self.places[learner.offer.place];
        let new = Presentation {
            learner_id: None,
            institution_id: school.id,
            claim: serde_json::from_value(claim).map_err(StoreError::broken)?,
            statement: Some(statement.to_owned()),
            evidence_file_ids: vec![file],
        };
        let once = self.step(actor, "present_case", &id.to_string());
        let (view, _) = self.app.present_case(actor, &new, &once)?.parts();
        let case = view.brief.id;
        match fate {
            Fate::Open => Ok(()),
            Fate::Decided(outcome, credits, why) => self.decide(&school.actor, case, outcome, credits, why),
            Fate::Appealed => self.appeal(presenter, &school.actor, case),
            Fate::Overturned => {
                self.appeal(presenter, &school.actor, case)?;
                let why = "证书在目录内且经发证机构核实，予以认定。";
                self.decide(&self.places[BUREAU].actor, case, CaseOutcome::Recognised, None, why)
            }
        }
    }

    fn decide(
        &self,
        actor: &ClientActor,
        case: RecognitionCaseId,
        outcome: CaseOutcome,
        credits: Option<i64>,
        why: &str,
    ) -> Result<()> {
        let precedent = PrecedentText { basis: BASIS.to_owned(), summary: why.to_owned() };
        let decision = Decision {
            outcome,
            reason: why.to_owned(),
            credits: credits.map(CreditAmount::from_thousandths),
            precedent: (outcome != CaseOutcome::Returned).then_some(precedent),
        };
        let once = self.step(&Actor::Client(*actor), "decide_case", &case.to_string());
        self.app.decide_case(actor, case, &decision, &once)?;
        Ok(())
    }

    /// The school rejects, the learner appeals.
    fn appeal(&self, presenter: &Presenter<'_>, school: &ClientActor, case: RecognitionCaseId) -> Result<()> {
        self.decide(school, case, CaseOutcome::Rejected, None, "材料不足以证明，不予认定。")?;
        let once = self.step(&presenter.actor, "appeal_case", &case.to_string());
        let appeal = Appeal { reason: "证书可以在发证机构网站查到，请复核。".to_owned() };
        self.app.appeal_case(&presenter.actor, case, &appeal, &once)?;
        Ok(())
    }

    fn raise(&self, presenter: &Presenter<'_>, new: &NewObjection) -> Result<ObjectionId> {
        let once = self.step(&presenter.actor, "raise_objection", &presenter.id.to_string());
        Ok(self.app.raise_objection(&presenter.actor, new, &once)?.parts().0.brief.id)
    }

    fn answer(
        &self,
        presenter: &Presenter<'_>,
        id: ObjectionId,
        reason: &str,
        correction: Option<AchievementId>,
    ) -> Result<()> {
        let actor = &self.places[presenter.learner.offer.place].actor;
        let outcome = if correction.is_some() { ObjectionOutcome::Accepted } else { ObjectionOutcome::Refused };
        let answer =
            ObjectionAnswer { outcome, reason: reason.to_owned(), achievement_id: correction, transaction_id: None };
        let once = self.step(&Actor::Client(*actor), "answer_objection", &id.to_string());
        self.app.answer_objection(actor, id, &answer, &once)?;
        Ok(())
    }

    /// An objection to the learner's first course result.
    fn entry(&self, presenter: &Presenter<'_>, reason: &str) -> Result<Option<ObjectionId>> {
        let actor = &self.places[presenter.learner.offer.place].actor;
        let all = self.app.achievements_of(actor, presenter.id)?;
        let Some(course) = all
            .iter()
            .find(|one| one.kind == AchievementKind::Course && one.institution_id == actor.institution.uuid())
        else {
            return Ok(None);
        };
        let new = NewObjection {
            kind: ObjectionKind::Entry,
            transaction_id: None,
            achievement_id: Some(AchievementId::from_uuid(course.id)),
            institution_id: None,
            title: None,
            term: None,
            reason: reason.to_owned(),
        };
        self.raise(presenter, &new).map(Some)
    }

    fn object_to_entry(&self, presenter: &Presenter<'_>) -> Result<()> {
        self.entry(presenter, "这门课的成绩与试卷不一致，请核对。").map(drop)
    }

    fn object_and_lose(&self, presenter: &Presenter<'_>) -> Result<()> {
        if let Some(id) = self.entry(presenter, "平时成绩没有计入。")? {
            self.answer(presenter, id, "已核对教务记录，平时成绩已按 40% 计入。", None)?;
        }
        Ok(())
    }

    /// A course that is over and of which nothing stands.
    fn missing(&self, presenter: &Presenter<'_>) -> Option<Draft> {
        let Learner { number, offer, cohort, .. } = &presenter.learner;
        let told = results::of(self.roll, *number, presenter.id);
        let stands: Vec<&str> =
            told.first.iter().filter_map(|draft| Some(draft.post.course.as_ref()?.code.as_str())).collect();
        let finished = self.roll.calendar.finished(*cohort);
        let over = |code: &str, term: usize| term < finished && !stands.contains(&code);
        let course = offer.courses.iter().find(|course| over(&course.code, course.term))?;
        let random = Random::of(self.roll.seed, 5, *number);
        let mut story = Story::new(&presenter.learner, presenter.id, self.roll.calendar, random);
        let post = story.course(course, course.term, false);
        Some(Draft { place: offer.place, post, to_revoke: true })
    }

    fn lacking(&self, presenter: &Presenter<'_>, draft: &Draft) -> Result<ObjectionId> {
        let new = NewObjection {
            kind: ObjectionKind::Missing,
            transaction_id: None,
            achievement_id: None,
            institution_id: Some(self.places[draft.place].id),
            title: draft.post.course.as_ref().map(|course| course.name.clone()),
            term: draft.post.term,
            reason: "这门课已经考过，账户里没有。".to_owned(),
        };
        self.raise(presenter, &new)
    }

    fn object_to_the_bureau(&self, presenter: &Presenter<'_>) -> Result<()> {
        let Some(draft) = self.missing(presenter) else { return Ok(()) };
        let id = self.lacking(presenter, &draft)?;
        self.answer(presenter, id, "教务系统没有该生这门课的选课记录。", None)?;
        let once = self.step(&presenter.actor, "escalate_objection", &id.to_string());
        let escalation = Escalation { reason: "有选课截图，请主管部门核实。".to_owned() };
        self.app.escalate_objection(&presenter.actor, id, &escalation, &once)?;
        Ok(())
    }

    /// The school posts what was missing, and says so.
    fn object_and_win(&self, presenter: &Presenter<'_>) -> Result<()> {
        let Some(draft) = self.missing(presenter) else { return Ok(()) };
        let id = self.lacking(presenter, &draft)?;
        let mut posted = Vec::new();
        land(self.send(vec![draft])?, &mut posted)?;
        let (_, achievement) = posted.first().ok_or(Error::NotFound)?;
        self.answer(presenter, id, "漏报，已补录。", Some(AchievementId::from_uuid(*achievement)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::evidence_file::examine;
    use crate::domain::recognition_case::ClaimedAchievement;

    #[test]
    fn evidence_is_a_whole_file() {
        assert_eq!(examine(&evidence("Fictional evidence no. 1")), Ok(MediaType::Pdf));
    }

    #[test]
    fn claims_are_claims() {
        let today = NaiveDate::from_ymd_opt(2026, 11, 23).expect("a date");
        for (number, claim, ..) in cases(today) {
            let claim = serde_json::from_value::<ClaimedAchievement>(claim);
            assert!(claim.is_ok(), "{number}: {:?}", claim.err());
        }
    }
}
