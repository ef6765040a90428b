//! The learner's own page.

use actix_web::http::StatusCode;
use actix_web::web::{Data, Query};
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;
use serde::Deserialize;

use super::error::or_page;
use super::page::{Frame, html, see_other};
use super::visitor::Visitor;
use crate::domain::time::BEIJING;
use crate::http::present::blocking;
use crate::http::problem::Problem;
use crate::ledger::status::AchievementStatus;
use crate::ledger::transaction::TransactionKind;
use crate::services::App;
use crate::services::home::{Home, StatementRow, TypeBalance};

/// What the address may say.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Place {
    before: Option<i64>,
    activated: Option<String>,
}

/// The page.
#[derive(Template)]
#[template(path = "home.html")]
pub struct HomePage {
    /// Around it.
    pub frame: Frame,
    /// What it shows.
    pub home: Home,
    /// Whether the account has been activated just now.
    pub activated: bool,
}

impl HomePage {
    /// The account number in groups of four.
    fn account_no(&self) -> String {
        let digits: Vec<char> = self.home.account_no.chars().collect();
        digits.chunks(4).map(String::from_iter).collect::<Vec<_>>().join(" ")
    }

    /// The parts of a bar, each with its class, where it begins and how wide it is, in thousandths of the widest bar.
    fn bar(&self, balance: &TypeBalance) -> Vec<(&'static str, i64, i64)> {
        let widest = self.home.balances.iter().map(|b| b.total.thousandths()).max().unwrap_or(0).max(1);
        let parts = [
            ("programme", balance.programme),
            ("available", balance.available),
            ("held", balance.held),
            ("redeemed", balance.redeemed),
        ];
        let mut sum = 0;
        let mut bar = Vec::new();
        for (class, amount) in parts {
            let from = i128::from(sum) * 1000 / i128::from(widest);
            sum += amount.thousandths();
            let to = i128::from(sum) * 1000 / i128::from(widest);
            let part = |n: i128| i64::try_from(n).unwrap_or(1000);
            if to > from {
                bar.push((class, part(from), part(to - from)));
            }
        }
        bar
    }

    /// Whether anything is set aside; the column stands only then.
    fn has_held(&self) -> bool {
        self.home.balances.iter().any(|balance| !balance.held.is_zero())
    }

    /// Whether anything is redeemed; the column stands only then.
    fn has_redeemed(&self) -> bool {
        self.home.balances.iter().any(|balance| !balance.redeemed.is_zero())
    }

    /// The day on which a row was written, in Beijing.
    fn day(&self, row: &StatementRow) -> String {
        row.posted_at.to_datetime().with_timezone(&BEIJING).format("%Y-%m-%d").to_string()
    }

    /// The day on which it counts, where that is another.
    fn effective(&self, row: &StatementRow) -> Option<String> {
        let effective = row.effective_on.to_string();
        (effective != self.day(row)).then_some(effective)
    }

    /// What has become of a row's achievement since, where the row does not say it.
    fn fate(&self, row: &StatementRow) -> Option<AchievementStatus> {
        use AchievementStatus::{Attached, Corrected, Revoked, Superseded};
        let brought = matches!(row.kind, TransactionKind::Deposit | TransactionKind::Record);
        row.status.filter(|status| brought && matches!(status, Attached | Corrected | Revoked | Superseded))
    }
}

/// `GET /me`
pub async fn show(request: HttpRequest, app: Data<App>) -> HttpResponse {
    let page = page(&request, &app).await;
    or_page(&request, &app, page)
}

async fn page(request: &HttpRequest, app: &Data<App>) -> Result<HttpResponse, Problem> {
    let visitor = Visitor::of(request, app).await?;
    let Some(actor) = visitor.actor().copied() else { return Ok(see_other(app, "/login").finish()) };
    // An address that was tampered with shows the newest rows.
    let place = Query::<Place>::from_query(request.query_string()).map(Query::into_inner).unwrap_or_default();
    let service = app.clone();
    let home = blocking(move || service.learner_home(&actor, place.before)).await?;
    let page = HomePage { frame: Frame::new(app, &visitor), home, activated: place.activated.is_some() };
    html(app, StatusCode::OK, &visitor, &page)
}
