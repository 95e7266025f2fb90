//! The walks, one file per story.

mod sign_in;
