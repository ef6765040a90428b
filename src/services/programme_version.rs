//! Programme versions: the plan of a programme for one cohort. A plan that stands is not changed.

use chrono::NaiveDate;
use uuid::Uuid;

use super::App;
use super::actor::ClientActor;
use super::error::{Error, Result};
use super::programme::own;
use super::refusal::Refusal;
use super::scope::Scope;
use crate::conversion::progress::plan_shortfalls;
use crate::conversion::shortfall::ShortfallCode;
use crate::domain::credit::CreditAmount;
use crate::domain::ids::{ProgrammeId, ProgrammeVersionId};
use crate::domain::invalid::{Invalid, Reason};
use crate::domain::programme_version::NewProgrammeVersion;
use crate::store::conn::Conn;
pub use crate::store::programme_version::ProgrammeVersionRow;
use crate::store::{programme, programme_version};

/// Refuses a plan that does not meet what it asks of itself.
fn check_plan(plan: &NewProgrammeVersion, today: NaiveDate) -> Result<()> {
    let mut invalid = Invalid::default();
    for (index, short) in plan_shortfalls(plan, today) {
        let needed = short.needed.unwrap_or_default();
        let reason = match short.code {
            ShortfallCode::RequirementMost => Reason::range(0, needed),
            _ => Reason::range(needed, CreditAmount::MAX_WRITTEN),
        };
        invalid.push(format!("/requirements/items/{index}"), reason);
    }
    Ok(invalid.into_result()?)
}

impl App {
    /// Writes the plan of a programme for a cohort; for operators and the demo.
    pub fn add_programme_version(
        &self,
        programme: ProgrammeId,
        new: &NewProgrammeVersion,
    ) -> Result<ProgrammeVersionId> {
        let exists = |conn: &mut Conn| programme::get(conn, programme)?.map(drop).ok_or(Error::NotFound);
        Ok(self.write_plan(programme, new, exists)?.id)
    }

    /// Writes the plan of a programme of the caller's for a cohort.
    pub fn create_programme_version(
        &self,
        actor: &ClientActor,
        programme: ProgrammeId,
        new: &NewProgrammeVersion,
    ) -> Result<ProgrammeVersionRow> {
        actor.require(Scope::ProgrammesWrite)?;
        self.write_plan(programme, new, |conn| own(conn, actor, programme).map(drop))
    }

    fn write_plan(
        &self,
        programme_id: ProgrammeId,
        new: &NewProgrammeVersion,
        may: impl Fn(&mut Conn) -> Result<()>,
    ) -> Result<ProgrammeVersionRow> {
        let plan = new.validate()?;
        check_plan(&plan, self.clock.today())?;
        let row = ProgrammeVersionRow { id: ProgrammeVersionId::from_uuid(self.ids.id()), programme_id, plan };
        let now = self.clock.now();
        self.db.write(|conn| {
            may(conn)?;
            if programme_version::of_cohort(conn, programme_id, row.plan.cohort)?.is_some() {
                return Err(Error::from(Refusal::AlreadyExists));
            }
            Ok(programme_version::insert(conn, &row, now)?)
        })?;
        Ok(row)
    }

    /// Up to `limit` plans of a programme after an id.
    pub fn list_programme_versions(
        &self,
        actor: &ClientActor,
        programme: ProgrammeId,
        after: Option<Uuid>,
        limit: i64,
    ) -> Result<Vec<ProgrammeVersionRow>> {
        actor.require(Scope::ProgrammesRead)?;
        self.db.read(|conn| {
            programme::get(conn, programme)?.ok_or(Error::NotFound)?;
            Ok(programme_version::list(conn, programme, after, limit)?)
        })
    }
}
