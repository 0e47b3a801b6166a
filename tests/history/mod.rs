//! Who could do what at a past moment, against what was decided at that moment.

mod limits;
mod moments;
mod prologue;
mod story;
