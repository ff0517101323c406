//! Credentials of a node: the token of programs on this machine, keys of other programs, and sessions of
//! pages, which exchange a one-time code for a cookie. Stored as digests, so that comparison leaks nothing
//! by timing and a stolen library gives no access.

use std::collections::HashMap;
use std::num::NonZeroU32;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};
use std::time::{Duration, Instant};

use governor::clock::{Clock, DefaultClock};
use governor::{DefaultDirectRateLimiter, Quota, RateLimiter};
use hearth_domain::{KeyId, KeyScope, PageSession, ProgramKey};
use hearth_wire::operation::Scope;
use rand::RngCore;
use sha2::{Digest, Sha256};

/// Lifetime of a one-time code.
const CODE_LIFETIME: Duration = Duration::from_mins(10);
/// Lifetime of a browser's session, in days.
pub(crate) const SESSION_DAYS: i64 = 90;
/// Prefix of a key, by which a leaked key is recognised.
const KEY_PREFIX: &str = "hearth_";

/// SHA-256 of a secret, as hexadecimal digits.
pub(crate) fn hash_secret(secret: &str) -> String {
    Sha256::digest(secret.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Generates a secret: 256 random bits as hexadecimal digits.
pub(crate) fn generate_secret() -> String {
    let mut bytes = [0; 32];
    rand::rng().fill_bytes(&mut bytes);
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Generates a key for a program.
pub(crate) fn generate_key() -> String {
    format!("{KEY_PREFIX}{}", generate_secret())
}

/// Accepted key with its scopes and rate limiter.
#[derive(Debug)]
struct AcceptedKey {
    id: KeyId,
    scopes: Vec<KeyScope>,
    limiter: DefaultDirectRateLimiter,
}

/// Owner of a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Bearer {
    /// Program of this machine that can read `node.json`; all scopes.
    Owner,
    Key(KeyId),
}

/// Reason for refusing a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    Unknown,
    /// The key is valid, but lacks the scope.
    Scope,
    /// Too many requests; try again after this time.
    Rate(Duration),
}

/// Kind of page that a one-time code or a session belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PageKind {
    /// Page in a browser; its session lasts [`SESSION_DAYS`].
    Browser,
    /// Page in the desktop program's window; its session ends with the node.
    Window,
}

/// Session that a code was exchanged for.
#[derive(Debug)]
pub(crate) struct Session {
    pub(crate) secret: String,
    pub(crate) page_kind: PageKind,
}

/// Digests of all secrets that this node accepts.
#[derive(Debug)]
pub(crate) struct Credentials {
    token: String,
    keys: RwLock<HashMap<String, Arc<AcceptedKey>>>,
    codes: Mutex<HashMap<String, (Instant, PageKind)>>,
    sessions: Mutex<HashMap<String, PageKind>>,
}

