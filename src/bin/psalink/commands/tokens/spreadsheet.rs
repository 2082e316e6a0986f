//! The cells of a spreadsheet (.xlsx), read within limits: a few kilobytes of it can spell gigabytes of cells.

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
    /// Cells, those that are empty too.
    cells: usize,
}

const LIMITS: Limits = Limits { unpacked: 200 << 20, cells: 100_000 };

/// The largest file that is read.
pub const LARGEST: u64 = 20 << 20;

/// The variables of Autotask in Datto's spreadsheet.
///
/// # Errors
///
/// A file that is not a spreadsheet or is too large for a list of variables, and what [`import::autotask`] refuses.
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
        // The grid between the first and the last cell is never made: two cells can be a billion apart.
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
                // A text that many cells share is looked at once.
                DataRef::SharedString(text) if shared.insert(text.as_ptr()) => texts.push((place, (*text).to_owned())),
                DataRef::String(text) => texts.push((place, text.clone())),
                _ => {}
            }
        }
    }
    import::autotask(name, texts.iter().map(|(place, text)| (place.clone(), text.as_str())), Vocabulary::builtin())
}

fn too_large(what: &str, limit: u64, unit: &str) -> String {
    format!("{what} is too large for a list of variables (more than {limit} {unit}), so it was not imported")
}

/// Unpacks every part once and keeps none: what the directory of the archive says of their sizes need not be true. Looks
/// also for the one number in it that a reader believes without looking, the count of shared texts.
fn unpack(bytes: &[u8], limits: Limits) -> Result<(), String> {
    let unreadable =
        |error: &dyn std::fmt::Display| format!("this is not a spreadsheet that psalink can read (.xlsx): {error}");
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(|error| unreadable(&error))?;
    let mut left = limits.unpacked;
    for index in 0..archive.len() {
        let part = archive.by_index(index).map_err(|error| unreadable(&error))?;
        let mut part = part.take(left + 1);
        let (mut window, mut piece) = (Vec::new(), [0; 16 * 1024]);
        loop {
            let count = part.read(&mut piece).map_err(|error| unreadable(&error))?;
            if count == 0 {
                break;
            }
            left = left
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

/// The largest number that a part gives as its count of texts: `<sst uniqueCount="1031">`.
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

    /// The same spreadsheet with other bytes in one of its parts.
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

    fn said(result: Result<Import, Error>) -> String {
        result.map_or_else(|error| error.to_string(), |import| format!("{} names", import.names))
    }

    #[test]
    fn cells_far_apart_cost_nothing() {
        let bytes = book(|sheet| {
            sheet.write(0, 0, "[Ticket: ID]").unwrap();
            sheet.write(1_048_575, 16_383, "[Ticket: Title]").unwrap();
        });
        assert_eq!(said(autotask("a.xlsx", &bytes)), "2 names");
        let wrong = book(|sheet| _ = sheet.write(1_048_575, 16_383, "[Ticket:ID]").unwrap());
        let said = said(autotask("a.xlsx", &wrong));
        assert!(said.contains("sheet Sheet1, row 1048576, column 16384: `[Ticket:ID]`"), "{said}");
    }

    #[test]
    fn a_count_is_not_believed() {
        let bytes = book(|sheet| _ = sheet.write(0, 0, "[Ticket: ID]").unwrap());
        for count in ["18446744073709551615", "99999999999999999999999999", "4294967295", "100001"] {
            for quote in ["\"", "'"] {
                let bytes = changed(&bytes, "sharedStrings.xml", |text| {
                    text.replace("uniqueCount=\"1\"", &format!("uniqueCount = {quote}{count}{quote}"))
                });
                let said = said(autotask("a.xlsx", &bytes));
                assert!(said.contains("more than 100000 texts"), "{count}: {said}");
            }
        }
        let many = changed(&bytes, "sharedStrings.xml", |text| text.replace("uniqueCount=\"1\"", "uniqueCount=\"7\""));
        assert_eq!(said(autotask("a.xlsx", &many)), "1 names");
    }

    #[test]
    fn a_small_file_that_unpacks_to_a_large_one_is_refused() {
        let bytes = book(|sheet| _ = sheet.write(0, 0, "[Ticket: ID]").unwrap());
        let limits = Limits { unpacked: 1 << 20, cells: 50 };
        for part in ["sharedStrings.xml", "sheet1.xml", "workbook.xml", "app.xml", "styles.xml"] {
            let large = changed(&bytes, part, |text| text + &" ".repeat(1 << 20));
            assert!(large.len() < 64 << 10);
            let said = said(within("a.xlsx", &large, limits));
            assert!(
                said.contains("the unpacked file is too large") && said.contains("more than 1 MB"),
                "{part}: {said}"
            );
        }
        let rows = book(|sheet| (0..51).for_each(|row| _ = sheet.write(row, 0, "[Ticket: ID]").unwrap()));
        let said_of_rows = said(within("a.xlsx", &rows, limits));
        assert!(said_of_rows.contains("more than 50 cells"), "{said_of_rows}");
        assert_eq!(said(within("a.xlsx", &rows, LIMITS)), "1 names");
    }

    #[test]
    fn what_is_no_spreadsheet_is_refused() {
        let bytes = book(|sheet| _ = sheet.write(0, 0, "[Ticket: ID]").unwrap());
        for cut in [0, 1, 10, bytes.len() / 2, bytes.len() - 1] {
            let said = said(autotask("a.xlsx", &bytes[..cut]));
            assert!(said.contains("not a spreadsheet that psalink can read"), "{cut}: {said}");
        }
        for part in ["workbook.xml", "sheet1.xml", "sharedStrings.xml", "[Content_Types].xml", "workbook.xml.rels"] {
            for text in ["", "<", "<a>", "<sst><si><t>x", "\u{0}"] {
                // Whatever it says, it says it in words.
                let _ = autotask("a.xlsx", &changed(&bytes, part, |_| text.to_owned()));
            }
        }
    }
}
