//! Log-ins of the city: passwords made for it and shown to whoever runs it.

use super::CityStaff;
use super::places::{BUREAU, COLLEGE, Place, SCHOOL};
use crate::domain::ids::LearnerId;
use crate::domain::staff::StaffRole;
use crate::services::App;
use crate::services::error::Result;
use crate::store::error::StoreError;

/// Letters and digits that are not mistaken for one another.
const ALPHABET: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
/// Staff: log-in, name, where, role.
const STAFF: &[(&str, &str, usize, StaffRole)] = &[
    ("rules.edit", "演示规则编制员", BUREAU, StaffRole::RuleEditor),
    ("rules.publish", "演示规则发布员", BUREAU, StaffRole::RulePublisher),
    ("bureau.audit", "演示审计员", BUREAU, StaffRole::Auditor),
    ("bureau.admin", "演示管理员", BUREAU, StaffRole::Administrator),
    ("school.registrar", "演示教务员", SCHOOL, StaffRole::Registrar),
    ("school.teacher", "演示班主任", SCHOOL, StaffRole::ClassTeacher),
    ("college.review", "演示审核员", COLLEGE, StaffRole::Reviewer),
];

/// A password of 60 random bits, as `abcd-efgh-jkmn`.
fn password(app: &App) -> String {
    let mut bytes = [0; 12];
    app.ids.fill(&mut bytes);
    let letters: Vec<char> = bytes.iter().map(|byte| char::from(ALPHABET[usize::from(byte % 32)])).collect();
    let groups: Vec<String> = letters.chunks(4).map(|group| group.iter().collect()).collect();
    groups.join("-")
}

/// Makes the staff.
pub fn staff(app: &App, places: &[Place]) -> Result<Vec<CityStaff>> {
    let one = |&(login, name, place, role): &(&str, &str, usize, StaffRole)| {
        let (password, institution_id) = (password(app), places[place].id);
        app.add_staff(login, name, institution_id, role, &password)?;
        Ok(CityStaff { login: login.to_owned(), password, role, institution_id })
    };
    STAFF.iter().map(one).collect()
}

/// Gives a learner a password; answers it.
pub fn activate(app: &App, learner: LearnerId) -> Result<String> {
    let password = password(app);
    match app.set_password(learner, &password)? {
        Ok(()) => Ok(password),
        Err(fault) => Err(StoreError::broken(format!("a made password was refused: {fault:?}")).into()),
    }
}
