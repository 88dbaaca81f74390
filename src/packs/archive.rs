//! Archives: the same files give the same bytes, wherever and by whomever they are made.
//!
//! In: files by name. Out: a `.tar.gz` or a `.zip`, and back. Sorted, with one fixed time, owner and mode, and without a
//! word about the machine. Only files are entries: folders follow from their names.

use std::collections::BTreeMap;
use std::io::{self, Cursor, Read, Write};

use flate2::read::GzDecoder;
use flate2::{Compression, GzBuilder};
use zip::write::SimpleFileOptions;

use super::names;

/// The time of every entry of a `.tar.gz`: 1980-01-01 in UTC, the first day that a `.zip` can say.
const TIME: u64 = 315_532_800;

/// Everybody may read, nobody may execute: AppInspect refuses files that can be executed.
const MODE: u32 = 0o644;

/// What is read from an archive at most, in bytes, so that a small one cannot fill the memory.
const MAX_BYTES: u64 = 256 << 20;

/// Files by name.
pub type Files = BTreeMap<String, Vec<u8>>;

/// How an archive is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// A tape archive, compressed by gzip: Splunk's apps.
    TarGz,
    /// A zip archive.
    Zip,
}

impl Format {
    /// By the end of a file name, in either case; `None` for a folder.
    pub fn of(name: &str) -> Option<Self> {
        let name = name.to_lowercase();
        let ends = |ends: &[&str]| ends.iter().any(|end| name.ends_with(end));
        if ends(&[".tar.gz", ".tgz", ".spl"]) {
            Some(Format::TarGz)
        } else {
            ends(&[".zip"]).then_some(Format::Zip)
        }
    }
}

/// Writes an archive.
pub fn write(files: &Files, format: Format) -> io::Result<Vec<u8>> {
    match format {
        Format::TarGz => tar_gz(files),
        Format::Zip => zip(files),
    }
}

fn tar_gz(files: &Files) -> io::Result<Vec<u8>> {
    // 255: an unknown system (RFC 1952, section 2.3.1).
    let gzip = GzBuilder::new().mtime(0).operating_system(255).write(Vec::new(), Compression::best());
    let mut archive = tar::Builder::new(gzip);
    for (name, bytes) in files {
        let mut header = tar::Header::new_ustar();
        header.set_entry_type(tar::EntryType::Regular);
        header.set_size(bytes.len() as u64);
        header.set_mode(MODE);
        header.set_mtime(TIME);
        header.set_uid(0);
        header.set_gid(0);
        archive.append_data(&mut header, name, bytes.as_slice())?;
    }
    archive.into_inner()?.finish()
}

fn zip(files: &Files) -> io::Result<Vec<u8>> {
    let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default()
        .compression_method(zip::CompressionMethod::Deflated)
        .last_modified_time(zip::DateTime::default())
        .unix_permissions(MODE)
        .system(zip::System::Unix);
    for (name, bytes) in files {
        archive.start_file(name.as_str(), options).map_err(io::Error::other)?;
        archive.write_all(bytes)?;
    }
    Ok(archive.finish().map_err(io::Error::other)?.into_inner())
}

/// Reads an archive, whichever of the two it is. Entries that are no plain files, and names that lead elsewhere, are
/// errors; folders are passed over.
pub fn read(bytes: &[u8]) -> io::Result<Files> {
    let mut files = Files::new();
    if bytes.starts_with(b"PK") {
        let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).map_err(io::Error::other)?;
        let mut room = MAX_BYTES;
        for index in 0..archive.len() {
            let mut entry = archive.by_index(index).map_err(io::Error::other)?;
            let name = entry.name().map_err(io::Error::other)?.into_owned();
            if entry.is_symlink() {
                return Err(io::Error::other(format!("`{}` is a link", name.escape_debug())));
            }
            if !entry.is_dir() {
                add(&mut files, name, &mut entry, &mut room)?;
            }
        }
    } else {
        let mut archive = tar::Archive::new(GzDecoder::new(bytes).take(MAX_BYTES));
        let mut room = MAX_BYTES;
        for entry in archive.entries()? {
            let mut entry = entry?;
            let name = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
            match entry.header().entry_type() {
                tar::EntryType::Regular => add(&mut files, name, &mut entry, &mut room)?,
                tar::EntryType::Directory => {}
                _ => return Err(io::Error::other(format!("`{}` is no plain file", name.escape_debug()))),
            }
        }
    }
    Ok(files)
}

