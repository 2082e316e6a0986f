//! Permissions of a file: its mode, its owner and group, and its extended attributes, which include POSIX ACLs.
//! Replacing a file must not give access to anyone who had none.

use std::fs::File;
use std::io;

/// The permissions of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileAccess {
    #[cfg(unix)]
    mode: u32,
    #[cfg(unix)]
    owner: u32,
    #[cfg(unix)]
    group: u32,
    #[cfg(unix)]
    attributes: attributes::All,
    #[cfg(not(unix))]
    permissions: std::fs::Permissions,
}

/// Why a file cannot be given another file's permissions.
#[derive(Debug)]
pub enum Refusal {
    /// What cannot be kept, worded to follow "psalink cannot keep".
    #[cfg_attr(not(unix), expect(dead_code, reason = "the standard library says too little to refuse anything"))]
    Kept(String),
    Io(io::Error),
}

impl From<io::Error> for Refusal {
    fn from(error: io::Error) -> Refusal {
        Refusal::Io(error)
    }
}

#[cfg(unix)]
mod imp {
    use std::fs::Permissions;
    use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, fchown};

    use super::*;

    /// The mode bits that a file system keeps.
    const BITS: u32 = 0o7777;

    impl FileAccess {
        pub fn of(file: &File) -> io::Result<FileAccess> {
            let metadata = file.metadata()?;
            let attributes = attributes::of(file)?;
            Ok(FileAccess { mode: metadata.mode() & BITS, owner: metadata.uid(), group: metadata.gid(), attributes })
        }

        /// Gives the same permissions to an empty file that no one else can open, in an order that never gives anyone
        /// more rights than the file that it replaces, not even briefly. Returns a note about what is different.
        ///
        /// # Errors
        ///
        /// What cannot be kept.
        pub fn give(&self, file: &File) -> Result<Option<String>, Refusal> {
            let note = self.give_owner(file)?;
            attributes::give(file, &self.attributes)?;
            file.set_permissions(Permissions::from_mode(self.mode))?;
            // Some file systems accept every request and keep nothing.
            let now = FileAccess::of(file)?;
            if now.mode != self.mode {
                return Err(Refusal::Kept(format!("the permissions ({:04o}) here", self.mode)));
            }
            if now.attributes != self.attributes {
                return Err(Refusal::Kept("the access list or the extended attributes here".to_owned()));
            }
            Ok(note)
        }

        fn give_owner(&self, file: &File) -> Result<Option<String>, Refusal> {
            let new = file.metadata()?;
            if new.gid() != self.group && fchown(file, None, Some(self.group)).is_err() {
                return Err(Refusal::Kept(format!("its group (id {}), which you are not a member of", self.group)));
            }
            if new.uid() == self.owner || fchown(file, Some(self.owner), None).is_ok() {
                return Ok(None);
            }
            // Permissions do not apply to the superuser. Someone who may write to the file as a member of its group
            // gains nothing as its owner. So no one gains or loses access.
            let (of_owner, of_group) = (self.mode >> 6 & 7, self.mode >> 3 & 7);
            if self.owner == 0 && of_owner & !of_group == 0 && self.mode & 0o6000 == 0 {
                return Ok(Some("belongs to you now; it belonged to the superuser".to_owned()));
            }
            Err(Refusal::Kept(format!("its owner (id {}), as it belongs to another account", self.owner)))
        }

        /// Gives as many of the permissions as possible, and never more, to an empty file that no one else can open.
        ///
        /// # Errors
        ///
        /// A file system that lets others read the file regardless of its permissions.
        pub fn give_at_most(&self, file: &File) -> Result<(), Refusal> {
            let kept = self.give_owner(file).and_then(|_| attributes::give(file, &self.attributes));
            // If group and access list differ, only the owner's part has the same meaning.
            let mode = if kept.is_ok() { self.mode } else { self.mode & 0o700 };
            if kept.is_err() {
                attributes::clear(file)?;
            }
            file.set_permissions(Permissions::from_mode(mode))?;
            let now = file.metadata()?.mode() & BITS;
            match now & !self.mode & 0o077 {
                0 => Ok(()),
                _ => Err(Refusal::Kept(format!("the permissions ({:04o}) in this folder", self.mode))),
            }
        }

        /// Restores what writing removes: the setuid and setgid bits.
        pub fn restore(&self, file: &File) -> io::Result<()> {
            match self.mode & 0o6000 {
                0 => Ok(()),
                _ => file.set_permissions(Permissions::from_mode(self.mode)),
            }
        }
    }

    /// How many other names (hard links) a file has.
    pub fn other_names(file: &File) -> u64 {
        file.metadata().map_or(0, |metadata| metadata.nlink().saturating_sub(1))
    }
}

#[cfg(not(unix))]
mod imp {
    use super::*;

    impl FileAccess {
        pub fn of(file: &File) -> io::Result<FileAccess> {
            Ok(FileAccess { permissions: file.metadata()?.permissions() })
        }

