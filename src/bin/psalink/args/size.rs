//! Sizes as people write them: `16M`, `500K`, bytes.

/// The largest size that an option accepts; as positions in a file are limited too.
const LARGEST: u64 = 1 << 30;

/// Reads a size in bytes.
pub fn parse(text: &str) -> Result<u64, String> {
    let text = text.trim();
    let digits = text.find(|character: char| !character.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let unit: u64 = match unit.trim().to_ascii_lowercase().as_str() {
        "" | "b" => 1,
        "k" | "kb" | "kib" => 1 << 10,
        "m" | "mb" | "mib" => 1 << 20,
        "g" | "gb" | "gib" => 1 << 30,
        _ => return Err(wrong()),
    };
    match number.parse::<u64>().ok().and_then(|number| number.checked_mul(unit)) {
        Some(0) => Err("a limit of 0 would leave nothing to read; use a size such as 16M".to_owned()),
        Some(size) if size <= LARGEST => Ok(size),
        Some(_) => Err("the largest size is 1G".to_owned()),
        None if number.is_empty() => Err(wrong()),
        None => Err("the largest size is 1G".to_owned()),
    }
}

fn wrong() -> String {
    "use a size such as 16M, 500K or 2000000".to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_read_as_people_write_them() {
        for (text, expected) in [
            ("16M", 16 << 20),
            ("16m", 16 << 20),
            ("16 MB", 16 << 20),
            ("500K", 500 << 10),
            ("2MiB", 2 << 20),
            ("1G", 1 << 30),
            ("123", 123),
            ("7b", 7),
        ] {
            assert_eq!(parse(text), Ok(expected), "{text}");
        }
        for text in [
            "",
            "M",
            "-1",
            "1.5M",
            "16X",
            "0",
            "0M",
            "2G",
            "99999999999999999999",
            "18446744073709551615K",
            "1e3",
            "16 M B",
        ] {
            assert!(parse(text).is_err(), "{text}");
        }
    }
}
