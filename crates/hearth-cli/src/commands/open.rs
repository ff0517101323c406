//! `hearth open`

use std::path::Path;

use anyhow::bail;
use hearth_wire::operations::CreateLoginCode;

use crate::connection::NodeConnection;
use crate::output;

pub(crate) async fn run(data_dir: Option<&Path>) -> anyhow::Result<()> {
    let connection = NodeConnection::open(data_dir).await?;
    if connection.has_own_node() {
        connection.close().await;
        bail!("no node is running; start one with `hearth node` and open the address that it prints");
    }
    let page = connection.client.call::<CreateLoginCode>(&[], &(), &()).await;
    connection.close().await;
    let address = page?.address;
    output::print_line(&address);
    if let Err(error) = open::that_detached(&address) {
        output::print_message(&format!(
            "the browser could not be started ({error}); open the address yourself"
        ));
    }
    Ok(())
}
