//! Sorts long lists of large items with little memory.

/// Sorts like `sort_by_key`, keeping the order of items with the same key. The sort of the standard library needs
/// memory for half the list; this one needs 8 bytes per item, and nothing if the list is already in order.
pub(crate) fn sort_in_place<T, K: Ord>(items: &mut [T], key: impl Fn(&T) -> K) {
    if items.is_sorted_by_key(&key) {
        return;
    }
    let Ok(length) = u32::try_from(items.len()) else { return items.sort_by_key(key) };
    let mut order: Vec<u32> = (0..length).collect();
    order.sort_unstable_by(|&a, &b| key(&items[a as usize]).cmp(&key(&items[b as usize])).then(a.cmp(&b)));
    // Where each item goes.
    let mut place = vec![0; items.len()];
    for (to, &from) in (0..length).zip(&order) {
        place[from as usize] = to;
    }
    for at in 0..items.len() {
        while place[at] as usize != at {
            let to = place[at] as usize;
            items.swap(at, to);
            place.swap(at, to);
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn sorts_as_the_standard_library_does(mut items: Vec<(u8, u16)>) {
            let mut expected = items.clone();
            expected.sort_by_key(|item| item.0 % 16);
            sort_in_place(&mut items, |item| item.0 % 16);
            prop_assert_eq!(items, expected);
        }
    }
}
