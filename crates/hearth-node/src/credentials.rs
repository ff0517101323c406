//! Who may use a node: the token of programs on this machine, keys of other programs, and pages
//! that exchanged a one-time code for a cookie. Kept as digests, so that comparing tells nothing
//! by time and a stolen library opens nothing.

use std::collections::HashMap;
use std::num::NonZeroU32;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};
use std::time::{Duration, Instant};

use governor::clock::{Clock, DefaultClock};
use governor::{DefaultDirectRateLimiter, Quota, RateLimiter};
use hearth_domain::KeyId;
use hearth_store::StoredKey;
use hearth_wire::KeyScope;
use hearth_wire::operation::Scope;
use rand::RngCore;
use sha2::{Digest, Sha256};

/// How long a one-time code can be exchanged.
const CODE_LIFE: Duration = Duration::from_mins(10);
/// Days that a page stays let in.
pub(crate) const SESSION_DAYS: i64 = 90;
/// How a key begins, so that it is known when it lies around.
const KEY_MARK: &str = "hearth_";

/// SHA-256 of a secret, as hexadecimal digits.
pub(crate) fn digest(secret: &str) -> String {
    Sha256::digest(secret.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// 256 random bits as hexadecimal digits.
pub(crate) fn secret() -> String {
    let mut bytes = [0; 32];
    rand::rng().fill_bytes(&mut bytes);
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A new key.
pub(crate) fn new_key() -> String {
    format!("{KEY_MARK}{}", secret())
}

/// A key as the guard needs it.
#[derive(Debug)]
struct HeldKey {
    id: KeyId,
    scopes: Vec<KeyScope>,
    limiter: DefaultDirectRateLimiter,
}

/// Who a token belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Bearer {
    /// A program of this machine, which may read `node.json`: it may do anything.
    Owner,
    Key(KeyId),
}

/// Why a token does not open an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    Unknown,
    /// It is known, and not for this.
    Scope,
    /// Too many requests; try again after this time.
    Rate(Duration),
}

/// Whom a one-time code is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Visitor {
    /// A page in a browser; it stays let in for [`SESSION_DAYS`].
    Browser,
    /// The page in the desktop program's own window, let in until the node ends.
    Window,
}

/// What a code was exchanged for.
#[derive(Debug)]
pub(crate) struct Session {
    pub(crate) secret: String,
    pub(crate) visitor: Visitor,
}

