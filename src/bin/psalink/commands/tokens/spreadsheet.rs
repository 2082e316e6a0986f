//! The cells of a spreadsheet (.xlsx), read within limits: a few kilobytes can expand to gigabytes of cells.

use std::collections::HashSet;
use std::io::{Cursor, Read as _};

use calamine::{DataRef, Reader as _, Xlsx, XlsxError};
use psalink::vocabulary::import::{self, Import};
use psalink::{Error, ErrorKind, Vocabulary};
use zip::ZipArchive;

/// How much a spreadsheet may contain: many times what a list of a thousand variables needs.
#[derive(Clone, Copy, Debug)]
struct Limits {
    /// Bytes of all its parts, unpacked.
    unpacked: u64,
    /// Cells, including empty ones.
    cells: usize,
}

const LIMITS: Limits = Limits { unpacked: 200 << 20, cells: 100_000 };

/// The largest file that is read.
pub const LARGEST: u64 = 20 << 20;

/// The Autotask variables in Datto's spreadsheet.
///
/// # Errors
///
/// A file that is not a spreadsheet or is too large for a list of variables, or that [`import::autotask`] rejects.
pub fn autotask(name: &str, bytes: &[u8]) -> Result<Import, Error> {
    within(name, bytes, LIMITS)
}

fn within(name: &str, bytes: &[u8], limits: Limits) -> Result<Import, Error> {
    let wrong = |detail: String| Error::new(ErrorKind::Vocabulary, detail).at(name);
    unpack(bytes, limits).map_err(wrong)?;
    let unreadable =
        |error: XlsxError| wrong(format!("this is not a spreadsheet that psalink can read (.xlsx): {error}"));
    let mut book: Xlsx<_> = Xlsx::new(Cursor::new(bytes)).map_err(unreadable)?;
    let mut texts = Vec::new();
    let mut count = 0;
    for sheet in book.sheet_names() {
        // The grid between the first and the last cell is never built: two cells can be a billion apart.
        let Ok(mut cells) = book.worksheet_cells_reader(&sheet) else { continue };
        let mut shared = HashSet::new();
        while let Some(cell) = cells.next_cell().map_err(unreadable)? {
            count += 1;
            if count > limits.cells {
                return Err(wrong(too_large("this", limits.cells as u64, "cells")));
            }
            let (row, column) = cell.get_position();
            let place = format!("sheet {sheet}, row {}, column {}", u64::from(row) + 1, u64::from(column) + 1);
            match cell.get_value() {
                // A text that many cells share is examined once.
                DataRef::SharedString(text) if shared.insert(text.as_ptr()) => texts.push((place, (*text).to_owned())),
                DataRef::String(text) => texts.push((place, text.clone())),
                _ => {}
            }
        }
    }
    import::autotask(name, texts.iter().map(|(place, text)| (place.clone(), text.as_str())), Vocabulary::builtin())
}

fn too_large(subject: &str, limit: u64, unit: &str) -> String {
    format!("{subject} is too large for a list of variables (more than {limit} {unit}), so it was not imported")
}

/// Unpacks every part once without keeping it, since the sizes in the archive's directory may be false. Also checks the
/// one number that the reader trusts blindly, the count of shared strings.
fn unpack(bytes: &[u8], limits: Limits) -> Result<(), String> {
    let unreadable =
        |error: &dyn std::fmt::Display| format!("this is not a spreadsheet that psalink can read (.xlsx): {error}");
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(|error| unreadable(&error))?;
    let mut remaining = limits.unpacked;
    for index in 0..archive.len() {
        let part = archive.by_index(index).map_err(|error| unreadable(&error))?;
        let mut part = part.take(remaining + 1);
        let (mut window, mut piece) = (Vec::new(), [0; 16 * 1024]);
        loop {
            let count = part.read(&mut piece).map_err(|error| unreadable(&error))?;
            if count == 0 {
                break;
            }
            remaining = remaining
                .checked_sub(count as u64)
                .ok_or_else(|| too_large("the unpacked file", limits.unpacked >> 20, "MB"))?;
            window.extend_from_slice(&piece[..count]);
            if promises(&window) > limits.cells as u64 {
                return Err(too_large("this", limits.cells as u64, "texts"));
            }
            // The number may be split across two pieces.
            let keep = window.len().saturating_sub(256);
            window.drain(..keep);
        }
    }
    Ok(())
}

