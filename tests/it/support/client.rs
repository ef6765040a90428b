//! An API client of one institution.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use serde_json::Value;
use ureq::Agent;

use super::contract;
use super::http::{Answer, Call, new_agent};
use super::operations::issue_token;

/// Tokens live fifteen minutes: a new one is fetched well before.
const TOKEN_AGE: Duration = Duration::from_secs(600);

/// What an institution's own system holds to call the API.
pub struct Client {
    base: String,
    agent: Agent,
    /// The institution it speaks for.
    pub institution_id: String,
    /// The kind of that institution.
    pub kind: String,
    /// The client's own id.
    pub id: String,
    /// The client's secret.
    pub secret: String,
    token: Mutex<Option<(String, Instant)>>,
}

impl Client {
    /// The client that an element of the demo's `clients` describes.
    pub fn new(base: &str, demo: &Value) -> Self {
        let text = |member: &str| demo[member].as_str().unwrap_or_else(|| panic!("no {member} in {demo}")).to_owned();
        Self {
            base: base.to_owned(),
            agent: new_agent(),
            institution_id: text("institution_id"),
            kind: text("institution_kind"),
            id: text("client_id"),
            secret: text("client_secret"),
            token: Mutex::default(),
        }
    }

    /// The same client, calling another server.
    pub fn at(&self, base: &str) -> Self {
        Self {
            base: base.to_owned(),
            agent: new_agent(),
            institution_id: self.institution_id.clone(),
            kind: self.kind.clone(),
            id: self.id.clone(),
            secret: self.secret.clone(),
            token: Mutex::default(),
        }
    }

    /// Sends a call with this client's token.
    #[track_caller]
    pub fn send(&self, call: Call) -> Answer {
        self.try_send(&call).unwrap_or_else(|fault| panic!("{} {}: {fault}", call.method, call.path))
    }

    /// Sends a call that may find no server. Whatever answers is checked against the document.
    #[track_caller]
    pub fn try_send(&self, call: &Call) -> Result<Answer, String> {
        let call = call.clone().token(&self.token()?);
        let answer = call.send_by(&self.agent, &self.base)?;
        contract::check(&call, &answer);
        Ok(answer)
    }

    /// A token with all scopes that the client has.
    #[track_caller]
    pub fn token(&self) -> Result<String, String> {
        let mut held = self.token.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((token, since)) = &*held
            && since.elapsed() < TOKEN_AGE
        {
            return Ok(token.clone());
        }
        let answer = self.ask_token(&[("grant_type", "client_credentials")])?;
        if answer.status != 200 {
            return Err(format!("no token: {answer:?}"));
        }
        let token = answer.str("access_token").to_owned();
        *held = Some((token.clone(), Instant::now()));
        Ok(token)
    }

    /// All scopes that the client has, with a space between two.
    #[track_caller]
    pub fn scopes(&self) -> String {
        let answer = self.ask_token(&[("grant_type", "client_credentials")]).expect("the token endpoint answers");
        answer.is(200).str("scope").to_owned()
    }

    /// A new token for `scope` alone.
    #[track_caller]
    pub fn token_for(&self, scope: &str) -> String {
        let answer = self.ask_token(&[("grant_type", "client_credentials"), ("scope", scope)]);
        answer.expect("the token endpoint answers").is(200).str("access_token").to_owned()
    }

    #[track_caller]
    fn ask_token(&self, fields: &[(&str, &str)]) -> Result<Answer, String> {
        let call = issue_token(&self.id, &self.secret, fields);
        let answer = call.send_by(&self.agent, &self.base)?;
        contract::check(&call, &answer);
        Ok(answer)
    }
}
