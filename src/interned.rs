//! Shares one copy of texts that occur again and again.
//!
//! A megabyte template can have two hundred thousand findings with the same message, and as many edits that write the
//! same placeholder. Recent texts are remembered, so that equal ones are shared instead of copied.

use std::cell::RefCell;
use std::hash::BuildHasher;
use std::sync::Arc;

/// How many groups of texts a thread remembers. Each group keeps its latest texts: with only one text per group, two
/// texts of the same group that alternate would replace each other every time.
const GROUPS: usize = 64;
const LATEST: usize = 4;

/// The length of the longest text that is worth sharing.
const LONGEST: usize = 4096;

thread_local! {
    static LAST: RefCell<[[Option<Arc<str>>; LATEST]; GROUPS]> =
        const { RefCell::new([const { [const { None }; LATEST] }; GROUPS]) };
}

/// A text, shared with equal earlier ones.
pub(crate) fn intern(text: &str) -> Arc<str> {
    remembered(text, |text| Some(Arc::from(text))).unwrap_or_else(|| Arc::from(text))
}

/// The text that `make` returns for a new text. A text that `make` changes is not remembered.
pub(crate) fn intern_as(text: &str, make: impl FnOnce(&str) -> Option<String>) -> Arc<str> {
    let mut changed = None;
    let same = remembered(text, |text| {
        changed = make(text);
        changed.is_none().then(|| Arc::from(text))
    });
    same.unwrap_or_else(|| Arc::from(changed.unwrap_or_else(|| text.to_owned())))
}

/// The text as made before, or as made now; nothing is remembered if `make` returns nothing.
fn remembered(text: &str, make: impl FnOnce(&str) -> Option<Arc<str>>) -> Option<Arc<str>> {
    if text.len() > LONGEST {
        return make(text);
    }
    let group = foldhash::fast::FixedState::default().hash_one(text) as usize % GROUPS;
    let known = LAST.with_borrow_mut(|last| {
        let group = &mut last[group];
        let at = group.iter().position(|known| known.as_ref().is_some_and(|known| **known == *text))?;
        group[..=at].rotate_right(1);
        group[0].clone()
    });
    if known.is_some() {
        return known;
    }
    let made = make(text)?;
    LAST.with_borrow_mut(|last| {
        let group = &mut last[group];
        group.rotate_right(1);
        group[0] = Some(made.clone());
    });
    Some(made)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_text_is_held_once() {
        let first = intern("unknown placeholder");
        assert!(Arc::ptr_eq(&first, &intern(&format!("unknown {}", "placeholder"))));
        assert_eq!(&*intern("another"), "another");
        let long = "x".repeat(LONGEST + 1);
        assert_eq!(&*intern(&long), long);
    }

    #[test]
    fn texts_that_alternate_are_each_held_once() {
        let texts: Vec<String> = (0..16).map(|index| format!("`&#{index};` is HTML")).collect();
        let first: Vec<Arc<str>> = texts.iter().map(|text| intern(text)).collect();
        for (text, first) in texts.iter().zip(&first).cycle().take(160) {
            assert!(Arc::ptr_eq(first, &intern(text)), "{text}");
        }
    }

    #[test]
    fn what_is_changed_is_not_remembered() {
        let hidden = intern_as("secret", |_| Some("…".to_owned()));
        assert_eq!(&*hidden, "…");
        assert_eq!(&*intern_as("secret", |_| None), "secret");
        assert_eq!(&*intern_as("secret", |text| panic!("{text} is known by now")), "secret");
    }
}
