//! `xuefen admin client`, `client-key`, `client-secret` and `signing-key`: who may ask for tokens, and what signs them.

use std::path::{Path, PathBuf};

use chrono::NaiveDate;
use clap::{Args, Subcommand};

use super::Failure;
use super::admin::plain;
use crate::crypto::jwk::{self, PublicKey};
use crate::domain::ids::{ClientId, InstitutionId};
use crate::services::App;
use crate::services::scope::Scopes;
use crate::services::signing_keys::Rotation;

/// Makes an API client.
#[derive(Debug, Args)]
pub(super) struct Client {
    /// The institution.
    #[arg(long)]
    institution: InstitutionId,
    /// What to call it.
    #[arg(long)]
    name: String,
    /// Scopes separated by spaces; what institutions of its kind usually get unless given.
    #[arg(long)]
    scopes: Option<String>,
    /// File with its public keys (JWK Set): it then has no secret and proves itself by private_key_jwt.
    #[arg(long)]
    jwks: Option<PathBuf>,
}

/// Public keys of a client (private_key_jwt). Two may stand at once while it changes over.
#[derive(Debug, Subcommand)]
pub(super) enum ClientKey {
    /// Register keys beside those that stand.
    Add {
        /// The client.
        #[arg(long)]
        client: ClientId,
        /// File with a JWK Set or a single JWK, public parts alone: Ed25519, P-256, or RSA of 2048 to 4096 bits.
        #[arg(long)]
        jwks: PathBuf,
    },
    /// List every key it has or had.
    List {
        /// The client.
        #[arg(long)]
        client: ClientId,
    },
    /// Remove a key: no assertion by it is taken any more.
    Remove {
        /// The client.
        #[arg(long)]
        client: ClientId,
        /// Its id.
        #[arg(long)]
        kid: String,
        /// Also end every access token that the client holds: the key was seen by others.
        #[arg(long)]
        end_tokens: bool,
    },
}

/// Secrets of a client.
#[derive(Debug, Subcommand)]
pub(super) enum ClientSecret {
    /// Make a new secret; prints it, this once.
    Rotate {
        /// The client.
        #[arg(long)]
        client: ClientId,
        /// Last day (Beijing) on which the old secret is taken too, within 90 days; it ends at once unless given.
        #[arg(long)]
        old_until: Option<NaiveDate>,
        /// Also end every access token that the client holds: the secret was seen by others.
        #[arg(long)]
        end_tokens: bool,
    },
    /// Remove every secret: the client proves itself by its keys alone.
    Remove {
        /// The client.
        #[arg(long)]
        client: ClientId,
        /// Also end every access token that the client holds.
        #[arg(long)]
        end_tokens: bool,
    },
}

/// The keys that access tokens are signed with.
#[derive(Debug, Subcommand)]
pub(super) enum SigningKey {
    /// List them, and when each signs and verifies.
    List,
    /// Make a new one. It is published now and signs ten minutes later; the old one verifies until its last token has run out.
    Rotate {
        /// Sign with the new key now and trust no other any more: a key was seen by others. Every access token ends.
        #[arg(long)]
        at_once: bool,
    },
}

fn keys_of(path: &Path) -> Result<Vec<PublicKey>, Failure> {
    let told = |reason: String| format!("{}: {reason}", path.display());
    let size = std::fs::metadata(path).map_err(|error| told(error.to_string()))?.len();
    if size > jwk::SET_MAX_BYTES as u64 {
        return Err(told(jwk::JwkFault::NotASet.to_string()).into());
    }
    let text = std::fs::read_to_string(path).map_err(|error| told(error.to_string()))?;
    Ok(jwk::parse_set(&text).map_err(|fault| told(fault.to_string()))?)
}

impl Client {
    pub(super) fn run(self, app: &App) -> Result<(), Failure> {
        let unknown = "unknown scope: the scopes are listed in the OpenAPI document";
        let scopes = self.scopes.map(|text| Scopes::parse(&text).ok_or(unknown)).transpose()?;
        let Some(path) = self.jwks else {
            let made = app.make_client(self.institution, &self.name, scopes).map_err(plain)?;
            println!("client_id     {}", made.id);
            println!("client_secret {}", made.secret.as_str());
            println!("scope         {}", made.scopes);
            return Ok(());
        };
        let keys = keys_of(&path)?;
        let (id, scopes) = app.make_client_with_keys(self.institution, &self.name, scopes, &keys).map_err(plain)?;
        println!("client_id     {id}");
        for key in keys {
            println!("kid           {}", key.kid);
        }
        println!("scope         {scopes}");
        Ok(())
    }
}

impl ClientKey {
    pub(super) fn run(self, app: &App) -> Result<(), Failure> {
        match self {
            Self::Add { client, jwks } => {
                let keys = keys_of(&jwks)?;
                app.add_client_keys(client, &keys).map_err(plain)?;
                for key in keys {
                    println!("{}  {}", key.algorithm.as_str(), key.kid);
                }
            }
            Self::List { client } => {
                for key in app.client_keys(client).map_err(plain)? {
                    let removed = key.removed_at.map_or_else(String::new, |at| format!("  removed {at}"));
                    println!("{}  {}  since {}{removed}", key.alg, key.kid, key.created_at);
                }
            }
            Self::Remove { client, kid, end_tokens } => {
                app.remove_client_key(client, &kid, end_tokens).map_err(plain)?;
                println!("removed {kid}");
            }
        }
        Ok(())
    }
}

impl ClientSecret {
    pub(super) fn run(self, app: &App) -> Result<(), Failure> {
        match self {
            Self::Rotate { client, old_until, end_tokens } => {
                let secret = app.rotate_client_secret(client, old_until, end_tokens).map_err(plain)?;
                println!("client_secret {}", secret.as_str());
            }
            Self::Remove { client, end_tokens } => {
                let gone = app.remove_client_secrets(client, end_tokens).map_err(plain)?;
                println!("{}", if gone { "removed" } else { "it had none" });
            }
        }
        Ok(())
    }
}

impl SigningKey {
    pub(super) fn run(self, app: &App) -> Result<(), Failure> {
        match self {
            Self::List => {
                for (kid, times) in app.signing_key_times().map_err(plain)? {
                    let until = |at: Option<_>| {
                        at.map_or_else(
                            || "further notice".to_owned(),
                            |at: crate::domain::time::Instant| at.to_string(),
                        )
                    };
                    println!(
                        "{kid}  signs from {} until {}  verifies until {}",
                        times.signs_from,
                        until(times.signs_until),
                        until(times.verifies_until)
                    );
                }
            }
            Self::Rotate { at_once } => {
                let rotation = if at_once { Rotation::AtOnce } else { Rotation::InTurn };
                match app.rotate_signing_key(rotation).map_err(plain)? {
                    Some((kid, from)) => println!("{kid}  signs from {from}"),
                    None => return Err("a key that was made before does not sign yet: see signing-key list".into()),
                }
            }
        }
        Ok(())
    }
}
