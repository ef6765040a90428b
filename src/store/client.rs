//! API clients.

use diesel::prelude::*;

use super::book::word;
use super::conn::Conn;
use super::error::Result;
use super::schema::{api_client, institution};
use super::types::Key;
use crate::domain::ids::{ClientId, InstitutionId};
use crate::domain::institution::InstitutionKind;
use crate::domain::time::Instant;

/// What a token of the client rests on.
#[derive(Debug, Clone)]
pub struct ClientState {
    /// Whose client it is.
    pub institution: InstitutionId,
    /// What that institution is.
    pub institution_kind: InstitutionKind,
    /// Its scopes, words separated by spaces.
    pub scopes: String,
    /// Whether client and institution are active.
    pub active: bool,
    /// Moves on when its tokens are to end.
    pub auth_epoch: i64,
}

/// A client to be stored.
#[derive(Debug)]
pub struct NewClient<'a> {
    /// Its id.
    pub id: ClientId,
    /// Whose.
    pub institution: InstitutionId,
    /// What the operator calls it.
    pub name: &'a str,
    /// Its scopes, words separated by spaces.
    pub scopes: &'a str,
    /// When.
    pub at: Instant,
}

/// The state of a client, if it exists.
pub fn state(conn: &mut Conn, id: ClientId) -> Result<Option<ClientState>> {
    type Row = (Key, String, String, String, String, i64);
    let found: Option<Row> = api_client::table
        .inner_join(institution::table)
        .filter(api_client::id.eq(Key(id.uuid())))
        .select((
            institution::id,
            institution::kind,
            institution::status,
            api_client::scopes,
            api_client::status,
            api_client::auth_epoch,
        ))
        .first(conn)
        .optional()?;
    found
        .map(|(institution, kind, institution_status, scopes, status, auth_epoch)| {
            Ok(ClientState {
                institution: InstitutionId::from_uuid(institution.0),
                institution_kind: word("institution.kind", &kind)?,
                scopes,
                active: status == "active" && institution_status == "active",
                auth_epoch,
            })
        })
        .transpose()
}

/// What an institution is, if it exists.
pub fn institution_kind(conn: &mut Conn, id: InstitutionId) -> Result<Option<InstitutionKind>> {
    let kind: Option<String> = institution::table
        .filter(institution::id.eq(Key(id.uuid())))
        .select(institution::kind)
        .first(conn)
        .optional()?;
    kind.map(|kind| word("institution.kind", &kind)).transpose()
}

/// Stores a client.
pub fn insert(conn: &mut Conn, new: &NewClient<'_>) -> Result<()> {
    diesel::insert_into(api_client::table)
        .values((
            api_client::id.eq(Key(new.id.uuid())),
            api_client::institution_id.eq(Key(new.institution.uuid())),
            api_client::name.eq(new.name),
            api_client::scopes.eq(new.scopes),
            api_client::status.eq("active"),
            api_client::auth_epoch.eq(1_i64),
            api_client::created_at.eq(new.at.micros()),
        ))
        .execute(conn)?;
    Ok(())
}

/// Ends every token that a client holds: its epoch moves on. False when there is no such client.
pub fn end_tokens(conn: &mut Conn, id: ClientId) -> Result<bool> {
    let moved = diesel::update(api_client::table.filter(api_client::id.eq(Key(id.uuid()))))
        .set(api_client::auth_epoch.eq(api_client::auth_epoch + 1))
        .execute(conn)?;
    Ok(moved > 0)
}
