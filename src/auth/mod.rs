//! Who is asking: sessions, roles in the types of handlers, passwords, whose browser is connected.

pub mod address;
pub mod browser;
pub mod password;
pub mod presence;
pub mod queries;
pub mod second_factor;
pub mod session;
pub mod signed;
pub mod work_time;
