//! Rule sets in and out: as JSON and as spreadsheets that staff edit; what changed between versions; templates to start from.

use super::App;
use super::actor::{Actor, ClientActor};
use super::error::{Error, Result};
use super::refusal::{ItemError, Refusal};
use super::rule_set::{self as sets, RuleSetRow, VersionView};
use super::rule_set_check::{Grounds, item};
use super::rule_set_draft::keepable;
use super::scope::Scope;
use crate::conversion::diff::{Diff, diff};
use crate::conversion::fault::Fault;
use crate::conversion::json;
use crate::conversion::rule_set::RuleSetDocument;
use crate::conversion::sheet::{self, Import, RowError};
use crate::conversion::templates::{self, Template};
use crate::domain::ids::RuleSetId;
use crate::domain::text_enum::text_enum;

text_enum! {
    /// How a rule set is written in a file.
    pub enum Format {
        Json = "json" / "JSON",
        Xlsx = "xlsx" / "Excel 工作簿",
        Csv = "csv" / "CSV",
    }
}

/// A file with a rule set in it.
#[derive(Debug, Clone)]
pub struct File {
    /// How it is written.
    pub format: Format,
    /// The bytes.
    pub bytes: Vec<u8>,
    /// What to call it.
    pub name: String,
}

/// A fault of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileFault {
    /// Key of the sheet.
    pub sheet: Option<&'static str>,
    /// Row, from 1.
    pub row: Option<u32>,
    /// Title of the column.
    pub column: Option<&'static str>,
    /// What is wrong.
    pub item: ItemError,
}

/// What has become of a file.
#[derive(Debug, Clone)]
pub struct Imported {
    /// The draft it was written to; none in a trial.
    pub stored: Option<VersionView>,
    /// What validation finds in it: a draft with faults is kept, but not submitted.
    pub faults: Vec<FileFault>,
}

/// Where an imported file goes.
#[derive(Debug, Clone, Copy)]
pub enum Into {
    /// Nowhere: only the faults are wanted.
    Trial,
    /// To a new rule set.
    New,
    /// To the open version of a set, which stands at this state.
    Draft(RuleSetId, i64),
}

/// The document of a file, and how its faults are placed.
enum Read {
    Json(RuleSetDocument),
    Sheets(Box<Import>),
}

impl Read {
    fn of(format: Format, bytes: &[u8]) -> std::result::Result<Self, Vec<FileFault>> {
        let sheets = |read: std::result::Result<Import, Vec<RowError>>| match read {
            Ok(import) => Ok(Self::Sheets(Box::new(import))),
            Err(errors) => Err(errors.iter().map(row_fault).collect()),
        };
        match format {
            Format::Xlsx => sheets(sheet::read_xlsx(bytes)),
            Format::Csv => sheets(sheet::read_csv(bytes)),
            Format::Json => {
                let text = String::from_utf8_lossy(bytes);
                json::import(&text).map(Self::Json).map_err(|fault| vec![plain_fault(&fault)])
            }
        }
    }

    fn document(&self) -> &RuleSetDocument {
        match self {
            Self::Json(document) => document,
            Self::Sheets(import) => &import.document,
        }
    }

    fn placed(&self, faults: &[Fault]) -> Vec<FileFault> {
        match self {
            Self::Json(_) => faults.iter().map(plain_fault).collect(),
            Self::Sheets(import) => import.row_errors(faults).iter().map(row_fault).collect(),
        }
    }
}

fn plain_fault(fault: &Fault) -> FileFault {
    FileFault { sheet: None, row: None, column: None, item: item(fault) }
}

