//! The management API as its clients meet it: how it is described, and what holds in all of it.

mod description;
mod directory;
mod etags;
mod once;
