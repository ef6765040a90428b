//! Evidence files: what a file is, is found by its content and never taken from its name.
//!
//! A file is one of three kinds and whole: what follows its end, or is another kind of file as well (an archive behind a
//! picture, a script in a document), is refused. That it is harmless is not claimed: it is stored sealed and given out as
//! an attachment in a sandbox.

use super::evidence_picture::{jpeg, png};

/// Largest file, bytes: a page scanned at 300 dpi in colour.
pub const FILE_MAX: usize = 5 << 20;
/// Most files of one case.
pub const FILES_MAX: usize = 5;

text_enum! {
    /// Kinds of evidence files.
    pub enum MediaType {
        Pdf = "application/pdf" / "PDF 文件",
        Jpeg = "image/jpeg" / "JPEG 图片",
        Png = "image/png" / "PNG 图片",
    }
}

impl MediaType {
    /// The usual end of a file name.
    pub const fn extension(self) -> &'static str {
        match self {
            Self::Pdf => "pdf",
            Self::Jpeg => "jpg",
            Self::Png => "png",
        }
    }
}

text_enum! {
    /// Why a file is no evidence file.
    pub enum FileFault {
        Empty = "empty" / "文件为空",
        UnknownType = "unknown-type" / "不是 PDF、JPEG 或 PNG 文件",
        Damaged = "damaged" / "文件不完整或已损坏",
        MoreThanOneFile = "more-than-one-file" / "文件中夹带了其他内容",
        ActiveContent = "active-content" / "文档中含有脚本或嵌入文件",
        WrongDimensions = "wrong-dimensions" / "图片的长宽不在允许范围内",
        TypeDiffers = "type-differs" / "文件内容与所声明的类型不一致",
    }
}

impl FileFault {
    /// In English.
    pub const fn en(self) -> &'static str {
        match self {
            Self::Empty => "The file is empty",
            Self::UnknownType => "The file is no PDF, JPEG or PNG",
            Self::Damaged => "The file is not whole",
            Self::MoreThanOneFile => "The file holds something else besides",
            Self::ActiveContent => "The document holds scripts or other files",
            Self::WrongDimensions => "The picture's sides are not within the limits",
            Self::TypeDiffers => "The file is of another type than announced",
        }
    }
}

/// What a file is, by its content.
pub fn examine(bytes: &[u8]) -> Result<MediaType, FileFault> {
    let media = if bytes.is_empty() {
        return Err(FileFault::Empty);
    } else if bytes.starts_with(b"%PDF-") {
        pdf(bytes)?;
        MediaType::Pdf
    } else if bytes.starts_with(&[0xFF, 0xD8, 0xFF]) {
        jpeg(bytes)?;
        MediaType::Jpeg
    } else if bytes.starts_with(b"\x89PNG\r\n\x1A\n") {
        png(bytes)?;
        MediaType::Png
    } else {
        return Err(FileFault::UnknownType);
    };
    if holds_archive(bytes) { Err(FileFault::MoreThanOneFile) } else { Ok(media) }
}

/// Where readers of ZIP archives look for the end record: 22 bytes and a comment.
const ARCHIVE_TAIL: usize = 22 + 65_535;

/// Whether the file can be opened as a ZIP archive as well (documents of office programs, Java and browser add-ons).
fn holds_archive(bytes: &[u8]) -> bool {
    let start = bytes.len().saturating_sub(ARCHIVE_TAIL);
    let tail = &bytes[start..];
    let records = tail.windows(4).enumerate().filter(|(_, four)| *four == b"PK\x05\x06");
    records.map(|(at, _)| &tail[at..]).any(|record| {
        // The record's comment ends with the file; four bytes alone stand anywhere by chance.
        let comment = record.get(20..22).map(|two| usize::from(u16::from_le_bytes([two[0], two[1]])));
        comment.is_some_and(|length| length <= record.len() - 22)
    })
}

/// How far from its end a PDF's end mark may stand.
const PDF_TAIL: usize = 1024;

