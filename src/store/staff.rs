//! Members of staff.

use diesel::prelude::*;

use super::conn::Conn;
use super::error::Result;
use super::schema::staff;
use super::types::Key;
use crate::domain::ids::{InstitutionId, StaffId};
use crate::domain::staff::StaffRole;
use crate::domain::time::Instant;

/// A member of staff to be stored.
#[derive(Debug)]
pub struct NewStaff<'a> {
    /// Its id.
    pub id: StaffId,
    /// The institution it acts for.
    pub institution: InstitutionId,
    /// Log-in name, unique in the whole bank.
    pub login: &'a str,
    /// Name shown to colleagues.
    pub display_name: &'a str,
    /// What it may do.
    pub role: StaffRole,
    /// Hash of its password.
    pub password_hash: &'a str,
    /// When.
    pub at: Instant,
}

/// Whether somebody has this log-in name.
pub fn login_stands(conn: &mut Conn, login: &str) -> Result<bool> {
    let found: Option<Key> = staff::table.filter(staff::login.eq(login)).select(staff::id).first(conn).optional()?;
    Ok(found.is_some())
}

/// Stores a member of staff, active from now on.
pub fn insert(conn: &mut Conn, new: &NewStaff<'_>) -> Result<()> {
    diesel::insert_into(staff::table)
        .values((
            staff::id.eq(Key(new.id.uuid())),
            staff::institution_id.eq(Key(new.institution.uuid())),
            staff::login.eq(new.login),
            staff::display_name.eq(new.display_name),
            staff::role.eq(new.role.as_str()),
            staff::password_hash.eq(new.password_hash),
            staff::status.eq("active"),
            staff::created_at.eq(new.at.micros()),
        ))
        .execute(conn)?;
    Ok(())
}
