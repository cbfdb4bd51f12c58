//! Data from outside the configuration: files that it names, read whole, unpacked, and not read again while they stay the
//! same; and what servers say.

use std::{
    fs::File,
    io::{self, ErrorKind, Read},
    ops::Deref,
    path::{Path, PathBuf},
    sync::Arc,
    time::SystemTime,
};

/// Octets of a file after unpacking; the largest registry has a quarter of that.
const LARGEST: u64 = 2 << 30;

const GZIP: &[u8] = &[0x1F, 0x8B];
const XZ: &[u8] = &[0xFD, b'7', b'z', b'X', b'Z', 0];

/// What was made of some sources, and which state of the sources that was.
///
/// Equal means: made of the same sources in the same state.
#[derive(Debug)]
pub struct Stamped<T> {
    stamps: Vec<Stamp>,
    value: Arc<T>,
}

/// A state of a source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Stamp {
    File {
        path: PathBuf,
        octets: u64,
        modified: Option<SystemTime>,
    },
    /// The n-th thing that this process heard of a server.
    Heard(u64),
}

impl<T> Stamped<T> {
    pub(super) fn new(stamps: Vec<Stamp>, value: T) -> Self {
        Self { stamps, value: Arc::new(value) }
    }

    /// What a server has said; `number` tells it from all else that this process has heard.
    pub fn heard(number: u64, value: T) -> Self {
        Self::new(vec![Stamp::Heard(number)], value)
    }

    /// What was made of the files in this state, if it was made of them.
    pub(super) fn if_of(&self, stamps: &[Stamp]) -> Option<Self> {
        (self.stamps == stamps).then(|| self.clone())
    }
}

impl<T> Clone for Stamped<T> {
    fn clone(&self) -> Self {
        Self { stamps: self.stamps.clone(), value: Arc::clone(&self.value) }
    }
}

impl<T> Deref for Stamped<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}

impl<T> PartialEq for Stamped<T> {
    fn eq(&self, other: &Self) -> bool {
        self.stamps == other.stamps
    }
}

impl<T> Eq for Stamped<T> {}

/// The state of a file now.
pub(super) fn stamp(path: &Path) -> io::Result<Stamp> {
    let metadata = path.metadata()?;
    if metadata.is_dir() {
        return Err(ErrorKind::IsADirectory.into());
    }
    Ok(Stamp::File { path: path.to_owned(), octets: metadata.len(), modified: metadata.modified().ok() })
}

/// The file's octets, unpacked if it is packed with gzip or xz, whatever its name says.
pub(super) fn read(path: &Path) -> io::Result<Vec<u8>> {
    let mut packed = Vec::new();
    File::open(path)?.take(LARGEST).read_to_end(&mut packed)?;
    let mut octets = Vec::new();
    if packed.starts_with(GZIP) {
        flate2::read::MultiGzDecoder::new(packed.as_slice()).take(LARGEST).read_to_end(&mut octets)?;
    } else if packed.starts_with(XZ) {
        lzma_rust2::XzReader::new(packed.as_slice(), true).take(LARGEST).read_to_end(&mut octets)?;
    } else {
        octets = packed;
    }
    Ok(octets)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    #[test]
    fn packed_files_are_read_as_they_are() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("data.json");
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        gzip.write_all(b"hello").unwrap();
        // `printf hello | xz --check=crc32`
        let xz: &[u8] = &[
            0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00, 0x00, 0x01, 0x69, 0x22, 0xde, 0x36, 0x02, 0x00, 0x21, 0x01,
            0x16, 0x00, 0x00, 0x00, 0x74, 0x2f, 0xe5, 0xa3, 0x01, 0x00, 0x04, 0x68, 0x65, 0x6c, 0x6c, 0x6f,
            0x00, 0x00, 0x00, 0x00, 0x86, 0xa6, 0x10, 0x36, 0x00, 0x01, 0x19, 0x05, 0xbc, 0xe8, 0xec, 0xcb,
            0x90, 0x42, 0x99, 0x0d, 0x01, 0x00, 0x00, 0x00, 0x00, 0x01, 0x59, 0x5a,
        ];
        for octets in [b"hello".to_vec(), gzip.finish().unwrap(), xz.to_vec()] {
            std::fs::write(&path, &octets).unwrap();
            assert_eq!(read(&path).unwrap(), b"hello");
        }
    }

    #[test]
    fn a_changed_file_is_another_state() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("data.json");
        std::fs::write(&path, "one").unwrap();
        let before = stamp(&path).unwrap();
        let made = Stamped::new(vec![before.clone()], 1);
        assert!(made.if_of(&[stamp(&path).unwrap()]).is_some());
        std::fs::write(&path, "three").unwrap();
        assert!(made.if_of(&[stamp(&path).unwrap()]).is_none());
        assert!(stamp(directory.path()).is_err());
    }
}
