//! Recognition cases, their evidence, and the register of precedents.

mod appeals;
mod deadlines;
mod decisions;
mod evidence;
mod presenting;
mod secrets;
mod strangers;
mod vault;
