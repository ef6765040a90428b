//! JPEG and PNG files, walked from their first byte to their last. Pixels are not decoded.

use super::evidence_file::FileFault;

/// Longest side of a picture, pixels.
const SIDE_MAX: u32 = 20_000;
/// Most pixels of a picture: beyond it a small file unpacks to more memory than a reviewer's machine has to spare.
const PIXELS_MAX: u64 = 100_000_000;

type Checked = Result<(), FileFault>;

fn dimensions(width: u32, height: u32) -> Checked {
    let sides = (1..=SIDE_MAX).contains(&width) && (1..=SIDE_MAX).contains(&height);
    let pixels = u64::from(width) * u64::from(height) <= PIXELS_MAX;
    if sides && pixels { Ok(()) } else { Err(FileFault::WrongDimensions) }
}

/// Walks the segments of a JPEG (ITU-T T.81, annex B) to its end mark. Phones append further pictures (CIPA DC-007): what
/// follows must be whole pictures again.
pub(super) fn jpeg(bytes: &[u8]) -> Checked {
    let padding = bytes.iter().rev().take_while(|byte| matches!(byte, 0 | b'\n' | b'\r')).count();
    let mut rest = &bytes[..bytes.len() - padding];
    while !rest.is_empty() {
        let zeroes = rest.iter().take_while(|byte| **byte == 0).count();
        rest = &rest[zeroes..];
        if !rest.starts_with(&[0xFF, 0xD8, 0xFF]) {
            return Err(FileFault::MoreThanOneFile);
        }
        rest = &rest[one_jpeg(rest)?..];
    }
    Ok(())
}

/// The length of the picture that `bytes` begins with.
fn one_jpeg(bytes: &[u8]) -> Result<usize, FileFault> {
    let mut at = 2;
    let (mut framed, mut scanned) = (false, false);
    loop {
        if *bytes.get(at).ok_or(FileFault::Damaged)? != 0xFF {
            return Err(FileFault::Damaged);
        }
        while bytes.get(at + 1) == Some(&0xFF) {
            at += 1; // fill bytes
        }
        let marker = *bytes.get(at + 1).ok_or(FileFault::Damaged)?;
        at += 2;
        match marker {
            0xD9 if framed && scanned => return Ok(at),
            0xD9 | 0xD8 | 0x00 => return Err(FileFault::Damaged),
            0x01 | 0xD0..=0xD7 => continue,
            _ => {}
        }
        let length = bytes.get(at..at + 2).map(|two| usize::from(u16::from_be_bytes([two[0], two[1]])));
        let length = length.filter(|length| *length >= 2).ok_or(FileFault::Damaged)?;
        let segment = bytes.get(at + 2..at + length).ok_or(FileFault::Damaged)?;
        // Frames; DHT, JPG and DAC stand among their numbers.
        if matches!(marker, 0xC0..=0xCF) && !matches!(marker, 0xC4 | 0xC8 | 0xCC) {
            let sides = segment.get(1..5).ok_or(FileFault::Damaged)?;
            let side = |n: usize| u32::from(u16::from_be_bytes([sides[n], sides[n + 1]]));
            dimensions(side(2), side(0))?;
            framed = true;
        }
        at += length;
        if marker == 0xDA {
            scanned = true;
            at += scan(&bytes[at..])?;
        }
    }
}

/// The length of a scan's coded data: up to the next mark that is neither a stuffed byte nor a restart.
fn scan(bytes: &[u8]) -> Result<usize, FileFault> {
    let mark = |pair: &[u8]| pair[0] == 0xFF && !matches!(pair[1], 0x00 | 0xFF | 0xD0..=0xD7);
    bytes.windows(2).position(mark).ok_or(FileFault::Damaged)
}

/// Walks the chunks of a PNG (ISO/IEC 15948) to its last byte, checksums included.
pub(super) fn png(bytes: &[u8]) -> Checked {
    let mut rest = &bytes[8..];
    let (mut first, mut data) = (true, false);
    loop {
        let head = rest.get(..8).ok_or(FileFault::Damaged)?;
        let length = u32::from_be_bytes([head[0], head[1], head[2], head[3]]) as usize;
        let kind = &head[4..8];
        let body = rest.get(8..).and_then(|body| body.get(..length)).ok_or(FileFault::Damaged)?;
        let sum = rest.get(8 + length..12 + length).ok_or(FileFault::Damaged)?;
        if !kind.iter().all(u8::is_ascii_alphabetic) || crc32(&rest[4..8 + length]).to_be_bytes() != sum {
            return Err(FileFault::Damaged);
        }
        rest = &rest[12 + length..];
        match (kind, first) {
            (b"IHDR", true) if length == 13 => {
                let side = |n: usize| u32::from_be_bytes([body[n], body[n + 1], body[n + 2], body[n + 3]]);
                dimensions(side(0), side(4))?;
                if !matches!(body[8], 1 | 2 | 4 | 8 | 16) || !matches!(body[9], 0 | 2 | 3 | 4 | 6) {
                    return Err(FileFault::Damaged);
                }
            }
            (_, true) | (b"IHDR", false) => return Err(FileFault::Damaged),
            (b"IDAT", false) => data = true,
            (b"IEND", false) => {
                let end = if data && length == 0 { Ok(()) } else { Err(FileFault::Damaged) };
                return if rest.is_empty() { end } else { Err(FileFault::MoreThanOneFile) };
            }
            _ => {}
        }
        first = false;
    }
}

