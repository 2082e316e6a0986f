//! Any bytes: the regions cover the input without gaps, and the attributes of each tag are inside it.

#![no_main]

use libfuzzer_sys::fuzz_target;
use psalink::html::scan::{RegionKind, attributes, scan};

fuzz_target!(|bytes: &[u8]| {
    let mut end = 0;
    for region in scan(bytes) {
        assert_eq!(region.span.start, end);
        assert!(!region.span.is_empty());
        end = region.span.end;
        if matches!(region.kind, RegionKind::StartTag | RegionKind::EndTag) {
            for attribute in attributes(bytes, region.span) {
                assert!(region.span.covers(attribute.name));
                assert!(attribute.value.is_none_or(|value| region.span.covers(value)));
            }
        }
    }
    assert_eq!(end as usize, bytes.len());
});
