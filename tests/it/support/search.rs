//! Searching all that a city has written, file by file and in the database, for what must not stand there.

use std::fs;

use super::city::City;
use super::postgres::dump;
use super::store::files;

/// Fails when one of `words`, each with what it is, stands anywhere in the city's folder or database in any usual
/// spelling. `plain` is no secret: that it is found shows that the search looks in the right places.
pub fn nowhere(city: &City, words: &[(&str, &str)], plain: &str) {
    let mut places: Vec<(String, String)> = files(&city.store.folder)
        .into_iter()
        .map(|path| (path.display().to_string(), letters(&fs::read(&path).unwrap_or_default())))
        .collect();
    assert!(places.iter().any(|(path, _)| path.ends_with(".log")), "the server's log is searched too");
    if let Some(url) = &city.store.database_url {
        places.push(("the dump".to_owned(), letters(&dump(url))));
    }
    assert!(places.iter().any(|(_, text)| text.contains(plain)), "the search does not reach the book");
    for (what, word) in words {
        let hex = hex::encode(word);
        let wide: Vec<u8> = word.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let spellings = [letters(word.as_bytes()), letters(&wide), hex.to_uppercase(), hex];
        for (path, text) in &places {
            for spelling in &spellings {
                assert!(!text.contains(spelling), "the {what} stands in {path}");
            }
        }
    }
}

/// One letter for each byte, so that bytes can be searched as fast as text.
fn letters(bytes: &[u8]) -> String {
    bytes.iter().copied().map(char::from).collect()
}
