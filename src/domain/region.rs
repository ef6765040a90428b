//! Region codes of GB/T 2260: Kaifeng's by name, others by their province.

use super::invalid::Reason;

/// The region of fictional people and institutions: not assigned, so its numbers cannot belong to anybody.
pub const TEST_REGION: &str = "410299";

/// Which regions an identity document may name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct RegionPolicy {
    /// Whether [`TEST_REGION`] is accepted: in demos and tests only.
    pub allow_test: bool,
}

/// Kaifeng's own codes, the two of older lists included.
const KAIFENG: &[(&str, &str)] = &[
    ("410200", "开封市"),
    ("410202", "龙亭区"),
    ("410203", "顺河回族区"),
    ("410204", "鼓楼区"),
    ("410205", "禹王台区"),
    ("410211", "金明区（旧）"),
    ("410212", "祥符区"),
    ("410221", "杞县"),
    ("410222", "通许县"),
    ("410223", "尉氏县"),
    ("410224", "开封县（旧）"),
    ("410225", "兰考县"),
    (TEST_REGION, "演示区"),
];

/// First two digits of every province-level division, Taiwan, Hong Kong and Macao included.
const PROVINCES: &[u8] = &[
    11, 12, 13, 14, 15, 21, 22, 23, 31, 32, 33, 34, 35, 36, 37, 41, 42, 43, 44, 45, 46, 50, 51, 52, 53, 54, 61, 62, 63,
    64, 65, 71, 81, 82, 83,
];

/// The name of one of Kaifeng's regions.
pub fn kaifeng_name(code: &str) -> Option<&'static str> {
    KAIFENG.iter().find(|(known, _)| *known == code).map(|(_, name)| *name)
}

/// Six digits that begin with a province and are not the test region where that is not allowed. 83 stands for the
/// residence permits of people from Taiwan. Counties are not checked: numbers keep codes that were withdrawn long ago.
pub fn check(code: &str, policy: RegionPolicy) -> Result<(), Reason> {
    if code.len() != 6 || !code.bytes().all(|b| b.is_ascii_digit()) {
        return Err(Reason::Format { expected: "6-digit region code" });
    }
    if code == TEST_REGION {
        return if policy.allow_test { Ok(()) } else { Err(Reason::UnknownRegion) };
    }
    let province = code[..2].parse().map_err(|_| Reason::UnknownRegion)?;
    if PROVINCES.contains(&province) { Ok(()) } else { Err(Reason::UnknownRegion) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const REAL: RegionPolicy = RegionPolicy { allow_test: false };
    const DEMO: RegionPolicy = RegionPolicy { allow_test: true };

    #[test]
    fn the_test_region_needs_its_switch() {
        assert_eq!(check(TEST_REGION, DEMO), Ok(()));
        assert_eq!(check(TEST_REGION, REAL), Err(Reason::UnknownRegion));
    }

    #[test]
    fn provinces_are_known() {
        for good in ["110105", "410221", "410225", "710000", "810000", "830000", "440524"] {
            assert_eq!(check(good, REAL), Ok(()), "{good}");
        }
        for bad in ["000000", "990000", "160000", "840000"] {
            assert_eq!(check(bad, REAL), Err(Reason::UnknownRegion), "{bad}");
        }
        for bad in ["", "4102", "41022x", "4102211", "４１０２２１"] {
            assert!(matches!(check(bad, REAL), Err(Reason::Format { .. })), "{bad}");
        }
    }

    #[test]
    fn kaifeng_is_named() {
        assert_eq!(kaifeng_name("410221"), Some("杞县"));
        assert_eq!(kaifeng_name("410299"), Some("演示区"));
        assert_eq!(kaifeng_name("110105"), None);
    }
}