fn pdf(bytes: &[u8]) -> Result<(), FileFault> {
    let version = bytes.get(5..8).ok_or(FileFault::Damaged)?;
    if !(matches!(version[0], b'1' | b'2') && version[1] == b'.' && version[2].is_ascii_digit()) {
        return Err(FileFault::Damaged);
    }
    let tail = &bytes[bytes.len().saturating_sub(PDF_TAIL)..];
    let end = rfind(tail, b"%%EOF").ok_or(FileFault::Damaged)?;
    if rfind(&tail[..end], b"startxref").is_none() {
        return Err(FileFault::Damaged);
    }
    if !tail[end + 5..].iter().all(|byte| byte.is_ascii_whitespace() || *byte == 0) {
        return Err(FileFault::MoreThanOneFile);
    }
    const ACTIVE: [&[u8]; 5] = [b"/JavaScript", b"/Launch", b"/EmbeddedFile", b"/RichMedia", b"/XFA"];
    if ACTIVE.iter().any(|name| names(bytes, name)) { Err(FileFault::ActiveContent) } else { Ok(()) }
}

/// Whether a PDF names `name`: not as the beginning of a longer name.
fn names(bytes: &[u8], name: &[u8]) -> bool {
    let after =
        |at: usize| bytes.get(at + name.len()).is_none_or(|next| !next.is_ascii_alphanumeric() || *next == b's');
    bytes.windows(name.len()).enumerate().any(|(at, window)| window == name && after(at))
}

fn rfind(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    bytes.windows(wanted.len()).rposition(|window| window == wanted)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn document() -> Vec<u8> {
        b"%PDF-1.4\n1 0 obj\n<< /Type /Catalog >>\nendobj\nxref\n0 1\ntrailer\n<< /Root 1 0 R >>\nstartxref\n45\n%%EOF\n"
            .to_vec()
    }

    #[test]
    fn a_document_is_whole_and_says_nothing_but_itself() {
        let whole = document();
        assert_eq!(examine(&whole), Ok(MediaType::Pdf));
        assert_eq!(examine(&whole[..whole.len() - 20]), Err(FileFault::Damaged));
        assert_eq!(examine(b"%PDF-9"), Err(FileFault::Damaged));
        assert_eq!(examine(b"%PDF-1.4 %%EOF"), Err(FileFault::Damaged), "no cross-reference");
        assert_eq!(examine(&[&whole[..], b"<html>"].concat()), Err(FileFault::MoreThanOneFile));
        assert_eq!(examine(&[&[b'\n'; 5], &whole[..]].concat()), Err(FileFault::UnknownType), "nothing goes before");
        for active in [" /S /JavaScript ", "/Launch<<", "/EmbeddedFiles 3 0 R"] {
            let text = String::from_utf8(whole.clone()).expect("ASCII").replace("/Type", &format!("{active} /Type"));
            assert_eq!(examine(text.as_bytes()), Err(FileFault::ActiveContent), "{active}");
        }
    }

    #[test]
    fn archives_behind_a_document_are_found() {
        let mut both = document();
        let comment = b"\nstartxref\n45\n%%EOF\n";
        both.extend_from_slice(b"PK\x05\x06");
        both.extend_from_slice(&[0; 16]);
        both.extend_from_slice(&(comment.len() as u16).to_le_bytes());
        both.extend_from_slice(comment);
        assert_eq!(examine(&both), Err(FileFault::MoreThanOneFile));
    }

    #[test]
    fn what_is_none_of_the_three_is_refused() {
        for (bytes, fault) in [
            (&b""[..], FileFault::Empty),
            (b"MZ\x90\0", FileFault::UnknownType),
            (b"PK\x03\x04", FileFault::UnknownType),
            (b"GIF89a", FileFault::UnknownType),
            (b"<svg onload=alert(1)>", FileFault::UnknownType),
            (b"#!/bin/sh", FileFault::UnknownType),
        ] {
            assert_eq!(examine(bytes), Err(fault));
        }
    }
}
