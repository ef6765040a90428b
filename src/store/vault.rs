//! Sealed files in the data folder, each named by the SHA-256 of its stored bytes.
//!
//! A file is written whole under another name, flushed and renamed before any row names it: a crash leaves at most a file
//! that no row names, never a row without its file. Nothing in the folder is served by its path.

use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::path::{Path, PathBuf};

use super::error::{Result, StoreError};
use crate::crypto::digest::{Hash, sha256};

/// Stores `sealed`; answers what names it.
pub fn put(folder: &Path, sealed: &[u8]) -> Result<Hash> {
    let digest = sha256(sealed);
    write(folder, &digest, sealed).map_err(|error| unavailable(folder, &error))?;
    Ok(digest)
}

fn write(folder: &Path, digest: &Hash, sealed: &[u8]) -> std::io::Result<()> {
    let path = path(folder, digest);
    let parent = path.parent().unwrap_or(folder);
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(parent)?;
    let mut file = tempfile::Builder::new()
        .prefix(".new-")
        .permissions(std::fs::Permissions::from_mode(0o600))
        .tempfile_in(parent)?;
    file.write_all(sealed)?;
    file.as_file().sync_all()?;
    file.persist(&path).map_err(|error| error.error)?;
    // The new name, and that of a folder made just now, must be as durable as the row that will rest on them.
    std::fs::File::open(parent)?.sync_all()?;
    std::fs::File::open(folder)?.sync_all()
}

/// The stored bytes of `digest`; a file that has changed since is an error.
pub fn get(folder: &Path, digest: &Hash) -> Result<Vec<u8>> {
    let path = path(folder, digest);
    let sealed = std::fs::read(&path).map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => StoreError::broken("an evidence file is missing from the data folder"),
        _ => unavailable(&path, &error),
    })?;
    if sha256(&sealed) == *digest { Ok(sealed) } else { Err(StoreError::broken("an evidence file has changed")) }
}

/// Takes a file away that no row will name. What cannot be taken away stays: it is sealed and harms nobody.
pub fn discard(folder: &Path, digest: &Hash) {
    if let Err(error) = std::fs::remove_file(path(folder, digest)) {
        tracing::warn!(%error, "an evidence file that nothing names could not be removed");
    }
}

/// Two levels, so that no folder grows without bound.
fn path(folder: &Path, digest: &Hash) -> PathBuf {
    let name = hex::encode(digest);
    folder.join(&name[..2]).join(&name[2..])
}

fn unavailable(path: &Path, error: &std::io::Error) -> StoreError {
    StoreError::Unavailable(format!("{}: {error}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_comes_back_as_it_went() {
        let data = tempfile::tempdir().expect("a folder");
        let folder = data.path().join("evidence");
        let digest = put(&folder, b"sealed bytes").expect("stored");
        assert_eq!(put(&folder, b"sealed bytes").expect("stored again"), digest);
        assert_eq!(get(&folder, &digest).expect("there"), b"sealed bytes");
        let file = path(&folder, &digest);
        let mode = |path: &Path| std::fs::metadata(path).expect("exists").permissions().mode() & 0o777;
        assert_eq!((mode(&file), mode(file.parent().expect("a folder"))), (0o600, 0o700));
        let left: Vec<_> = std::fs::read_dir(file.parent().expect("a folder")).expect("readable").collect();
        assert_eq!(left.len(), 1, "no unfinished file stays");
    }

    #[test]
    fn a_changed_or_missing_file_is_told() {
        let data = tempfile::tempdir().expect("a folder");
        let digest = put(data.path(), b"one").expect("stored");
        std::fs::write(path(data.path(), &digest), b"two").expect("written");
        assert!(matches!(get(data.path(), &digest), Err(StoreError::Broken(_))));
        discard(data.path(), &digest);
        assert!(matches!(get(data.path(), &digest), Err(StoreError::Broken(_))));
        assert!(matches!(put(Path::new("/dev/null/x"), b"one"), Err(StoreError::Unavailable(_))));
    }
}
