//! People who call and write. A client known only by telephone is complete; calls, chats and orders point here.

pub mod order_line;
pub mod queries;
pub mod routes;
