//! The harness: a real server per database, clients of its institutions, and a check of every answer against the
//! committed OpenAPI document.

pub mod book;
pub mod browser;
pub mod cases;
pub mod city;
pub mod client;
pub mod clock;
pub mod contract;
pub mod decimal;
pub mod fixture;
pub mod fresh;
pub mod http;
pub mod keys;
pub mod operations;
pub mod plan;
pub mod postgres;
pub mod process;
pub mod raw;
pub mod rows;
pub mod search;
pub mod session;
pub mod store;

/// Makes two tests of each function, one per database, in the city that tests share.
macro_rules! on_both {
    ($($name:ident),* $(,)?) => {
        $crate::support::each_backend! { [$($name)*] backend => |test| test($crate::support::city::City::shared(backend)) }
    };
}

/// As `on_both`, in a city where no other test runs meanwhile.
macro_rules! on_both_quietly {
    ($($name:ident),* $(,)?) => {
        $crate::support::each_backend! { [$($name)*] backend => |test| test(&$crate::support::city::City::quiet(backend)) }
    };
}

/// As `on_both`, for functions that start their own servers.
macro_rules! on_both_alone {
    ($($name:ident),* $(,)?) => {
        $crate::support::each_backend! { [$($name)*] backend => |test| test(backend) }
    };
}

/// For functions that start their own servers on PostgreSQL only.
macro_rules! on_postgres_alone {
    ($($name:ident),* $(,)?) => {
        mod postgres {
            $(
                #[test]
                #[ignore = "needs PostgreSQL: tests/run"]
                fn $name() {
                    super::$name();
                }
            )*
        }
    };
}

macro_rules! each_backend {
    ([$($name:ident)*] $backend:ident => |$test:ident| $run:expr) => {
        mod sqlite {
            $(
                #[test]
                fn $name() {
                    let $backend = $crate::support::store::Backend::Sqlite;
                    let $test = super::$name;
                    $run;
                }
            )*
        }
        mod postgres {
            $(
                #[test]
                #[ignore = "needs PostgreSQL: tests/run"]
                fn $name() {
                    let $backend = $crate::support::store::Backend::Postgres;
                    let $test = super::$name;
                    $run;
                }
            )*
        }
    };
}

pub(crate) use {each_backend, on_both, on_both_alone, on_both_quietly, on_postgres_alone};
