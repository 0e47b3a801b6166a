//! The few statements that need the concrete database. Everything else is one query text for both.

use diesel::expression::SqlLiteral;
use diesel::prelude::*;
use diesel::sql_types::Bool;

use super::connection::Conn;

/// A condition on `Table` that runs on either database.
pub(super) type Condition<Table> = Box<dyn BoxableExpression<Table, <Conn as Connection>::Backend, SqlType = Bool>>;

/// Type-checks and runs one expression on whichever database the connection is: batch inserts, `ON CONFLICT`.
macro_rules! native {
    ($conn:expr, |$inner:ident| $body:expr) => {
        match $conn {
            $crate::store::connection::Conn::Pg($inner) => $body,
            $crate::store::connection::Conn::Sqlite($inner) => $body,
        }
    };
}

/// How many ids one statement looks for. PostgreSQL takes them as one array, which costs a plan once and for all; SQLite
/// takes each as a parameter of its own.
pub(super) const fn batch(conn: &Conn) -> usize {
    match conn {
        Conn::Pg(_) => 10_000,
        Conn::Sqlite(_) => 1_000,
    }
}

/// A condition that holds always, for statements with a list of ids. PostgreSQL keeps no plan of a statement with it, and so
/// plans for the list that is there: a plan for lists of any length walks the whole table for each.
pub(super) fn planned_anew() -> SqlLiteral<Bool> {
    diesel::dsl::sql::<Bool>("TRUE")
}

pub(super) use native;
