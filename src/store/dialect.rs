//! The few statements that need the concrete database. Everything else is one query text for both.

use diesel::dsl::AsExprOf;
use diesel::expression::SqlLiteral;
use diesel::helper_types::Concat;
use diesel::prelude::*;
use diesel::sql_types::{Bool, Text};

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

/// The same text, as no index has it: for what must not be looked up by where something better leads to it. PostgreSQL,
/// while it knows nothing of a new table, would rather walk a directory in the order of its ids than look one name up.
pub(super) fn unindexed<E: Expression<SqlType = Text>>(text: E) -> Concat<E, AsExprOf<&'static str, Text>> {
    text.concat("")
}

pub(super) use native;