fn lock_mutex<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Credentials {
    /// Accepts the node's own token and the stored sessions and keys.
    pub(crate) fn new(token: &str, sessions: Vec<PageSession>, keys: &[ProgramKey]) -> Self {
        let credentials = Self {
            token: hash_secret(token),
            keys: RwLock::default(),
            codes: Mutex::default(),
            sessions: Mutex::new(
                sessions.into_iter().map(|session| (session.digest, PageKind::Browser)).collect(),
            ),
        };
        for key in keys {
            credentials.add_key(key);
        }
        credentials
    }

    /// Adds a key to the accepted ones.
    pub(crate) fn add_key(&self, key: &ProgramKey) {
        let quota = Quota::per_minute(NonZeroU32::new(key.per_minute).unwrap_or(NonZeroU32::MIN));
        let accepted =
            AcceptedKey { id: key.id, scopes: key.scopes.clone(), limiter: RateLimiter::direct(quota) };
        let mut keys = self.keys.write().unwrap_or_else(PoisonError::into_inner);
        keys.insert(key.digest.clone(), Arc::new(accepted));
    }

    /// Removes a key from the accepted ones.
    pub(crate) fn remove_key(&self, id: KeyId) {
        self.keys.write().unwrap_or_else(PoisonError::into_inner).retain(|_, key| key.id != id);
    }

    /// Owner of a token, if the token grants `scope` and is within its rate limit.
    pub(crate) fn check_token(&self, token: &str, scope: Scope) -> Result<Bearer, Refusal> {
        let digest = hash_secret(token);
        if digest == self.token {
            return Ok(Bearer::Owner);
        }
        let found = self.keys.read().unwrap_or_else(PoisonError::into_inner).get(&digest).cloned();
        let Some(key) = found else {
            return Err(Refusal::Unknown);
        };
        if let Err(wait) = key.limiter.check() {
            return Err(Refusal::Rate(wait.wait_time_from(DefaultClock::default().now())));
        }
        let is_granted = key.scopes.iter().any(|granted| is_scope_granted(*granted, scope));
        if is_granted { Ok(Bearer::Key(key.id)) } else { Err(Refusal::Scope) }
    }

    /// Kind of page that a session belongs to, or `None` if the session is unknown.
    pub(crate) fn session_page_kind(&self, session: &str) -> Option<PageKind> {
        lock_mutex(&self.sessions).get(&hash_secret(session)).copied()
    }

    /// Creates a one-time code.
    pub(crate) fn create_code(&self, page_kind: PageKind) -> String {
        let code = generate_secret();
        let mut codes = lock_mutex(&self.codes);
        codes.retain(|_, (created, _)| created.elapsed() < CODE_LIFETIME);
        codes.insert(hash_secret(&code), (Instant::now(), page_kind));
        code
    }

    /// Exchanges a code for a session; `None` if the code is unknown, used or expired.
    pub(crate) fn exchange_code(&self, code: &str) -> Option<Session> {
        let (created, page_kind) = lock_mutex(&self.codes).remove(&hash_secret(code))?;
        if created.elapsed() >= CODE_LIFETIME {
            return None;
        }
        let secret = generate_secret();
        lock_mutex(&self.sessions).insert(hash_secret(&secret), page_kind);
        Some(Session { secret, page_kind })
    }
}

/// True if a key's scope grants an operation's scope. `admin` grants everything; every key may read.
fn is_scope_granted(granted: KeyScope, required: Scope) -> bool {
    match required {
        Scope::Open => true,
        Scope::Read => true,
        Scope::Write => matches!(granted, KeyScope::Write | KeyScope::Admin),
        Scope::Models => matches!(granted, KeyScope::Models | KeyScope::Admin),
        Scope::Admin => granted == KeyScope::Admin,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn test_credentials(keys: &[ProgramKey]) -> Credentials {
        Credentials::new("t", Vec::new(), keys)
    }

    fn stored_key(secret: &str, scopes: &[KeyScope], per_minute: u32) -> ProgramKey {
        ProgramKey {
            id: KeyId(uuid::Uuid::now_v7()),
            name: "k".into(),
            digest: hash_secret(secret),
            scopes: scopes.to_vec(),
            per_minute,
            created_at: jiff::Timestamp::UNIX_EPOCH,
            last_used_at: None,
        }
    }

    #[test]
    fn a_code_opens_one_session_only() {
        let credentials = test_credentials(&[]);
        assert_eq!(credentials.check_token("t", Scope::Admin), Ok(Bearer::Owner));
        assert_eq!(credentials.check_token("T", Scope::Read), Err(Refusal::Unknown));
        let code = credentials.create_code(PageKind::Browser);
        let session = credentials.exchange_code(&code).unwrap();
        assert_eq!(credentials.session_page_kind(&session.secret), Some(PageKind::Browser));
        assert!(credentials.exchange_code(&code).is_none());
        assert_eq!(credentials.session_page_kind(&code), None);
        let window = credentials.exchange_code(&credentials.create_code(PageKind::Window)).unwrap();
        assert_eq!(credentials.session_page_kind(&window.secret), Some(PageKind::Window));
    }

    #[test]
    fn a_key_opens_what_it_is_for_as_often_as_it_may() {
        let reader = stored_key("r", &[KeyScope::Read], 2);
        let credentials = test_credentials(&[reader.clone(), stored_key("a", &[KeyScope::Admin], 60)]);
        assert_eq!(credentials.check_token("r", Scope::Read), Ok(Bearer::Key(reader.id)));
        assert_eq!(credentials.check_token("r", Scope::Write), Err(Refusal::Scope));
        assert!(matches!(credentials.check_token("r", Scope::Read), Err(Refusal::Rate(_))));
        assert!(credentials.check_token("a", Scope::Models).is_ok());
        credentials.remove_key(reader.id);
        assert_eq!(credentials.check_token("r", Scope::Read), Err(Refusal::Unknown));
    }
}
