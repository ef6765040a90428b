//! The institutions of the city: what they are, what they may post, and a client for each.

use chrono::NaiveDate;
use zeroize::Zeroizing;

use crate::domain::accreditation::NewAccreditation;
use crate::domain::ids::{ClientId, InstitutionId};
use crate::domain::institution::{InstitutionKind, NewInstitution};
use crate::domain::kind::AchievementKind;
use crate::domain::level::ProgrammeLevel;
use crate::services::App;
use crate::services::actor::ClientActor;
use crate::services::clients::MadeClient;
use crate::services::error::Result;

/// An institution as it is going to be registered; the names are invented.
#[derive(Debug)]
pub struct Plan {
    name: &'static str,
    short: &'static str,
    kind: InstitutionKind,
    /// Valid by GB 32100, with bodies that nobody has.
    uscc: &'static str,
    school_code: Option<&'static str>,
    region: &'static str,
    /// Places in the list of majors, and the level at which they are offered.
    pub offers: &'static [(ProgrammeLevel, &'static [usize])],
}

#[cfg(test)]
impl Plan {
    /// What it is.
    pub fn kind(&self) -> InstitutionKind {
        self.kind
    }
}

/// Where the bureau stands in [`PLANS`].
pub const BUREAU: usize = 0;
/// Where the first secondary school stands.
pub const SCHOOL: usize = 1;
/// Where the first college stands.
pub const COLLEGE: usize = 4;
/// Where the university stands.
pub const UNIVERSITY: usize = 6;
/// Where the open university stands.
pub const OPEN_UNIVERSITY: usize = 7;
/// Where the awarding body stands.
pub const AWARDING_BODY: usize = 8;
/// Where the training provider stands.
pub const PROVIDER: usize = 9;
/// Where the enterprise stands.
pub const ENTERPRISE: usize = 10;

use ProgrammeLevel::{Higher, Secondary, Undergraduate};

/// All institutions, the bureau first: it is the authority of the others.
pub const PLANS: &[Plan] = &[
    Plan {
        name: "演示市教育体育局",
        short: "演示教体局",
        kind: InstitutionKind::Bureau,
        uscc: "11410200MB1D000129",
        school_code: None,
        region: "410200",
        offers: &[],
    },
    Plan {
        name: "汴州演示中等职业学校",
        short: "汴州演示中职",
        kind: InstitutionKind::SecondarySchool,
        uscc: "12410200MB1D000201",
        school_code: Some("4199900001"),
        region: "410202",
        offers: &[(Secondary, &[0, 1, 2, 3, 6, 7])],
    },
    Plan {
        name: "清明演示职业中等专业学校",
        short: "清明演示职专",
        kind: InstitutionKind::SecondarySchool,
        uscc: "12410200MB1D00039X",
        school_code: Some("4199900002"),
        region: "410221",
        offers: &[(Secondary, &[4, 5, 6, 0])],
    },
    Plan {
        name: "宋韵演示技师学院",
        short: "宋韵演示技师",
        kind: InstitutionKind::TechnicianCollege,
        uscc: "12410200MB1D00047Q",
        school_code: Some("4199900003"),
        region: "410212",
        offers: &[(Secondary, &[2, 4, 0])],
    },
    Plan {
        name: "汴梁演示职业技术学院",
        short: "汴梁演示职院",
        kind: InstitutionKind::HigherVocationalCollege,
        uscc: "12410200MB1D00055K",
        school_code: Some("4141099901"),
        region: "410205",
        offers: &[(Higher, &[0, 1, 2, 3, 4, 6])],
    },
    Plan {
        name: "大河演示职业学院",
        short: "大河演示职院",
        kind: InstitutionKind::HigherVocationalCollege,
        uscc: "12410200MB1D00063E",
        school_code: Some("4141099902"),
        region: "410225",
        offers: &[(Higher, &[5, 7, 6, 1])],
    },
    Plan {
        name: "梁园演示大学",
        short: "梁园演示大学",
        kind: InstitutionKind::University,
        uscc: "12410200MB1D000719",
        school_code: Some("4141099903"),
        region: "410202",
        offers: &[(Undergraduate, &[0, 1, 2, 3, 4, 5, 6, 7])],
    },
    Plan {
        name: "汴州演示开放大学",
        short: "汴州演示开大",
        kind: InstitutionKind::OpenUniversity,
        uscc: "12410200MB1D0008X1",
        school_code: Some("4141099904"),
        region: "410204",
        offers: &[(Higher, &[6, 7, 1]), (Undergraduate, &[6])],
    },
    Plan {
        name: "汴州演示职业技能评价中心",
        short: "演示评价中心",
        kind: InstitutionKind::AwardingBody,
        uscc: "52410200MJ1D00011D",
        school_code: None,
        region: "410204",
        offers: &[],
    },
    Plan {
        name: "汴河演示职业培训学校",
        short: "汴河演示培训",
        kind: InstitutionKind::TrainingProvider,
        uscc: "52410200MJ1D0002X5",
        school_code: None,
        region: "410203",
        offers: &[],
    },
    Plan {
        name: "夷门演示汽车制造有限公司",
        short: "夷门演示汽车",
        kind: InstitutionKind::Enterprise,
        uscc: "91410200MA9D00013K",
        school_code: None,
        region: "410212",
        offers: &[],
    },
];

