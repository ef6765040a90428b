//! One server under measurement, with its demo city.
use std::cell::RefCell;
use std::path::Path;
use std::process::Command;
use std::rc::Rc;
use std::time::Instant;

use crate::Result;
use crate::args::Database;
use crate::city::City;
use crate::cluster::Cluster;
use crate::server::{Server, program};

/// A server with its city.
pub struct Place {
    pub database: Database,
    pub learners: usize,
    pub server: Server,
    pub city: Rc<RefCell<City>>,
    /// Name of its database in the cluster.
    pub in_cluster: Option<String>,
}

impl Place {
    /// Founds a city on a fresh database and gets to know it.
    pub async fn found(folder: &Path, cluster: Option<&Cluster>, database: Database, learners: usize) -> Result<Place> {
        let name = format!("city_{}_{learners}", database.name());
        let in_cluster = (database == Database::Postgres).then(|| name.clone());
        let url = match (cluster, &in_cluster) {
            (Some(cluster), Some(name)) => Some(cluster.create(name)?),
            _ => None,
        };
        println!("founding {name}");
        let server = Server::start(&folder.join(&name), learners, url.as_deref())?;
        let began = Instant::now();
        let city = City::meet(server.address, &server.ready).await?;
        println!(
            "  filled in {:.1} s, {} schools with {} learners listed in {:.1} s",
            server.filled_in,
            city.schools.len(),
            city.size(),
            began.elapsed().as_secs_f64()
        );
        Ok(Place { database, learners, server, city: Rc::new(RefCell::new(city)), in_cluster })
    }

    /// Recomputes the whole book beside the running server.
    pub fn verify(&self, cluster: Option<&Cluster>) -> Result<bool> {
        let began = Instant::now();
        let mut command = Command::new(program());
        command.args(["verify", "--data-dir"]).arg(&self.server.data);
        if let Some((cluster, name)) = cluster.zip(self.in_cluster.as_deref()) {
            command.args(["--database-url", &cluster.url_of(name)]);
        }
        let output = command.output()?;
        let good = output.status.success();
        let name = format!("{} with {} learners", self.database.name(), self.learners);
        println!("verify {name}: {} in {:.1} s", if good { "good" } else { "NOT GOOD" }, began.elapsed().as_secs_f64());
        if !good {
            println!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        }
        Ok(good)
    }
}
