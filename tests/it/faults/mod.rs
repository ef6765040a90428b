//! What fails under the service: its own process, the database, a neighbour's request.

mod database_gone;
mod kills;
mod load;
mod poison;
mod restart;
mod two_processes;