/// The largest shared string count that a part declares: `<sst uniqueCount="1031">`.
fn promises(part: &[u8]) -> u64 {
    const NAME: &[u8] = b"uniqueCount";
    memchr::memmem::find_iter(part, NAME)
        .map(|at| {
            let rest = part[at + NAME.len()..].iter().skip_while(|byte| b" \t\r\n=\"'+".contains(byte));
            rest.take_while(|byte| byte.is_ascii_digit())
                .fold(0_u64, |number, digit| number.saturating_mul(10).saturating_add(u64::from(digit - b'0')))
        })
        .max()
        .unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use rust_xlsxwriter::Workbook;
    use zip::ZipWriter;
    use zip::write::SimpleFileOptions;

    use super::*;

    fn book(write: impl FnOnce(&mut rust_xlsxwriter::Worksheet)) -> Vec<u8> {
        let mut book = Workbook::new();
        write(book.add_worksheet());
        book.save_to_buffer().unwrap()
    }

    /// The same spreadsheet, with one of its parts changed.
    fn changed(bytes: &[u8], part: &str, change: impl Fn(String) -> String) -> Vec<u8> {
        let mut old = ZipArchive::new(Cursor::new(bytes)).unwrap();
        let mut new = ZipWriter::new(Cursor::new(Vec::new()));
        for index in 0..old.len() {
            let mut file = old.by_index(index).unwrap();
            let name = file.name().unwrap().into_owned();
            let mut text = String::new();
            file.read_to_string(&mut text).unwrap();
            new.start_file(&name, SimpleFileOptions::default()).unwrap();
            new.write_all(if name.ends_with(part) { change(text) } else { text }.as_bytes()).unwrap();
        }
        new.finish().unwrap().into_inner()
    }

    fn outcome(result: Result<Import, Error>) -> String {
        result.map_or_else(|error| error.to_string(), |import| format!("{} names", import.names))
    }

    #[test]
    fn cells_far_apart_cost_nothing() {
        let bytes = book(|sheet| {
            sheet.write(0, 0, "[Ticket: ID]").unwrap();
            sheet.write(1_048_575, 16_383, "[Ticket: Title]").unwrap();
        });
        assert_eq!(outcome(autotask("a.xlsx", &bytes)), "2 names");
        let wrong = book(|sheet| _ = sheet.write(1_048_575, 16_383, "[Ticket:ID]").unwrap());
        let outcome = outcome(autotask("a.xlsx", &wrong));
        assert!(outcome.contains("sheet Sheet1, row 1048576, column 16384: `[Ticket:ID]`"), "{outcome}");
    }

    #[test]
    fn a_count_is_not_believed() {
        let bytes = book(|sheet| _ = sheet.write(0, 0, "[Ticket: ID]").unwrap());
        for count in ["18446744073709551615", "99999999999999999999999999", "4294967295", "100001"] {
            for quote in ["\"", "'"] {
                let bytes = changed(&bytes, "sharedStrings.xml", |text| {
                    text.replace("uniqueCount=\"1\"", &format!("uniqueCount = {quote}{count}{quote}"))
                });
                let outcome = outcome(autotask("a.xlsx", &bytes));
                assert!(outcome.contains("more than 100000 texts"), "{count}: {outcome}");
            }
        }
        let many = changed(&bytes, "sharedStrings.xml", |text| text.replace("uniqueCount=\"1\"", "uniqueCount=\"7\""));
        assert_eq!(outcome(autotask("a.xlsx", &many)), "1 names");
    }

    #[test]
    fn a_small_file_that_unpacks_to_a_large_one_is_refused() {
        let bytes = book(|sheet| _ = sheet.write(0, 0, "[Ticket: ID]").unwrap());
        let limits = Limits { unpacked: 1 << 20, cells: 50 };
        for part in ["sharedStrings.xml", "sheet1.xml", "workbook.xml", "app.xml", "styles.xml"] {
            let large = changed(&bytes, part, |text| text + &" ".repeat(1 << 20));
            assert!(large.len() < 64 << 10);
            let outcome = outcome(within("a.xlsx", &large, limits));
            assert!(
                outcome.contains("the unpacked file is too large") && outcome.contains("more than 1 MB"),
                "{part}: {outcome}"
            );
        }
        let rows = book(|sheet| (0..51).for_each(|row| _ = sheet.write(row, 0, "[Ticket: ID]").unwrap()));
        let rows_outcome = outcome(within("a.xlsx", &rows, limits));
        assert!(rows_outcome.contains("more than 50 cells"), "{rows_outcome}");
        assert_eq!(outcome(within("a.xlsx", &rows, LIMITS)), "1 names");
    }

    #[test]
    fn a_file_that_is_not_a_spreadsheet_is_refused() {
        let bytes = book(|sheet| _ = sheet.write(0, 0, "[Ticket: ID]").unwrap());
        for cut in [0, 1, 10, bytes.len() / 2, bytes.len() - 1] {
            let outcome = outcome(autotask("a.xlsx", &bytes[..cut]));
            assert!(outcome.contains("not a spreadsheet that psalink can read"), "{cut}: {outcome}");
        }
        for part in ["workbook.xml", "sheet1.xml", "sharedStrings.xml", "[Content_Types].xml", "workbook.xml.rels"] {
            for text in ["", "<", "<a>", "<sst><si><t>x", "\u{0}"] {
                // Any result is fine, as long as it does not panic.
                let _ = autotask("a.xlsx", &changed(&bytes, part, |_| text.to_owned()));
            }
        }
    }
}