        /// Gives a file the same permissions, as far as the standard library supports them: whether it is writable.
        /// Everything else comes from the folder.
        ///
        /// # Errors
        ///
        /// An error of the operating system.
        pub fn give(&self, file: &File) -> Result<Option<String>, Refusal> {
            Ok(file.set_permissions(self.permissions.clone()).map(|()| None)?)
        }

        pub fn give_at_most(&self, file: &File) -> Result<(), Refusal> {
            self.give(file).map(drop)
        }

        pub fn restore(&self, _: &File) -> io::Result<()> {
            Ok(())
        }
    }

    /// How many other names a file has; the standard library cannot tell.
    pub fn other_names(_: &File) -> u64 {
        0
    }
}

pub use imp::other_names;

/// Extended attributes, which include POSIX ACLs.
#[cfg(any(target_os = "linux", target_os = "macos"))]
mod attributes {
    use std::collections::BTreeMap;
    use std::ffi::CString;
    use std::fs::File;
    use std::io;

    use rustix::fs::{XattrFlags, fgetxattr, flistxattr, fremovexattr, fsetxattr};
    use rustix::io::Errno;

    pub type All = BTreeMap<CString, Vec<u8>>;

    /// The kernel's limit for the length of the list and of each value.
    const LONGEST: usize = 64 * 1024;

    /// Attributes that the kernel itself maintains for the content of a file.
    const OF_THE_KERNEL: [&[u8]; 2] = [b"security.ima", b"security.evm"];

    pub fn of(file: &File) -> io::Result<All> {
        let names = match whole(|buffer| flistxattr(file, buffer)) {
            Ok(names) => names,
            Err(Errno::NOTSUP) => return Ok(All::new()),
            Err(error) => return Err(error.into()),
        };
        let mut all = All::new();
        for name in names.split(|&byte| byte == 0).filter(|name| !name.is_empty()) {
            if OF_THE_KERNEL.contains(&name) {
                continue;
            }
            let Ok(name) = CString::new(name) else { continue };
            match whole(|buffer| fgetxattr(file, name.as_c_str(), buffer)) {
                Ok(value) => drop(all.insert(name, value)),
                Err(Errno::NODATA) => {} // removed in the meantime
                Err(error) => return Err(error.into()),
            }
        }
        Ok(all)
    }

    /// Reads with more and more memory until everything fits.
    fn whole(mut read: impl FnMut(&mut [u8]) -> rustix::io::Result<usize>) -> rustix::io::Result<Vec<u8>> {
        let mut buffer = vec![0; 256];
        loop {
            match read(&mut buffer) {
                Ok(length) => {
                    buffer.truncate(length);
                    return Ok(buffer);
                }
                Err(Errno::RANGE) if buffer.len() < LONGEST => buffer.resize(buffer.len() * 16, 0),
                Err(error) => return Err(error),
            }
        }
    }

    /// Replaces the attributes of a file. The access list comes last, because it controls who may set the others.
    pub fn give(file: &File, wanted: &All) -> Result<(), super::Refusal> {
        let is_list = |name: &CString| name.as_bytes().starts_with(b"system.");
        let present = of(file)?;
        let mut missing: Vec<_> = wanted.iter().filter(|&(name, value)| present.get(name) != Some(value)).collect();
        missing.sort_by_key(|(name, _)| is_list(name));
        for name in present.keys().filter(|&name| !wanted.contains_key(name)) {
            // What the folder gives to every new file may allow more than the old file did.
            fremovexattr(file, name.as_c_str()).map_err(|error| refused(name, error))?;
        }
        for (name, value) in missing {
            fsetxattr(file, name.as_c_str(), value, XattrFlags::empty()).map_err(|error| refused(name, error))?;
        }
        Ok(())
    }

    /// Removes what can be removed; an access list always can.
    pub fn clear(file: &File) -> io::Result<()> {
        for name in of(file)?.keys() {
            let removed = fremovexattr(file, name.as_c_str());
            if name.as_bytes().starts_with(b"system.") {
                removed?;
            }
        }
        Ok(())
    }

    fn refused(name: &CString, error: Errno) -> super::Refusal {
        let attribute = match name.as_bytes() {
            b"system.posix_acl_access" => "its access list (ACL)".to_owned(),
            name => format!("its extended attribute `{}`", String::from_utf8_lossy(name)),
        };
        super::Refusal::Kept(format!("{attribute} ({})", psalink::Error::reason(&error.into())))
    }
}

#[cfg(all(unix, not(any(target_os = "linux", target_os = "macos"))))]
mod attributes {
    use std::fs::File;
    use std::io;

    pub type All = ();

    pub fn of(_: &File) -> io::Result<All> {
        Ok(())
    }

    pub fn give(_: &File, _: &All) -> Result<(), super::Refusal> {
        Ok(())
    }

    pub fn clear(_: &File) -> io::Result<()> {
        Ok(())
    }
}
