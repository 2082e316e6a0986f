//! Opens the workbench in a browser without revealing its address to others.
//!
//! Other accounts on a computer can read the arguments of every program. So the browser gets a file that only its owner
//! can read, and that redirects to the address.

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tempfile::TempDir;

use super::access::PageAccess;

/// How long a browser may take to start.
const PATIENCE: Duration = Duration::from_secs(120);

/// How often to check whether the browser has arrived.
const PAUSE: Duration = Duration::from_millis(250);

/// A file that redirects to an address; it is deleted when this is dropped.
#[derive(Debug)]
pub struct Redirection {
    folder: TempDir,
    file: PathBuf,
}

impl Redirection {
    /// Writes the file, in a separate folder.
    pub fn to(url: &str) -> io::Result<Redirection> {
        let mut builder = tempfile::Builder::new();
        builder.prefix("psalink-");
        #[cfg(unix)]
        builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o700));
        let folder = builder.tempdir()?;
        let mut file = tempfile::Builder::new().prefix("open-").suffix(".html").tempfile_in(folder.path())?;
        io::Write::write_all(&mut file, page(url).as_bytes())?;
        let file = file.into_temp_path().keep().map_err(|error| error.error)?;
        Ok(Redirection { folder, file })
    }

    pub fn file(&self) -> &Path {
        &self.file
    }
}

fn page(url: &str) -> String {
    // A URL with hexadecimal digits and a numeric address needs no escaping.
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n<meta name=\"referrer\" content=\"no-referrer\">\n\
         <title>psalink</title>\n<meta http-equiv=\"refresh\" content=\"0;url={url}\">\n<p><a href=\"{url}\">Open the \
         workbench</a></p>\n"
    )
}

/// Opens an address that works once in the default browser.
///
/// # Errors
///
/// A system without a browser, or a browser that does not start.
pub fn open(access: &std::sync::Arc<PageAccess>, url: &str, ticket: String) -> io::Result<()> {
    let redirection = Redirection::to(url)?;
    open::that_detached(redirection.file())?;
    let access = std::sync::Arc::clone(access);
    tokio::spawn(async move {
        let deadline = tokio::time::Instant::now() + PATIENCE;
        while access.is_open(&ticket) && tokio::time::Instant::now() < deadline {
            tokio::time::sleep(PAUSE).await;
        }
        access.redeem(&ticket); // the file's address must not outlive the file
        let gone = redirection.folder.close();
        drop(gone); // if the folder cannot be removed, nothing in it works any more
    });
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_owner_can_read_the_path_to_the_address() {
        let redirection = Redirection::to("http://127.0.0.1:7474/?token=abc").unwrap();
        let text = std::fs::read_to_string(redirection.file()).unwrap();
        assert!(text.contains("content=\"0;url=http://127.0.0.1:7474/?token=abc\""), "{text}");
        #[cfg(unix)]
        for (path, mode) in [(redirection.file(), 0o600), (redirection.folder.path(), 0o700)] {
            use std::os::unix::fs::PermissionsExt as _;
            assert_eq!(std::fs::metadata(path).unwrap().permissions().mode() & 0o777, mode, "{}", path.display());
        }
        assert!(!redirection.file().display().to_string().contains("abc"));
        let file = redirection.file().to_owned();
        drop(redirection);
        assert!(!file.exists());
    }
}
