//! Certificates: PEM in, configurations for the QUIC stack out. TLS 1.3 only.

use std::sync::Arc;

use quinn_proto::crypto::rustls::{QuicClientConfig, QuicServerConfig};
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::server::WebPkiClientVerifier;
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::{DigitallySignedStruct, RootCertStore, SignatureScheme};

/// How a client judges the server's certificate.
#[derive(Clone, Debug)]
pub enum Trust {
    System,
    /// Takes every certificate.
    None,
    /// SHA-256 over the DER of the server's own certificate, lower-case hex.
    Hashes(Vec<String>),
    /// PEM, instead of the system's.
    Roots(String),
}

/// PEM texts of a server.
#[derive(Clone, Copy, Debug)]
pub struct ServerPem<'a> {
    pub certificate: &'a str,
    pub key: &'a str,
    /// Who signs the certificates of clients, which are then asked for; a client may come without.
    pub client_roots: Option<&'a str>,
}

/// PEM texts of a client that shows a certificate.
#[derive(Clone, Debug)]
pub struct Identity {
    pub certificate: String,
    pub key: String,
}

fn provider() -> Arc<CryptoProvider> {
    Arc::new(rustls::crypto::ring::default_provider())
}

/// The server's side; says in one sentence what is wrong with the PEM texts.
pub(crate) fn server(pem: ServerPem<'_>, alpn: &[String]) -> Result<Arc<QuicServerConfig>, String> {
    let (chain, key) = chain_and_key(pem.certificate, pem.key)?;
    let clients = match pem.client_roots {
        Some(text) => WebPkiClientVerifier::builder_with_provider(Arc::new(roots(text)?), provider())
            .allow_unauthenticated()
            .build()
            .map_err(|error| format!("no roots to judge clients by: {error}"))?,
        None => WebPkiClientVerifier::no_client_auth(),
    };
    let mut config = rustls::ServerConfig::builder_with_provider(provider())
        .with_protocol_versions(&[&rustls::version::TLS13])
        .map_err(|error| error.to_string())?
        .with_client_cert_verifier(clients)
        .with_single_cert(chain, key)
        .map_err(|error| format!("certificate and key do not go together: {error}"))?;
    config.alpn_protocols = alpn.iter().map(|name| name.as_bytes().to_vec()).collect();
    config.max_early_data_size = 0;
    QuicServerConfig::try_from(config).map(Arc::new).map_err(|error| error.to_string())
}

/// The client's side.
pub(crate) fn client(trust: &Trust, identity: Option<&Identity>, alpn: &[String]) -> Result<Arc<QuicClientConfig>, String> {
    let provider = provider();
    let verifier: Arc<dyn ServerCertVerifier> = match trust {
        Trust::None => Arc::new(Pinned { provider: provider.clone(), hashes: None }),
        Trust::Hashes(hashes) => Arc::new(Pinned { provider: provider.clone(), hashes: Some(hashes.clone()) }),
        Trust::System => {
            let mut roots = RootCertStore::empty();
            roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
            verifier(roots, &provider)?
        }
        Trust::Roots(pem) => verifier(roots(pem)?, &provider)?,
    };
    let config = rustls::ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&rustls::version::TLS13])
        .map_err(|error| error.to_string())?
        .dangerous()
        .with_custom_certificate_verifier(verifier);
    let mut config = match identity {
        Some(Identity { certificate, key }) => {
            let (chain, key) = chain_and_key(certificate, key)?;
            config.with_client_auth_cert(chain, key).map_err(|error| format!("certificate and key do not go together: {error}"))?
        }
        None => config.with_no_client_auth(),
    };
    config.alpn_protocols = alpn.iter().map(|name| name.as_bytes().to_vec()).collect();
    config.enable_early_data = false;
    QuicClientConfig::try_from(config).map(Arc::new).map_err(|error| error.to_string())
}

fn chain_and_key(certificate: &str, key: &str) -> Result<(Vec<CertificateDer<'static>>, PrivateKeyDer<'static>), String> {
    let chain = CertificateDer::pem_slice_iter(certificate.as_bytes()).collect::<Result<Vec<_>, _>>();
    let chain = chain.map_err(|error| format!("the certificate is not PEM: {error}"))?;
    if chain.is_empty() {
        return Err("the certificate's text holds no certificate".into());
    }
    let key = PrivateKeyDer::from_pem_slice(key.as_bytes()).map_err(|error| format!("the key is not PEM: {error}"))?;
    Ok((chain, key))
}

fn roots(pem: &str) -> Result<RootCertStore, String> {
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(pem.as_bytes()) {
        let certificate = certificate.map_err(|error| format!("the roots are not PEM: {error}"))?;
        roots.add(certificate).map_err(|error| format!("a root is not usable: {error}"))?;
    }
    Ok(roots)
}

fn verifier(roots: RootCertStore, provider: &Arc<CryptoProvider>) -> Result<Arc<dyn ServerCertVerifier>, String> {
    let built = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider.clone()).build();
    Ok(built.map_err(|error| format!("no roots to judge certificates by: {error}"))?)
}

/// Judges by fingerprint, as `serverCertificateHashes` of WebTransport does; the handshake's signature is checked in every case.
#[derive(Debug)]
struct Pinned {
    provider: Arc<CryptoProvider>,
    hashes: Option<Vec<String>>,
}

impl ServerCertVerifier for Pinned {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let Some(hashes) = &self.hashes else {
            return Ok(ServerCertVerified::assertion());
        };
        let hash = sha256(end_entity);
        if hashes.contains(&hash) {
            return Ok(ServerCertVerified::assertion());
        }
        Err(rustls::Error::General(format!("the certificate's SHA-256 is {hash}, which is not among the {} given", hashes.len())))
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(message, cert, dss, &self.provider.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(message, cert, dss, &self.provider.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

fn sha256(bytes: &[u8]) -> String {
    let digest = ring::digest::digest(&ring::digest::SHA256, bytes);
    digest.as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}
