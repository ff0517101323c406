//! `hearth doctor`

use std::path::Path;

use anyhow::bail;
use hearth_wire::Health;
use hearth_wire::operations::RunDoctor;

use crate::connection::NodeConnection;
use crate::output;

#[derive(clap::Args)]
pub(crate) struct Arguments {
    #[arg(long)]
    json: bool,
}

pub(crate) async fn run(data_dir: Option<&Path>, arguments: Arguments) -> anyhow::Result<()> {
    let connection = NodeConnection::open(data_dir).await?;
    let report = connection.client.call::<RunDoctor>(&[], &(), &()).await;
    connection.close().await;
    let report = report?;
    let bad_count = report.findings.iter().filter(|finding| finding.health == Health::Bad).count();
    if arguments.json {
        output::print_json(&report)?;
    } else {
        for finding in &report.findings {
            let label = match finding.health {
                Health::Good => "good   ",
                Health::Limited => "limited",
                Health::Bad => "BAD    ",
            };
            output::print_line(&format!("{label}  {:<15} {}", finding.about, finding.found));
            if !finding.remedy.is_empty() {
                output::print_line(&format!("{:>26}{}", "", finding.remedy));
            }
        }
    }
    if bad_count > 0 {
        bail!("problems that keep Hearth from working: {bad_count}");
    }
    Ok(())
}
