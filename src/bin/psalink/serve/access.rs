//! The secrets of a workbench: what lets a browser in once, and what its pages present from then on.

use psalink::source::hex;
use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use psalink::{Error, ErrorKind};
use subtle::ConstantTimeEq as _;

/// How many unused addresses work at a time; the oldest stop working first.
const OPEN: usize = 16;

/// What distinguishes the owner of a workbench from everyone else who can reach its port.
///
/// A cookie alone would not do: browsers send it to every port of a host, so another account's server on this computer
/// could read it. What a page may do depends on the key, which the page keeps where only its own origin can read it.
#[derive(Debug)]
pub struct PageAccess {
    cookie: String,
    key: String,
    tickets: Mutex<VecDeque<String>>,
}

impl PageAccess {
    /// New secrets.
    ///
    /// # Errors
    ///
    /// A system without a source of random numbers.
    pub fn new() -> Result<PageAccess, Error> {
        Ok(PageAccess { cookie: secret()?, key: secret()?, tickets: Mutex::default() })
    }

    /// The value of the cookie.
    pub fn cookie(&self) -> &str {
        &self.cookie
    }

    /// What the pages send with each request.
    pub fn key(&self) -> &str {
        &self.key
    }

    pub fn is_cookie(&self, given: &str) -> bool {
        is_same(given, &self.cookie)
    }

    pub fn is_key(&self, given: &str) -> bool {
        is_same(given, &self.key)
    }

    /// A new secret for an address that works once.
    ///
    /// # Errors
    ///
    /// A system without a source of random numbers.
    pub fn hand_out(&self) -> Result<String, Error> {
        let ticket = secret()?;
        let mut tickets = self.tickets();
        tickets.push_back(ticket.clone());
        if tickets.len() > OPEN {
            tickets.pop_front();
        }
        Ok(ticket)
    }

    /// Whether a secret was handed out and not used yet; this uses it up.
    pub fn redeem(&self, given: &str) -> bool {
        let mut tickets = self.tickets();
        // All of them are compared, so that the time does not reveal a near match.
        let found = tickets
            .iter()
            .enumerate()
            .filter(|(_, ticket)| is_same(given, ticket))
            .fold(None, |_, found| Some(found.0));
        found.is_some_and(|index| tickets.remove(index).is_some())
    }

    /// Whether a secret still works.
    pub fn is_open(&self, ticket: &str) -> bool {
        self.tickets().iter().any(|open| is_same(open, ticket))
    }

    fn tickets(&self) -> MutexGuard<'_, VecDeque<String>> {
        self.tickets.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// 256 random bits as text.
///
/// # Errors
///
/// A system without a source of random numbers.
pub fn secret() -> Result<String, Error> {
    let mut bytes = [0_u8; 32];
    getrandom::fill(&mut bytes).map_err(|error| {
        Error::new(
            ErrorKind::Io,
            format!("the workbench needs random numbers, and this system did not provide any: {error}"),
        )
    })?;
    Ok(hex(&bytes))
}

/// Compares in constant time, which does not reveal where two texts differ.
fn is_same(left: &str, right: &str) -> bool {
    left.as_bytes().ct_eq(right.as_bytes()).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_address_works_once() {
        let access = PageAccess::new().unwrap();
        let (first, second) = (access.hand_out().unwrap(), access.hand_out().unwrap());
        assert_eq!((first.len(), access.cookie().len(), access.key().len()), (64, 64, 64));
        assert!(first != second && access.cookie() != access.key());
        assert!(access.is_open(&first) && access.redeem(&first));
        assert!(!access.is_open(&first) && !access.redeem(&first));
        assert!(access.redeem(&second));
        for wrong in ["", access.cookie(), access.key(), &first[1..]] {
            assert!(!access.redeem(wrong));
        }
    }

    #[test]
    fn forgotten_addresses_stop_working() {
        let access = PageAccess::new().unwrap();
        let first = access.hand_out().unwrap();
        let last = (0..OPEN).map(|_| access.hand_out().unwrap()).last().unwrap();
        assert!(!access.redeem(&first) && access.redeem(&last));
    }
}
