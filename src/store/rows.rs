//! Statements of PostgreSQL that take any number of rows: each column is bound as one array, which the database unnests.
//!
//! `INSERT … VALUES` has a placeholder for each value, so every number of rows is a statement of its own, which
//! PostgreSQL reads and plans anew. With arrays there is one statement, and it stays prepared. SQLite has no arrays and
//! no round trips to save: there each row is a statement.

use std::borrow::Cow;
use std::marker::PhantomData;

use diesel::pg::{Pg, PgConnection};
use diesel::prelude::*;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::result::QueryResult;
use diesel::sql_types::{Array, BigInt, Bool, Nullable, Text};

/// What is bound to one placeholder: a value, or a column of all rows.
#[derive(Debug)]
pub(super) enum Bind<'a> {
    Text(Cow<'a, str>),
    Number(i64),
    Texts(Vec<Cow<'a, str>>),
    OptionalTexts(Vec<Option<&'a str>>),
    Numbers(Vec<i64>),
    Flags(Vec<bool>),
}

impl<'a> Bind<'a> {
    /// A column of borrowed texts.
    pub fn texts(texts: impl Iterator<Item = &'a str>) -> Self {
        Self::Texts(texts.map(Cow::Borrowed).collect())
    }
}

/// A statement whose rows are of the SQL type `Row`. Its text bears a `?` where a value is bound, in order.
#[derive(Debug)]
pub(super) struct Statement<'a, Row> {
    text: &'static str,
    binds: Vec<Bind<'a>>,
    row: PhantomData<Row>,
}

impl<'a, Row> Statement<'a, Row> {
    pub fn new(text: &'static str, binds: Vec<Bind<'a>>) -> Self {
        Self { text, binds, row: PhantomData }
    }
}

impl<Row> QueryFragment<Pg> for Statement<'_, Row> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        let mut pieces = self.text.split('?');
        out.push_sql(pieces.next().unwrap_or_default());
        for (bind, piece) in self.binds.iter().zip(pieces) {
            match bind {
                Bind::Text(text) => out.push_bind_param::<Text, _>(text)?,
                Bind::Number(number) => out.push_bind_param::<BigInt, _>(number)?,
                Bind::Texts(texts) => out.push_bind_param::<Array<Text>, _>(texts)?,
                Bind::OptionalTexts(texts) => out.push_bind_param::<Array<Nullable<Text>>, _>(texts)?,
                Bind::Numbers(numbers) => out.push_bind_param::<Array<BigInt>, _>(numbers)?,
                Bind::Flags(flags) => out.push_bind_param::<Array<Bool>, _>(flags)?,
            }
            out.push_sql(piece);
        }
        Ok(())
    }
}

// The text alone says which prepared statement it is.
impl<Row> QueryId for Statement<'_, Row> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<Row> Query for Statement<'_, Row> {
    type SqlType = Row;
}

impl<Row> RunQueryDsl<PgConnection> for Statement<'_, Row> {}
