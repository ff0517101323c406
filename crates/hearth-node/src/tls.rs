//! TLS certificate of a node on the network: created once; users compare its fingerprint.

use std::fs;
use std::io::{self, Write};
use std::path::Path;
use std::sync::Arc;

use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use sha2::{Digest, Sha256};

/// TLS configuration, and the certificate's fingerprint.
pub(crate) struct Certificate {
    pub(crate) config: Arc<ServerConfig>,
    /// SHA-256 of the certificate, as pairs of hexadecimal digits.
    pub(crate) fingerprint: String,
}

/// Loads the certificate of a data directory; a self-signed one is created at first use.
pub(crate) fn load_certificate(folder: &Path, names: Vec<String>) -> io::Result<Certificate> {
    let folder = folder.join("tls");
    let (certificate, key) = (folder.join("certificate.pem"), folder.join("key.pem"));
    if !certificate.exists() || !key.exists() {
        fs::create_dir_all(&folder)?;
        let generated = rcgen::generate_simple_self_signed(names).map_err(io::Error::other)?;
        write_private_file(&key, &generated.signing_key.serialize_pem())?;
        fs::write(&certificate, generated.cert.pem())?;
    }
    let chain: Vec<CertificateDer<'static>> = CertificateDer::pem_file_iter(&certificate)
        .and_then(Iterator::collect)
        .map_err(|error| io::Error::other(format!("{}: {error}", certificate.display())))?;
    let secret = PrivateKeyDer::from_pem_file(&key)
        .map_err(|error| io::Error::other(format!("{}: {error}", key.display())))?;
    let first = chain.first().ok_or_else(|| io::Error::other("the certificate file is empty"))?;
    let digest = Sha256::digest(first);
    let pairs: Vec<String> = digest.iter().map(|byte| format!("{byte:02X}")).collect();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .and_then(|builder| builder.with_no_client_auth().with_single_cert(chain, secret))
        .map_err(io::Error::other)?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(Certificate { config: Arc::new(config), fingerprint: pairs.join(":") })
}

fn write_private_file(path: &Path, text: &str) -> io::Result<()> {
    let mut options = fs::OpenOptions::new();
    options.create(true).truncate(true).write(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    let mut file = options.open(path)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}
