//! The register of precedents: what the public reads about decided cases. Append-only.

use diesel::prelude::*;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::book::word;
use super::conn::Conn;
use super::error::Result;
use super::schema::precedent;
use super::types::Key;
use crate::domain::credit::CreditAmount;
use crate::domain::kind::AchievementKind;
use crate::domain::recognition_case::CaseOutcome;
use crate::domain::text_enum::text_enum;

text_enum! {
    /// Which decision it was.
    pub enum Instance {
        First = "first" / "认定",
        Appeal = "appeal" / "申诉",
    }
}

/// A precedent. Nothing in it leads back to a learner.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Precedent)]
pub struct PrecedentRow {
    /// Its id, a random one.
    pub id: Uuid,
    /// The month in which it was decided, in Beijing.
    #[schema(pattern = r"^\d{4}-\d{2}$")]
    pub decided_in: String,
    /// The institution that was asked.
    pub institution_id: Uuid,
    /// Which decision it was.
    pub instance: Instance,
    /// Kind of what was claimed.
    pub kind: AchievementKind,
    /// Its code, where the catalogues have it.
    pub code: Option<String>,
    /// Its level.
    pub level: Option<String>,
    /// What the catalogues call it.
    pub title: Option<String>,
    /// What was decided.
    pub outcome: CaseOutcome,
    /// The credits that were recognised.
    pub credits: Option<CreditAmount>,
    /// The document and clause it rests on.
    pub basis: String,
    /// What was decided and why.
    pub summary: String,
    /// The precedent of the decision that was appealed against.
    pub replaces: Option<Uuid>,
}

type Row = (
    (Key, String, Key, String, String, Option<String>, Option<String>, Option<String>),
    (String, Option<i64>, String, String, Option<Key>),
);

/// Enters a precedent.
pub fn insert(conn: &mut Conn, new: &PrecedentRow) -> Result<()> {
    diesel::insert_into(precedent::table)
        .values((
            precedent::id.eq(Key(new.id)),
            precedent::decided_in.eq(&new.decided_in),
            precedent::institution_id.eq(Key(new.institution_id)),
            precedent::instance.eq(new.instance.as_str()),
            precedent::kind.eq(new.kind.as_str()),
            precedent::code.eq(new.code.as_deref()),
            precedent::level.eq(new.level.as_deref()),
            precedent::title.eq(new.title.as_deref()),
            precedent::outcome.eq(new.outcome.as_str()),
            precedent::credits.eq(new.credits.map(CreditAmount::thousandths)),
            precedent::basis.eq(&new.basis),
            precedent::summary.eq(&new.summary),
            precedent::replaces.eq(new.replaces.map(Key)),
        ))
        .execute(conn)?;
    Ok(())
}

/// Which precedents are wanted.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// Of this kind.
    pub kind: Option<AchievementKind>,
    /// Of this code.
    pub code: Option<String>,
    /// Of this institution.
    pub institution: Option<Uuid>,
}

/// A place in the register: month and id.
pub type RegisterPlace = (String, Uuid);

/// Up to `limit` precedents after a place, the newest month first.
pub fn list(conn: &mut Conn, wanted: &Wanted, after: Option<RegisterPlace>, limit: i64) -> Result<Vec<PrecedentRow>> {
    let mut query = precedent::table
        .select((
            (
                precedent::id,
                precedent::decided_in,
                precedent::institution_id,
                precedent::instance,
                precedent::kind,
                precedent::code,
                precedent::level,
                precedent::title,
            ),
            (precedent::outcome, precedent::credits, precedent::basis, precedent::summary, precedent::replaces),
        ))
        .order((precedent::decided_in.desc(), precedent::id.desc()))
        .limit(limit)
        .into_boxed();
    if let Some(kind) = wanted.kind {
        query = query.filter(precedent::kind.eq(kind.as_str()));
    }
    if let Some(code) = &wanted.code {
        query = query.filter(precedent::code.eq(code.clone()));
    }
    if let Some(institution) = wanted.institution {
        query = query.filter(precedent::institution_id.eq(Key(institution)));
    }
    if let Some((month, id)) = after {
        let same = precedent::decided_in.eq(month.clone()).and(precedent::id.lt(Key(id)));
        query = query.filter(precedent::decided_in.lt(month).or(same));
    }
    let rows: Vec<Row> = query.load(conn)?;
    rows.into_iter().map(row).collect()
}

fn row((what, decided): Row) -> Result<PrecedentRow> {
    let (id, decided_in, institution, instance, kind, code, level, title) = what;
    let (outcome, credits, basis, summary, replaces) = decided;
    Ok(PrecedentRow {
        id: id.0,
        decided_in,
        institution_id: institution.0,
        instance: word("precedent.instance", &instance)?,
        kind: word("precedent.kind", &kind)?,
        code,
        level,
        title,
        outcome: word("precedent.outcome", &outcome)?,
        credits: credits.map(CreditAmount::from_thousandths),
        basis,
        summary,
        replaces: replaces.map(|key| key.0),
    })
}
