//! The canonical form of a post, by which a repeat is told from a change.

use serde_json::{Map, Value, json};

use super::achievement::ValidAchievement;
use super::achievement_content::Content;
use super::canonical;
use super::certificate_number::CertificateNumber;

impl ValidAchievement {
    /// Canonical JSON of the request's content: every field that says something about the achievement, in its one spelling;
    /// nothing about how the request is to be handled (`on_change`, `reason`, `open_if_missing`) and not how the learner was
    /// named. What was left out is left out here, so that fields added later change no older digest.
    pub fn canonical(&self) -> String {
        let mut map = Map::new();
        let mut put = |key: &str, value: Option<Value>| {
            if let Some(value) = value {
                map.insert(key.to_owned(), value);
            }
        };
        put("external_ref", Some(json!(self.external_ref)));
        put("kind", Some(json!(self.kind())));
        put(self.kind().as_str(), Some(content(&self.content)));
        put("programme_id", self.programme_id.map(|id| json!(id)));
        put("enrolment_id", self.enrolment_id.map(|id| json!(id)));
        put("term", self.term.map(|term| json!(term)));
        put("attempt", Some(json!(self.attempt)));
        put("credits", self.credits.map(|credits| json!(credits)));
        put("credit_type", self.credit_type.map(|credit_type| json!(credit_type)));
        put("score", self.score.as_ref().map(|score| json!({"scale": score.scale, "value": score.value})));
        put("completed_on", Some(json!(self.completed_on)));
        put("issued_on", self.issued_on.map(|date| json!(date)));
        put("valid_until", self.valid_until.map(|date| json!(date)));
        put("delivery", self.delivery.map(|delivery| json!(delivery)));
        put("platform", self.platform.as_ref().map(|platform| json!(platform)));
        canonical::to_string(&Value::Object(map))
    }
}

/// The content of one kind, without what was left out.
fn content(content: &Content) -> Value {
    let mut value = match content {
        Content::Course(course) => json!({
            "code": course.code, "name": course.name, "hours": course.hours, "practice_hours": course.practice_hours,
        }),
        Content::Examination(examination) => json!({
            "code": examination.code, "number": examination.number.as_ref().map(CertificateNumber::as_str),
        }),
        Content::SkillCertificate(certificate) => json!({
            "code": certificate.code, "level": certificate.level, "number": certificate.number.as_str(),
        }),
        Content::SkillLevel(certificate) => json!({
            "occupation_code": certificate.occupation_code, "level": certificate.level, "number": certificate.number.as_str(),
        }),
        Content::Qualification(certificate) => json!({
            "code": certificate.code, "level": certificate.level, "number": certificate.number.as_str(),
        }),
        Content::Training(training) => json!({
            "class_id": training.class_id, "title": training.title, "hours": training.hours,
            "lesson_minutes": training.lesson_minutes, "target_groups": training.target_groups, "region": training.region,
        }),
        Content::Competition(competition) => json!({
            "catalogue_code": competition.catalogue_code, "prize": competition.prize,
            "team_rank": competition.team_rank, "team_size": competition.team_size,
        }),
        Content::Experience(experience) => json!({
            "type": experience.type_, "hours": experience.hours, "enterprise": experience.enterprise,
        }),
        Content::Diploma(diploma) => json!({"number": diploma.number.as_str()}),
    };
    if let Value::Object(map) = &mut value {
        map.retain(|_, value| !value.is_null());
    }
    value
}
