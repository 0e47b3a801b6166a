//! The laws of the room.
