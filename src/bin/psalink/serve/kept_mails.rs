//! Keeps messages for the frames that will request them.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use psalink::Error;

use super::access;

/// The maximum number of messages that are kept; a page requests its own right away.
const MOST: usize = 64;

/// The maximum total size, in bytes.
const MOST_BYTES: usize = 32 << 20;

/// The most recent messages, each under a name that cannot be guessed: a frame can send no key, so its address is all
/// it has.
#[derive(Debug, Default)]
pub struct KeptMails(Mutex<Kept>);

#[derive(Debug, Default)]
struct Kept {
    mails: VecDeque<(String, Arc<str>)>,
    bytes: usize,
}

impl KeptMails {
    /// Keeps a message, and returns its name. The oldest ones make room. If a message is too large for all of the
    /// space, the frame gets the reason instead.
    ///
    /// # Errors
    ///
    /// A system without a source of random numbers.
    pub fn keep(&self, html: String) -> Result<String, Error> {
        let id = access::secret()?[..32].to_owned();
        let html = match html.len() {
            length if length > MOST_BYTES => too_large(length),
            _ => html,
        };
        let mut kept = self.kept();
        kept.bytes += html.len();
        kept.mails.push_back((id.clone(), html.into()));
        while kept.mails.len() > MOST || kept.bytes > MOST_BYTES {
            let Some((_, oldest)) = kept.mails.pop_front() else { break };
            kept.bytes -= oldest.len();
        }
        Ok(id)
    }

    /// A mail that is still kept.
    pub fn get(&self, id: &str) -> Option<Arc<str>> {
        self.kept().mails.iter().find(|(known, _)| known == id).map(|(_, html)| Arc::clone(html))
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn too_large(length: usize) -> String {
    format!(
        "<!doctype html><html lang=\"en\"><title>Too large</title><p>This message is {} MB, including the marks that connect \
         it to its source. The workbench shows messages of up to {} MB.",
        length.div_ceil(1 << 20),
        MOST_BYTES >> 20
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_mails_make_room() {
        let kept = KeptMails::default();
        let ids: Vec<String> = (0..MOST + 3).map(|number| kept.keep(format!("mail {number}")).unwrap()).collect();
        assert!(ids.iter().all(|id| id.len() == 32));
        assert!(ids[..3].iter().all(|id| kept.get(id).is_none()));
        assert_eq!(kept.get(&ids[3]).as_deref(), Some("mail 3"));
        assert_eq!(kept.get(""), None);
    }

    #[test]
    fn all_mails_together_stay_below_the_limit() {
        let kept = KeptMails::default();
        let mail = "x".repeat(MOST_BYTES / 4);
        let ids: Vec<String> = (0..6).map(|_| kept.keep(mail.clone()).unwrap()).collect();
        assert_eq!(kept.kept().bytes, MOST_BYTES);
        assert!(kept.get(&ids[1]).is_none() && kept.get(&ids[2]).is_some());
        // A message that fills the space is kept alone; a larger one is refused with a text, and no other message is
        // dropped.
        let whole = kept.keep("x".repeat(MOST_BYTES)).unwrap();
        assert!(kept.get(&ids[5]).is_none() && kept.get(&whole).is_some());
        let first = kept.keep("first".to_owned()).unwrap();
        let refused = kept.keep("x".repeat(MOST_BYTES + 1)).unwrap();
        assert!(kept.get(&refused).unwrap().contains("33 MB, including"));
        assert!(kept.get(&first).is_some() && kept.kept().bytes < 1000);
    }
}
