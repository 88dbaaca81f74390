//! Writing one file, all or nothing.
//!
//! In: a path and bytes. Out: the file as a whole, or what was there before. Must not know what the bytes are.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::Path;

use super::beside;
use super::failure::Failure;

/// Writes a file: beside its place, then renamed. What is no plain file (a pipe, a device) is written to as it is.
pub(super) fn write(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    let failed = |error: io::Error| Failure::io("write", path, &error);
    match fs::metadata(path) {
        Ok(there) if there.is_dir() => Err(Failure::new(format!("`{}` is a folder", path.display()))
            .help("name a file that ends in .tar.gz, .tgz, .spl or .zip, or a folder that does not")),
        Ok(there) if !there.is_file() => {
            let mut file = OpenOptions::new().write(true).open(path).map_err(failed)?;
            file.write_all(bytes).and_then(|()| file.flush()).map_err(failed)
        }
        Ok(_) => replace(&fs::canonicalize(path).map_err(failed)?, bytes).map_err(failed),
        Err(error) if error.kind() == io::ErrorKind::NotFound => replace(path, bytes).map_err(failed),
        Err(error) => Err(failed(error)),
    }
}

fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    fs::create_dir_all(beside::parent(path))?;
    beside::replace(path, bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_written_and_replaced_and_nothing_is_left_beside_it() {
        let root = tempfile::tempdir().expect("a folder");
        let path = root.path().join("deep/a.zip");
        write(&path, b"one").expect("written");
        write(&path, b"two").expect("replaced");
        assert_eq!(fs::read(&path).expect("read"), b"two");
        assert_eq!(fs::read_dir(root.path().join("deep")).expect("read").count(), 1);
        assert!(write(&root.path().join("deep"), b"x").is_err(), "a folder is not replaced");
    }

    #[cfg(unix)]
    #[test]
    fn a_link_stays_a_link() {
        let root = tempfile::tempdir().expect("a folder");
        fs::write(root.path().join("real.zip"), "old").expect("written");
        std::os::unix::fs::symlink("real.zip", root.path().join("link.zip")).expect("linked");
        write(&root.path().join("link.zip"), b"new").expect("written");
        assert_eq!(fs::read(root.path().join("real.zip")).expect("read"), b"new");
        assert!(root.path().join("link.zip").is_symlink());
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_full_device_is_an_error_and_stays_a_device() {
        assert!(write(Path::new("/dev/full"), b"x").is_err());
        assert!(!fs::metadata("/dev/full").expect("still there").is_file());
    }
}