/// The checksum of PNG's chunks (ISO 3309).
fn crc32(bytes: &[u8]) -> u32 {
    const TABLE: [u32; 256] = {
        let mut table = [0; 256];
        let mut n = 0;
        while n < 256 {
            let (mut value, mut bit) = (n as u32, 0);
            while bit < 8 {
                value = if value & 1 == 1 { 0xEDB8_8320 ^ (value >> 1) } else { value >> 1 };
                bit += 1;
            }
            table[n] = value;
            n += 1;
        }
        table
    };
    !bytes.iter().fold(!0, |crc, byte| TABLE[((crc ^ u32::from(*byte)) & 0xFF) as usize] ^ (crc >> 8))
}

#[cfg(test)]
mod tests {
    use super::super::evidence_file::{FileFault, MediaType, examine};
    use super::*;

    fn chunk(kind: &[u8], body: &[u8]) -> Vec<u8> {
        let named = [kind, body].concat();
        [&(body.len() as u32).to_be_bytes()[..], &named, &crc32(&named).to_be_bytes()].concat()
    }

    fn picture(width: u32, height: u32) -> Vec<u8> {
        let header = [&width.to_be_bytes()[..], &height.to_be_bytes(), &[8, 0, 0, 0, 0]].concat();
        [&b"\x89PNG\r\n\x1A\n"[..], &chunk(b"IHDR", &header), &chunk(b"IDAT", &[1, 2, 3]), &chunk(b"IEND", b"")]
            .concat()
    }

    fn photograph(width: u16, height: u16) -> Vec<u8> {
        let mut bytes = vec![0xFF, 0xD8, 0xFF, 0xE0, 0, 4, b'J', b'F', 0xFF, 0xC0, 0, 11, 8];
        bytes.extend_from_slice(&height.to_be_bytes());
        bytes.extend_from_slice(&width.to_be_bytes());
        bytes.extend_from_slice(&[1, 1, 0x11, 0]);
        bytes.extend_from_slice(&[0xFF, 0xDA, 0, 2, 0x12, 0xFF, 0x00, 0x34, 0xFF, 0xD0, 0x56, 0xFF, 0xD9]);
        bytes
    }

    #[test]
    fn the_checksum_is_the_one_of_the_standard() {
        assert_eq!(crc32(b"123456789"), 0xCBF4_3926);
    }

    #[test]
    fn a_picture_is_whole() {
        let whole = picture(600, 800);
        assert_eq!(examine(&whole), Ok(MediaType::Png));
        for cut in [9, 20, 40, whole.len() - 1] {
            assert_eq!(examine(&whole[..cut]), Err(FileFault::Damaged), "cut at {cut}");
        }
        let mut changed = whole.clone();
        changed[whole.len() - 20] ^= 1;
        assert_eq!(examine(&changed), Err(FileFault::Damaged));
        assert_eq!(examine(&[&whole[..], b"PK\x03\x04"].concat()), Err(FileFault::MoreThanOneFile));
        for (width, height) in [(0, 1), (1, 0), (20_001, 1), (1, 20_001), (20_000, 20_000), (u32::MAX, u32::MAX)] {
            assert_eq!(examine(&picture(width, height)), Err(FileFault::WrongDimensions), "{width} × {height}");
        }
        assert_eq!(examine(b"\x89PNG\r\n\x1A\n"), Err(FileFault::Damaged));
    }

    #[test]
    fn a_photograph_is_whole_and_may_be_followed_by_another() {
        let whole = photograph(600, 800);
        assert_eq!(examine(&whole), Ok(MediaType::Jpeg));
        assert_eq!(examine(&[&whole[..], &whole, &[0, 0]].concat()), Ok(MediaType::Jpeg));
        for cut in [3, 8, 15, whole.len() - 1] {
            assert_eq!(examine(&whole[..cut]), Err(FileFault::Damaged), "cut at {cut}");
        }
        assert_eq!(examine(&[&whole[..], b"<script>"].concat()), Err(FileFault::MoreThanOneFile));
        assert_eq!(examine(&[&whole[..], b"MZ\x90\0\xFF\xD9"].concat()), Err(FileFault::MoreThanOneFile));
        assert_eq!(examine(&photograph(0, 800)), Err(FileFault::WrongDimensions));
        assert_eq!(examine(&[0xFF, 0xD8, 0xFF, 0xD9]), Err(FileFault::Damaged), "nothing in it");
    }
}