/// A fault at its cell; its pointer names sheet, row and column as the file has them.
fn row_fault(error: &RowError) -> FileFault {
    let sheet = error.sheet.map(crate::conversion::sheet::column::Sheet::key);
    let row = Some(error.row).filter(|row| *row > 0);
    let mut pointer = String::from("/sheets");
    let mut place_zh = String::new();
    let mut place_en = String::new();
    if let Some(sheet) = error.sheet {
        pointer.push_str(&format!("/{}", sheet.key()));
        place_zh.push_str(&format!("工作表“{}”", sheet.zh()));
        place_en.push_str(sheet.en());
    }
    if let Some(row) = row {
        pointer.push_str(&format!("/{row}"));
        place_zh.push_str(&format!("第 {row} 行"));
        place_en.push_str(&format!(", row {row}"));
    }
    if let Some(column) = error.column {
        pointer.push_str(&format!("/{}", column.key));
        place_zh.push_str(&format!("“{}”", column.zh));
        place_en.push_str(&format!(", column \"{}\"", column.en));
    }
    let said = |place: String, what: String| if place.is_empty() { what } else { format!("{place}: {what}") };
    FileFault {
        sheet,
        row,
        column: error.column.map(|column| column.zh),
        item: ItemError {
            pointer,
            code: error.what.code().to_owned(),
            detail_zh: said(place_zh, error.what.message_zh()),
            detail_en: said(place_en, error.what.message_en()),
        },
    }
}

impl App {
    /// What changed from one version to another; both must be known to the caller.
    pub fn diff_rule_set(&self, actor: &Actor, id: RuleSetId, from: i64, to: i64) -> Result<Diff> {
        actor.require(Scope::RulesRead)?;
        let (old, new) = self.db.read(|conn| {
            let old = sets::view(conn, actor, id, Some(from))?.document;
            Ok::<_, Error>((old, sets::view(conn, actor, id, Some(to))?.document))
        })?;
        Ok(diff(&old, &new))
    }

    /// A version as a file.
    pub fn export_rule_set(&self, actor: &Actor, id: RuleSetId, version: Option<i64>, format: Format) -> Result<File> {
        let view = self.get_rule_set(actor, id, version)?;
        let written = match format {
            Format::Json => Ok(json::export(&view.document).into_bytes()),
            Format::Xlsx => sheet::write_xlsx(&view.document),
            Format::Csv => sheet::write_csv(&view.document),
        };
        let bytes = written.map_err(|what| {
            let errors = vec![item(&Fault { pointer: String::new(), what })];
            Error::from(Refusal::RuleSetInvalid { errors })
        })?;
        let name = format!("rule-set-{id}-v{}.{format}", view.version.version);
        Ok(File { format, bytes, name })
    }

    /// Reads a file into a draft of the caller's institution. What cannot be read is refused with every row at fault; what can
    /// be read is kept as a draft, with what validation finds in it.
    pub fn import_rule_set(&self, actor: &ClientActor, format: Format, bytes: &[u8], into: Into) -> Result<Imported> {
        actor.require(Scope::RulesWrite)?;
        let refused = |faults: Vec<FileFault>| {
            let errors = faults.into_iter().map(|fault| fault.item).collect();
            Error::from(Refusal::RuleSetInvalid { errors })
        };
        let read = Read::of(format, bytes).map_err(refused)?;
        let document = keepable(read.document())?;
        let today = self.clock.today();
        let set = RuleSetRow {
            id: RuleSetId::from_uuid(uuid::Uuid::nil()),
            institution_id: actor.institution,
            authority: document.authority,
            name: document.name.clone(),
        };
        let grounds = self.db.read(|conn| {
            sets::may_author(conn, actor, document.authority)?;
            Grounds::read(conn, &set, &document, today)
        })?;
        let faults = read.placed(&grounds.check(&document));
        let stored = match into {
            Into::Trial => None,
            Into::New => Some(self.create_rule_set(actor, &document)?),
            Into::Draft(id, expected) => Some(self.update_rule_set_draft(actor, id, expected, &document)?),
        };
        Ok(Imported { stored, faults })
    }

    /// Rule sets made from published rules, to start a draft from.
    pub fn rule_templates(&self, actor: &ClientActor) -> Result<&'static [Template]> {
        actor.require(Scope::RulesRead)?;
        Ok(templates::all())
    }
}
