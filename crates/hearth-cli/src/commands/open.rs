//! `hearth open`

use std::path::Path;

use anyhow::bail;
use hearth_wire::operations::CreateCode;

use crate::output;
use crate::session::Session;

pub(crate) async fn run(data_dir: Option<&Path>) -> anyhow::Result<()> {
    let session = Session::open(data_dir).await?;
    if session.is_own() {
        session.close().await;
        bail!("no node runs; start one with `hearth node` and open the address that it prints");
    }
    let page = session.client.call::<CreateCode>(&[], &(), &()).await;
    session.close().await;
    let address = page?.address;
    output::line(&address);
    if let Err(error) = open::that_detached(&address) {
        output::message(&format!("no browser could be started ({error}); open the address by hand"));
    }
    Ok(())
}
