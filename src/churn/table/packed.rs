//! Files as they are or packed: gzip and bzip2 are known by their first octets, whatever the file is called.

use bzip2::bufread::MultiBzDecoder;
use flate2::bufread::MultiGzDecoder;
use std::{
    fs::File,
    io::{self, BufRead, BufReader},
    path::Path,
};

const GZIP: [u8; 2] = [0x1f, 0x8b];
const BZIP2: [u8; 3] = *b"BZh";

/// What a file holds once it is unpacked, read as it is asked for.
pub(super) fn open(path: &Path) -> io::Result<Box<dyn BufRead>> {
    let mut file = BufReader::new(File::open(path)?);
    let start = file.fill_buf()?;
    Ok(if start.starts_with(&GZIP) {
        Box::new(BufReader::new(MultiGzDecoder::new(file)))
    } else if start.starts_with(&BZIP2) {
        Box::new(BufReader::new(MultiBzDecoder::new(file)))
    } else {
        Box::new(file)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{fs, io::Write};

    #[test]
    fn packed_files_read_like_plain_ones() {
        let text = b"192.0.2.0/24\n".repeat(1_000);
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        gzip.write_all(&text).unwrap();
        let mut bzip2 = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::fast());
        bzip2.write_all(&text).unwrap();
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("table");
        for packed in [text.clone(), gzip.finish().unwrap(), bzip2.finish().unwrap()] {
            fs::write(&file, packed).unwrap();
            let mut unpacked = Vec::new();
            open(&file).unwrap().read_to_end(&mut unpacked).unwrap();
            assert!(unpacked == text);
        }
    }
}