/// The secrets that open this node.
#[derive(Debug)]
pub(crate) struct Credentials {
    token: String,
    keys: RwLock<HashMap<String, Arc<HeldKey>>>,
    codes: Mutex<HashMap<String, (Instant, Visitor)>>,
    sessions: Mutex<HashMap<String, Visitor>>,
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Credentials {
    /// The node's own token, with the sessions and keys that were kept.
    pub(crate) fn new(token: &str, sessions: Vec<String>, keys: &[StoredKey]) -> Self {
        let credentials = Self {
            token: digest(token),
            keys: RwLock::default(),
            codes: Mutex::default(),
            sessions: Mutex::new(sessions.into_iter().map(|session| (session, Visitor::Browser)).collect()),
        };
        for key in keys {
            credentials.admit(key);
        }
        credentials
    }

    /// Lets a key in.
    pub(crate) fn admit(&self, key: &StoredKey) {
        let quota = Quota::per_minute(NonZeroU32::new(key.per_minute).unwrap_or(NonZeroU32::MIN));
        let held = HeldKey {
            id: key.id,
            scopes: key.scopes.iter().filter_map(|name| KeyScope::parse(name)).collect(),
            limiter: RateLimiter::direct(quota),
        };
        let mut keys = self.keys.write().unwrap_or_else(PoisonError::into_inner);
        keys.insert(key.digest.clone(), Arc::new(held));
    }

    /// Lets a key in no more.
    pub(crate) fn revoke(&self, id: KeyId) {
        self.keys.write().unwrap_or_else(PoisonError::into_inner).retain(|_, key| key.id != id);
    }

    /// Whose token this is, when it may be used for this now.
    pub(crate) fn check(&self, token: &str, scope: Scope) -> Result<Bearer, Refusal> {
        let sum = digest(token);
        if sum == self.token {
            return Ok(Bearer::Owner);
        }
        let held = self.keys.read().unwrap_or_else(PoisonError::into_inner).get(&sum).cloned();
        let Some(key) = held else {
            return Err(Refusal::Unknown);
        };
        if let Err(wait) = key.limiter.check() {
            return Err(Refusal::Rate(wait.wait_time_from(DefaultClock::default().now())));
        }
        let may = key.scopes.iter().any(|own| allows(*own, scope));
        if may { Ok(Bearer::Key(key.id)) } else { Err(Refusal::Scope) }
    }

    /// Whose session this is.
    pub(crate) fn visitor(&self, session: &str) -> Option<Visitor> {
        locked(&self.sessions).get(&digest(session)).copied()
    }

    /// A new one-time code.
    pub(crate) fn new_code(&self, visitor: Visitor) -> String {
        let code = secret();
        let mut codes = locked(&self.codes);
        codes.retain(|_, (made, _)| made.elapsed() < CODE_LIFE);
        codes.insert(digest(&code), (Instant::now(), visitor));
        code
    }

    /// Exchanges a code for a session, once.
    pub(crate) fn exchange(&self, code: &str) -> Option<Session> {
        let (made, visitor) = locked(&self.codes).remove(&digest(code))?;
        if made.elapsed() >= CODE_LIFE {
            return None;
        }
        let secret = secret();
        locked(&self.sessions).insert(digest(&secret), visitor);
        Some(Session { secret, visitor })
    }
}

/// Whether a key's scope opens an operation. `admin` is everything; who writes may read.
fn allows(own: KeyScope, wanted: Scope) -> bool {
    match wanted {
        Scope::Open => true,
        Scope::Read => true,
        Scope::Write => matches!(own, KeyScope::Write | KeyScope::Admin),
        Scope::Models => matches!(own, KeyScope::Models | KeyScope::Admin),
        Scope::Admin => own == KeyScope::Admin,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn credentials(keys: &[StoredKey]) -> Credentials {
        Credentials::new("t", Vec::new(), keys)
    }

    fn key(secret: &str, scopes: &[&str], per_minute: u32) -> StoredKey {
        StoredKey {
            id: KeyId(uuid::Uuid::now_v7()),
            name: "k".into(),
            digest: digest(secret),
            scopes: scopes.iter().map(|&scope| scope.to_owned()).collect(),
            per_minute,
            created_at: jiff::Timestamp::UNIX_EPOCH,
            last_used_at: None,
        }
    }

    #[test]
    fn a_code_opens_one_session_only() {
        let credentials = credentials(&[]);
        assert_eq!(credentials.check("t", Scope::Admin), Ok(Bearer::Owner));
        assert_eq!(credentials.check("T", Scope::Read), Err(Refusal::Unknown));
        let code = credentials.new_code(Visitor::Browser);
        let session = credentials.exchange(&code).unwrap();
        assert_eq!(credentials.visitor(&session.secret), Some(Visitor::Browser));
        assert!(credentials.exchange(&code).is_none());
        assert_eq!(credentials.visitor(&code), None);
        let window = credentials.exchange(&credentials.new_code(Visitor::Window)).unwrap();
        assert_eq!(credentials.visitor(&window.secret), Some(Visitor::Window));
    }

    #[test]
    fn a_key_opens_what_it_is_for_as_often_as_it_may() {
        let reader = key("r", &["read"], 2);
        let credentials = credentials(&[reader.clone(), key("a", &["admin"], 60)]);
        assert_eq!(credentials.check("r", Scope::Read), Ok(Bearer::Key(reader.id)));
        assert_eq!(credentials.check("r", Scope::Write), Err(Refusal::Scope));
        assert!(matches!(credentials.check("r", Scope::Read), Err(Refusal::Rate(_))));
        assert!(credentials.check("a", Scope::Models).is_ok());
        credentials.revoke(reader.id);
        assert_eq!(credentials.check("r", Scope::Read), Err(Refusal::Unknown));
    }
}