/// An institution of the city and its client.
#[derive(Debug)]
pub struct Place {
    /// Its id.
    pub id: InstitutionId,
    /// What it is.
    pub kind: InstitutionKind,
    /// Its name.
    pub name: &'static str,
    /// Its client's id.
    pub client_id: ClientId,
    /// Its client's secret.
    pub client_secret: Zeroizing<String>,
    /// Its client as it acts.
    pub actor: ClientActor,
    /// A second client, where one writes rules and another has to publish them.
    pub second: Option<Second>,
}

/// A second client of an institution: who must not decide alone needs one.
#[derive(Debug)]
pub struct Second {
    /// Its secret.
    pub secret: Zeroizing<String>,
    /// The client as it acts.
    pub actor: ClientActor,
}

/// Institutions that publish rules.
const RULE_MAKERS: [usize; 3] = [BUREAU, COLLEGE, OPEN_UNIVERSITY];

/// The kinds that an institution may post.
const fn posts(kind: InstitutionKind) -> &'static [AchievementKind] {
    use AchievementKind::*;
    match kind {
        InstitutionKind::Bureau => &[],
        InstitutionKind::AwardingBody => &[SkillCertificate, SkillLevel, Qualification, Examination],
        InstitutionKind::TrainingProvider => &[Training],
        InstitutionKind::Enterprise => &[Experience],
        InstitutionKind::SecondarySchool
        | InstitutionKind::TechnicianCollege
        | InstitutionKind::HigherVocationalCollege
        | InstitutionKind::University
        | InstitutionKind::OpenUniversity => &[Course, Competition, Experience, Diploma],
    }
}

/// First day of every accreditation and catalogue entry.
pub fn since() -> NaiveDate {
    NaiveDate::from_ymd_opt(2015, 1, 1).expect("1 January is in every year")
}

/// Registers and accredits the institutions, with a client each; `done` is called after every one.
pub fn found(app: &App, done: &dyn Fn(usize)) -> Result<Vec<Place>> {
    let mut places: Vec<Place> = Vec::with_capacity(PLANS.len());
    for plan in PLANS {
        let id = app.add_institution(&NewInstitution {
            name: plan.name.into(),
            short_name: Some(plan.short.into()),
            kind: plan.kind,
            uscc: plan.uscc.into(),
            school_code: plan.school_code.map(str::to_owned),
            authority_id: places.first().map(|bureau| bureau.id),
            region: plan.region.into(),
        })?;
        for kind in posts(plan.kind) {
            let new = NewAccreditation { kind: *kind, codes: None, levels: None, valid_from: since(), valid_to: None };
            app.accredit(id, &new)?;
        }
        let kind = plan.kind;
        let acting = |client: &MadeClient| {
            let (scopes, request) = (client.scopes, app.ids.id());
            ClientActor { client: client.id, institution: id, kind, scopes, request, address: None }
        };
        let client = app.make_client(id, "演示接口", None)?;
        let actor = acting(&client);
        let mut second = None;
        if RULE_MAKERS.contains(&places.len()) {
            let client = app.make_client(id, "审核", None)?;
            second = Some(Second { actor: acting(&client), secret: client.secret });
        }
        let (client_id, client_secret) = (client.id, client.secret);
        places.push(Place { id, kind, name: plan.name, client_id, client_secret, actor, second });
        done(places.len());
    }
    Ok(places)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::region::RegionPolicy;

    #[test]
    fn every_kind_is_there_and_every_code_holds() {
        for kind in InstitutionKind::ALL {
            assert!(PLANS.iter().any(|plan| plan.kind == *kind), "{kind}");
        }
        use InstitutionKind::*;
        for (place, kind) in [
            (BUREAU, Bureau),
            (SCHOOL, SecondarySchool),
            (COLLEGE, HigherVocationalCollege),
            (UNIVERSITY, University),
            (OPEN_UNIVERSITY, OpenUniversity),
            (AWARDING_BODY, AwardingBody),
            (PROVIDER, TrainingProvider),
            (ENTERPRISE, Enterprise),
        ] {
            assert_eq!(PLANS[place].kind, kind);
        }
        for plan in PLANS {
            let new = NewInstitution {
                name: plan.name.into(),
                short_name: Some(plan.short.into()),
                kind: plan.kind,
                uscc: plan.uscc.into(),
                school_code: plan.school_code.map(str::to_owned),
                authority_id: None,
                region: plan.region.into(),
            };
            assert!(new.validate(RegionPolicy::default()).is_ok(), "{}", plan.name);
            assert!(plan.name.contains("演示"), "{} must be seen to be fictional", plan.name);
        }
    }
}