fn add(files: &mut Files, name: String, entry: &mut impl Read, room: &mut u64) -> io::Result<()> {
    let name = name.strip_prefix("./").map(str::to_owned).unwrap_or(name);
    names::check(&name)
        .map_err(|problem| io::Error::other(format!("`{}`: {problem}", name.escape_debug())))?;
    let mut bytes = Vec::new();
    entry.take(*room + 1).read_to_end(&mut bytes)?;
    *room =
        room.checked_sub(bytes.len() as u64).ok_or_else(|| io::Error::other("the archive is too large"))?;
    match files.insert(name.clone(), bytes) {
        None => Ok(()),
        Some(_) => Err(io::Error::other(format!("`{name}` stands twice"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files() -> Files {
        let long = format!("app/{}/b.conf", "x".repeat(180));
        [("app/a.conf", &b"[a]\n"[..]), ("app/empty", b""), (&long, b"\x00\xff")]
            .map(|(name, bytes)| (name.to_owned(), bytes.to_vec()))
            .into()
    }

    #[test]
    fn archives_give_back_what_they_hold() {
        for format in [Format::TarGz, Format::Zip] {
            let bytes = write(&files(), format).expect("written");
            assert_eq!(read(&bytes).expect("read"), files(), "{format:?}");
            assert_eq!(write(&files(), format).expect("written"), bytes, "{format:?}: the same bytes");
        }
    }

    /// RFC 1952: bytes 4 to 7 are the time, 8 the extra flags, 9 the system.
    #[test]
    fn nothing_of_the_machine_is_in_an_archive() {
        let bytes = tar_gz(&files()).expect("written");
        assert_eq!(bytes[3..8], [0, 0, 0, 0, 0], "no name and no time");
        assert_eq!(bytes[9], 255);
        let mut archive = tar::Archive::new(GzDecoder::new(bytes.as_slice()));
        for entry in archive.entries().expect("entries") {
            let entry = entry.expect("an entry");
            let header = entry.header();
            assert_eq!(header.mode().expect("a mode"), MODE);
            assert_eq!((header.uid().expect("uid"), header.gid().expect("gid")), (0, 0));
            assert_eq!(header.mtime().expect("a time"), TIME);
            assert_eq!(header.username().expect("UTF-8"), Some(""));
        }
    }

    #[test]
    fn names_that_lead_elsewhere_and_links_are_refused() {
        let mut archive = tar::Builder::new(GzBuilder::new().write(Vec::new(), Compression::fast()));
        let mut header = tar::Header::new_gnu();
        header.set_size(1);
        header.set_mode(MODE);
        let name = b"../x";
        header.as_gnu_mut().expect("gnu").name[..name.len()].copy_from_slice(name);
        header.set_cksum();
        archive.append(&header, &b"x"[..]).expect("appended");
        let bytes = archive.into_inner().expect("tar").finish().expect("gzip");
        assert!(read(&bytes).expect_err("refused").to_string().contains("out of the pack"));

        let mut archive = tar::Builder::new(GzBuilder::new().write(Vec::new(), Compression::fast()));
        let mut header = tar::Header::new_gnu();
        header.set_entry_type(tar::EntryType::Symlink);
        header.set_size(0);
        archive.append_link(&mut header, "a", "/etc/passwd").expect("appended");
        let bytes = archive.into_inner().expect("tar").finish().expect("gzip");
        assert!(read(&bytes).expect_err("refused").to_string().contains("no plain file"));
    }

    #[test]
    fn what_is_no_archive_is_an_error() {
        for bytes in [&b""[..], b"PK", b"\x1f\x8b", b"hello"] {
            assert!(read(bytes).is_err() || read(bytes).is_ok_and(|files| files.is_empty()), "{bytes:?}");
        }
    }
}
