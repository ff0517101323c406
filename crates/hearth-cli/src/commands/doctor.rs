//! `hearth doctor`

use std::path::Path;

use anyhow::bail;
use hearth_wire::Health;
use hearth_wire::operations::Doctor;

use crate::output;
use crate::session::Session;

#[derive(clap::Args)]
pub(crate) struct Arguments {
    #[arg(long)]
    json: bool,
}

pub(crate) async fn run(data_dir: Option<&Path>, arguments: Arguments) -> anyhow::Result<()> {
    let session = Session::open(data_dir).await?;
    let report = session.client.call::<Doctor>(&[], &(), &()).await;
    session.close().await;
    let report = report?;
    let bad = report.findings.iter().filter(|finding| finding.health == Health::Bad).count();
    if arguments.json {
        output::json(&report)?;
    } else {
        for finding in &report.findings {
            let mark = match finding.health {
                Health::Good => "good   ",
                Health::Limited => "limited",
                Health::Bad => "BAD    ",
            };
            output::line(&format!("{mark}  {:<15} {}", finding.about, finding.found));
            if !finding.remedy.is_empty() {
                output::line(&format!("{:>26}{}", "", finding.remedy));
            }
        }
    }
    if bad > 0 {
        bail!("{bad} of these keep Hearth from working");
    }
    Ok(())
}
