//! One macro for every closed list of words that is stored, sent and shown.

/// Declares an enum whose variants have one wire word (snake_case, also stored) and one Chinese label shown to learners.
///
/// Gives `ALL`, `NAMES`, `as_str`, `zh`, `Display` (the wire word), `FromStr`, serde as a string and a `ToSchema` string enum.
macro_rules! text_enum {
    (
        $(#[$meta:meta])*
        pub enum $name:ident { $( $(#[$vmeta:meta])* $variant:ident = $text:literal / $zh:literal ),+ $(,)? }
    ) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum $name {
            $( $(#[$vmeta])* #[doc = concat!("`", $text, "` ", $zh)] $variant ),+
        }

        impl $name {
            /// Every value, in the order of declaration.
            pub const ALL: &'static [Self] = &[$( Self::$variant ),+];
            /// Every wire word, in the order of declaration.
            pub const NAMES: &'static [&'static str] = &[$( $text ),+];

            /// The word on the wire and in the store.
            pub const fn as_str(self) -> &'static str {
                match self { $( Self::$variant => $text ),+ }
            }

            /// The Chinese word shown to learners.
            pub const fn zh(self) -> &'static str {
                match self { $( Self::$variant => $zh ),+ }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(self.as_str())
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::domain::invalid::Reason;
            fn from_str(text: &str) -> ::std::result::Result<Self, Self::Err> {
                match text {
                    $( $text => Ok(Self::$variant), )+
                    _ => Err($crate::domain::invalid::Reason::Unknown),
                }
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> ::std::result::Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> ::std::result::Result<Self, D::Error> {
                $crate::domain::text_enum::word(deserializer, Self::NAMES)
            }
        }

        impl utoipa::PartialSchema for $name {
            fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
                $crate::domain::text_enum::schema(Self::NAMES, &[$( $zh ),+])
            }
        }

        impl utoipa::ToSchema for $name {}
    };
}

use std::marker::PhantomData;
use std::str::FromStr;

use serde::de::{Deserializer, Error, Visitor};
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{ObjectBuilder, Schema, Type};

/// Reads one of `names` off the wire without allocating.
pub(crate) fn word<'de, D: Deserializer<'de>, T: FromStr>(
    deserializer: D,
    names: &'static [&'static str],
) -> ::std::result::Result<T, D::Error> {
    struct Word<T>(&'static [&'static str], PhantomData<T>);
    impl<T: FromStr> Visitor<'_> for Word<T> {
        type Value = T;
        fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            write!(f, "one of {}", self.0.join(", "))
        }
        fn visit_str<E: Error>(self, text: &str) -> ::std::result::Result<T, E> {
            text.parse().map_err(|_| E::unknown_variant(text, self.0))
        }
    }
    deserializer.deserialize_str(Word(names, PhantomData))
}

/// A string enum whose description lists the Chinese labels.
pub(crate) fn schema(names: &[&str], labels: &[&str]) -> RefOr<Schema> {
    let described: Vec<String> = names.iter().zip(labels).map(|(name, zh)| format!("{name} {zh}")).collect();
    ObjectBuilder::new()
        .schema_type(Type::String)
        .enum_values(Some(names.iter().copied()))
        .description(Some(described.join(" · ")))
        .into()
}

pub(crate) use text_enum;

#[cfg(test)]
mod tests {
    use crate::domain::credit_type::CreditType;

    #[test]
    fn words_round_trip_and_others_are_refused() {
        for value in CreditType::ALL {
            let json = serde_json::to_string(value).expect("a string");
            assert_eq!(serde_json::from_str::<CreditType>(&json).ok(), Some(*value));
            assert_eq!(value.as_str().parse(), Ok(*value));
        }
        assert!(serde_json::from_str::<CreditType>("\"Secondary\"").is_err());
        assert!(serde_json::from_str::<CreditType>("1").is_err());
    }
}
