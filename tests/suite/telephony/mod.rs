//! Pages that compose calls with what follows from them.

mod incoming;
mod index;
mod sql;
