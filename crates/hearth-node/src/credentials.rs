//! Who may use a node: the token of programs on this machine, and pages that exchanged a one-time
//! code for a cookie. Kept as digests; compared without telling by time.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use rand::RngCore;
use sha2::{Digest, Sha256};

/// How long a one-time code can be exchanged.
const CODE_LIFE: Duration = Duration::from_mins(10);

type Sum = [u8; 32];

fn sum(secret: &str) -> Sum {
    Sha256::digest(secret.as_bytes()).into()
}

/// 256 random bits as hexadecimal digits.
pub(crate) fn secret() -> String {
    let mut bytes = [0; 32];
    rand::rng().fill_bytes(&mut bytes);
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The secrets that open this node.
#[derive(Debug)]
pub(crate) struct Credentials {
    token: Sum,
    codes: Mutex<HashMap<Sum, Instant>>,
    sessions: Mutex<Vec<Sum>>,
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Credentials {
    pub(crate) fn new(token: &str) -> Self {
        Self { token: sum(token), codes: Mutex::default(), sessions: Mutex::default() }
    }

    /// Whether a bearer token is the node's. Digests are compared, which tells nothing by time.
    pub(crate) fn knows_token(&self, token: &str) -> bool {
        sum(token) == self.token
    }

    pub(crate) fn knows_session(&self, session: &str) -> bool {
        locked(&self.sessions).contains(&sum(session))
    }

    /// A new one-time code.
    pub(crate) fn new_code(&self) -> String {
        let code = secret();
        let mut codes = locked(&self.codes);
        codes.retain(|_, made| made.elapsed() < CODE_LIFE);
        codes.insert(sum(&code), Instant::now());
        code
    }

    /// Exchanges a code for a session, once.
    pub(crate) fn exchange(&self, code: &str) -> Option<String> {
        let made = locked(&self.codes).remove(&sum(code))?;
        if made.elapsed() >= CODE_LIFE {
            return None;
        }
        let session = secret();
        locked(&self.sessions).push(sum(&session));
        Some(session)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_opens_one_session_only() {
        let credentials = Credentials::new("t");
        assert!(credentials.knows_token("t") && !credentials.knows_token("T"));
        let code = credentials.new_code();
        let session = credentials.exchange(&code).unwrap();
        assert!(credentials.knows_session(&session));
        assert!(credentials.exchange(&code).is_none());
        assert!(!credentials.knows_session(&code));
    }
}
