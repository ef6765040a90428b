//! Xuefen 学分银行: a city's credit bank for vocational education, on a provable double-entry ledger.

pub mod api;
pub mod cli;
pub mod config;
pub mod conversion;
pub mod crypto;
pub mod demo;
pub mod domain;
pub mod http;
pub mod ledger;
pub mod ports;
pub mod services;
pub mod startup;
pub mod store;
pub mod web;
