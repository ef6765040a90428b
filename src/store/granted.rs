//! What conversions have brought into programmes: per grant its module and the courses it exempts from.

use chrono::NaiveDate;
use diesel::RunQueryDsl;
use diesel::sql_types::{BigInt, Date, Nullable, Text};
use uuid::Uuid;

use super::conn::{Conn, on_backend};
use super::error::{Result, StoreError};
use super::hot::Hot;
use super::types::{Id16, Key};
use crate::domain::conversion::Exempted;
use crate::domain::credit::CreditAmount;

/// A grant that stands.
#[derive(Debug, Clone)]
pub struct Granted {
    /// Whose.
    pub learner: Uuid,
    /// The conversion, which is also the lot.
    pub id: Uuid,
    /// The enrolment it was granted into.
    pub enrolment: Uuid,
    /// The module, for credits that exempt no course.
    pub module: Option<String>,
    /// Exempted courses; their credits are part of the grant's.
    pub exempts: Vec<Exempted>,
    /// Credits in all.
    pub credits: CreditAmount,
    /// When it was decided.
    pub decided_on: Option<NaiveDate>,
}

type Row = (Key, Key, Key, Option<String>, String, i64, Option<NaiveDate>);

/// The grants of `learners` that stand.
pub fn of_learners(conn: &mut Conn, learners: &[Uuid]) -> Result<Vec<Granted>> {
    if learners.is_empty() {
        return Ok(Vec::new());
    }
    let mut query = Hot::<(Id16, Id16, Id16, Nullable<Text>, Text, BigInt, Nullable<Date>)>::new(
        "SELECT learner_id, id, enrolment_id, module, exempts, credits, decided_on FROM conversion \
         WHERE status = 'converted' AND learner_id ",
    );
    query.among(learners.iter().copied());
    query.text(" ORDER BY learner_id, id");
    let rows: Vec<Row> = on_backend!(conn, c => query.load(c))?;
    rows.into_iter()
        .map(|(Key(learner), Key(id), Key(enrolment), module, exempts, credits, decided_on)| {
            let exempts = serde_json::from_str(&exempts).map_err(StoreError::broken)?;
            let credits = CreditAmount::from_thousandths(credits);
            Ok(Granted { learner, id, enrolment, module, exempts, credits, decided_on })
        })
        .collect()
}
