//! Messages between two processes: the length in four bytes, followed by that many bytes.

use std::io::{self, Read, Write};

/// The length of the longest message, in bytes.
const LONGEST: usize = 256 << 20;

/// Writes a message.
pub fn write(out: &mut impl Write, message: &[u8]) -> io::Result<()> {
    let length = u32::try_from(message.len()).ok().filter(|_| message.len() <= LONGEST).ok_or_else(too_long)?;
    out.write_all(&length.to_le_bytes())?;
    out.write_all(message)?;
    out.flush()
}

/// Reads a message.
pub fn read(input: &mut impl Read) -> io::Result<Vec<u8>> {
    let mut length = [0; 4];
    input.read_exact(&mut length)?;
    let length = u32::from_le_bytes(length) as usize;
    if length > LONGEST {
        return Err(too_long());
    }
    // The length may be false, so memory is only taken as bytes arrive.
    let mut message = Vec::new();
    input.take(length as u64).read_to_end(&mut message)?;
    match message.len() == length {
        true => Ok(message),
        false => Err(io::ErrorKind::UnexpectedEof.into()),
    }
}

fn too_long() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "the message is too long")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_arrive_whole_or_not_at_all() {
        let mut pipe = Vec::new();
        write(&mut pipe, b"one").unwrap();
        write(&mut pipe, b"").unwrap();
        let mut rest = pipe.as_slice();
        assert_eq!((read(&mut rest).unwrap(), read(&mut rest).unwrap()), (b"one".to_vec(), Vec::new()));
        assert!(read(&mut rest).is_err() && read(&mut &pipe[..5]).is_err());
        assert!(read(&mut &[0xFF; 8][..]).is_err());
    }
}
