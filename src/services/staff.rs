//! Members of staff: made by an operator, each with one role at one institution.

use super::App;
use super::error::{Error, Result};
use super::passwords::{self, PASSWORD_MAX, PASSWORD_MIN, PasswordFault};
use super::refusal::Refusal;
use crate::domain::ids::{InstitutionId, StaffId};
use crate::domain::invalid::{Invalid, Reason};
use crate::domain::staff::StaffRole;
use crate::domain::text::{self, NAME_MAX, clean_line};
use crate::store::institution;
use crate::store::staff::{self, NewStaff};

impl App {
    /// Makes a member of staff. Log-in names are compared in lower case.
    pub fn add_staff(
        &self,
        login: &str,
        display_name: &str,
        institution: InstitutionId,
        role: StaffRole,
        password: &str,
    ) -> Result<StaffId> {
        let mut invalid = Invalid::default();
        let login = invalid.take("/login", text::code(login).map(|login| login.to_ascii_lowercase()));
        let display_name = invalid.take("/display_name", clean_line(display_name, NAME_MAX));
        let personal = [login.as_deref().unwrap_or_default(), display_name.as_deref().unwrap_or_default()];
        invalid.take("/password", passwords::check(password, &personal).map_err(reason));
        let (Some(login), Some(display_name), true) = (login, display_name, invalid.is_empty()) else {
            return Err(invalid.into());
        };
        let password_hash = self.hash_password(password)?;
        let (id, at) = (StaffId::from_uuid(self.ids.id()), self.clock.now());
        self.db.write(|conn| {
            institution::get(conn, institution)?.ok_or(Error::NotFound)?;
            if staff::login_stands(conn, &login)? {
                return Err(Error::from(Refusal::AlreadyExists));
            }
            let new = NewStaff {
                id,
                institution,
                login: &login,
                display_name: &display_name,
                role,
                password_hash: &password_hash,
                at,
            };
            staff::insert(conn, &new)?;
            self.note_change(conn, None, "create_staff", &format!("staff {id}"))
        })?;
        Ok(id)
    }
}

fn reason(fault: PasswordFault) -> Reason {
    match fault {
        PasswordFault::TooShort | PasswordFault::TooLong => Reason::range(PASSWORD_MIN, PASSWORD_MAX),
        PasswordFault::Personal => Reason::Mismatch,
        PasswordFault::TooCommon => Reason::Format { expected: "a password that is not among the most common" },
    }
}
