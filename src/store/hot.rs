//! Hot statements: SQL text with bound values, the same on both databases, prepared once per connection.
//!
//! diesel caches a prepared statement by its text when the fragment has no static id and does not declare itself
//! unsafe to cache. Its own multi-row inserts, upserts and `eq_any` on SQLite do declare so; these do not. Few texts exist:
//! on PostgreSQL a list or a table of values is one array for each column, whatever its length; on SQLite lists come in
//! sizes of powers of two (see [`padded`] and [`chunks`]).

use std::marker::PhantomData;

use chrono::NaiveDate;
use diesel::pg::Pg;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::sql_types::{Array, BigInt, Binary, Date, Nullable, Text};
use diesel::sqlite::Sqlite;
use diesel::{QueryResult, RunQueryDsl};
use uuid::Uuid;

use super::types::{Id16, Key};

/// A bound value.
#[derive(Debug, Clone)]
pub enum Bind<'a> {
    /// An id.
    Id(Option<Key>),
    /// Bytes.
    Bytes(Option<&'a [u8]>),
    /// Text.
    Text(Option<&'a str>),
    /// An integer: amount, instant, sequence.
    Int(Option<i64>),
    /// A calendar date.
    Date(Option<NaiveDate>),
}

/// Anything that binds as one value.
pub trait IntoBind<'a> {
    /// The value.
    fn bind(self) -> Bind<'a>;
}

macro_rules! into_bind {
    ($($ty:ty => $variant:ident($value:ident) $expr:expr;)*) => {$(
        impl<'a> IntoBind<'a> for $ty {
            fn bind(self) -> Bind<'a> { let $value = self; Bind::$variant(Some($expr)) }
        }
        impl<'a> IntoBind<'a> for Option<$ty> {
            fn bind(self) -> Bind<'a> { Bind::$variant(self.map(|$value| $expr)) }
        }
    )*};
}
into_bind! {
    Uuid => Id(v) Key(v);
    &'a [u8] => Bytes(v) v;
    &'a str => Text(v) v;
    i64 => Int(v) v;
    NaiveDate => Date(v) v;
}

/// The values of one column, of one type.
#[derive(Debug, Clone)]
enum Column<'a> {
    Id(Vec<Option<Key>>),
    Bytes(Vec<Option<&'a [u8]>>),
    Text(Vec<Option<&'a str>>),
    Int(Vec<Option<i64>>),
    Date(Vec<Option<NaiveDate>>),
}

impl<'a> Column<'a> {
    fn begin(first: Bind<'a>, room: usize) -> Self {
        fn one<T>(value: T, room: usize) -> Vec<T> {
            let mut values = Vec::with_capacity(room);
            values.push(value);
            values
        }
        match first {
            Bind::Id(value) => Self::Id(one(value, room)),
            Bind::Bytes(value) => Self::Bytes(one(value, room)),
            Bind::Text(value) => Self::Text(one(value, room)),
            Bind::Int(value) => Self::Int(one(value, room)),
            Bind::Date(value) => Self::Date(one(value, room)),
        }
    }

    fn push(&mut self, value: Bind<'a>) {
        match (self, value) {
            (Self::Id(values), Bind::Id(value)) => values.push(value),
            (Self::Bytes(values), Bind::Bytes(value)) => values.push(value),
            (Self::Text(values), Bind::Text(value)) => values.push(value),
            (Self::Int(values), Bind::Int(value)) => values.push(value),
            (Self::Date(values), Bind::Date(value)) => values.push(value),
            (column, value) => unreachable!("{value:?} in a column of {column:?}"),
        }
    }

    fn len(&self) -> usize {
        match self {
            Self::Id(values) => values.len(),
            Self::Bytes(values) => values.len(),
            Self::Text(values) => values.len(),
            Self::Int(values) => values.len(),
            Self::Date(values) => values.len(),
        }
    }

    fn push_one<'b>(&'b self, row: usize, out: &mut AstPass<'_, 'b, Sqlite>) -> QueryResult<()> {
        match self {
            Self::Id(values) => out.push_bind_param::<Nullable<Id16>, _>(&values[row]),
            Self::Bytes(values) => out.push_bind_param::<Nullable<Binary>, _>(&values[row]),
            Self::Text(values) => out.push_bind_param::<Nullable<Text>, _>(&values[row]),
            Self::Int(values) => out.push_bind_param::<Nullable<BigInt>, _>(&values[row]),
            Self::Date(values) => out.push_bind_param::<Nullable<Date>, _>(&values[row]),
        }
    }

    fn push_all<'b>(&'b self, out: &mut AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        match self {
            Self::Id(values) => out.push_bind_param::<Array<Nullable<Id16>>, _>(values),
            Self::Bytes(values) => out.push_bind_param::<Array<Nullable<Binary>>, _>(values),
            Self::Text(values) => out.push_bind_param::<Array<Nullable<Text>>, _>(values),
            Self::Int(values) => out.push_bind_param::<Array<Nullable<BigInt>>, _>(values),
            Self::Date(values) => out.push_bind_param::<Array<Nullable<Date>>, _>(values),
        }
    }
}

#[derive(Debug)]
enum Token<'a> {
    Text(&'static str),
    Bind(Bind<'a>),
    Among(Column<'a>),
    Table(Vec<Column<'a>>),
}

/// A statement that answers rows of `ST` (or none, for writes).
#[derive(Debug)]
pub struct Hot<'a, ST = ()> {
    tokens: Vec<Token<'a>>,
    rows: PhantomData<ST>,
}

impl<'a, ST> Hot<'a, ST> {
    /// Starts with `text`.
    pub fn new(text: &'static str) -> Self {
        Self { tokens: vec![Token::Text(text)], rows: PhantomData }
    }

    /// Appends text.
    pub fn text(&mut self, text: &'static str) -> &mut Self {
        self.tokens.push(Token::Text(text));
        self
    }

    /// Appends a bound value.
    pub fn bind(&mut self, value: impl IntoBind<'a>) -> &mut Self {
        self.tokens.push(Token::Bind(value.bind()));
        self
    }

    /// Appends one parenthesised row of values.
    pub fn row(&mut self, values: impl IntoIterator<Item = Bind<'a>>) -> &mut Self {
        let mut before = "(";
        for value in values {
            self.tokens.push(Token::Text(before));
            self.tokens.push(Token::Bind(value));
            before = ", ";
        }
        self.text(")")
    }

    /// Appends `IN (…)`, on PostgreSQL `= ANY (…)`. Repeats change nothing; of no values there is none.
    pub fn among<T: IntoBind<'a> + Clone>(&mut self, values: impl IntoIterator<Item = T>) -> &mut Self {
        let values: Vec<T> = values.into_iter().collect();
        let mut values = padded(&values).into_iter();
        match values.next() {
            Some(first) => {
                let mut column = Column::begin(first.bind(), values.len() + 1);
                values.for_each(|value| column.push(value.bind()));
                self.tokens.push(Token::Among(column));
                self
            }
            None => self.text("IN (NULL)"),
        }
    }

    /// Appends `VALUES (…), …`, on PostgreSQL `SELECT * FROM unnest(…)`: at least one row, each with the same types.
    pub fn table<R: IntoIterator<Item = Bind<'a>>>(&mut self, rows: impl IntoIterator<Item = R>) -> &mut Self {
        let mut rows = rows.into_iter();
        let room = rows.size_hint().0;
        let mut columns: Vec<Column<'a>> =
            rows.next().into_iter().flatten().map(|value| Column::begin(value, room)).collect();
        for row in rows {
            columns.iter_mut().zip(row).for_each(|(column, value)| column.push(value));
        }
        self.tokens.push(Token::Table(columns));
        self
    }
}

/// Puts `between` between what `each` writes for every item.
fn separated<'a, T: 'a, O>(
    out: &mut O,
    items: impl IntoIterator<Item = T>,
    comma: impl Fn(&mut O),
    mut each: impl FnMut(&mut O, T) -> QueryResult<()>,
) -> QueryResult<()> {
    for (index, item) in items.into_iter().enumerate() {
        if index > 0 {
            comma(out);
        }
        each(out, item)?;
    }
    Ok(())
}

trait Lists: diesel::backend::Backend {
    fn among<'b>(column: &'b Column<'_>, out: &mut AstPass<'_, 'b, Self>) -> QueryResult<()>;
    fn table<'b>(columns: &'b [Column<'_>], out: &mut AstPass<'_, 'b, Self>) -> QueryResult<()>;
}

impl Lists for Sqlite {
    fn among<'b>(column: &'b Column<'_>, out: &mut AstPass<'_, 'b, Self>) -> QueryResult<()> {
        out.push_sql("IN (");
        separated(out, 0..column.len(), |out| out.push_sql(", "), |out, row| column.push_one(row, out))?;
        out.push_sql(")");
        Ok(())
    }

    fn table<'b>(columns: &'b [Column<'_>], out: &mut AstPass<'_, 'b, Self>) -> QueryResult<()> {
        out.push_sql("VALUES (");
        let rows = columns.first().map_or(0, Column::len);
        separated(
            out,
            0..rows,
            |out| out.push_sql("), ("),
            |out, row| separated(out, columns, |out| out.push_sql(", "), |out, column| column.push_one(row, out)),
        )?;
        out.push_sql(")");
        Ok(())
    }
}

impl Lists for Pg {
    fn among<'b>(column: &'b Column<'_>, out: &mut AstPass<'_, 'b, Self>) -> QueryResult<()> {
        out.push_sql("= ANY (");
        column.push_all(out)?;
        out.push_sql(")");
        Ok(())
    }

    fn table<'b>(columns: &'b [Column<'_>], out: &mut AstPass<'_, 'b, Self>) -> QueryResult<()> {
        out.push_sql("SELECT * FROM unnest(");
        separated(out, columns, |out| out.push_sql(", "), |out, column| column.push_all(out))?;
        out.push_sql(")");
        Ok(())
    }
}

/// `values` lengthened to the next power of two by repeating the last one: for lists in which a repeat changes nothing.
pub fn padded<T: Clone>(values: &[T]) -> Vec<T> {
    let mut padded = values.to_vec();
    if let Some(last) = values.last() {
        padded.resize(values.len().next_power_of_two(), last.clone());
    }
    padded
}

/// Largest multi-row statement: 256 rows of 20 values stay far below both databases' limits on parameters.
pub const MAX_ROWS: usize = 256;

/// Cuts `rows` into runs whose lengths are powers of two, at most [`MAX_ROWS`], longest first.
pub fn chunks<T>(mut rows: &[T]) -> impl Iterator<Item = &[T]> {
    std::iter::from_fn(move || {
        if rows.is_empty() {
            return None;
        }
        let length = if rows.len() >= MAX_ROWS { MAX_ROWS } else { 1 << rows.len().ilog2() };
        let (run, rest) = rows.split_at(length);
        rows = rest;
        Some(run)
    })
}

macro_rules! query_fragment {
    ($backend:ty) => {
        impl<ST> QueryFragment<$backend> for Hot<'_, ST> {
            fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, $backend>) -> QueryResult<()> {
                for token in &self.tokens {
                    match token {
                        Token::Text(text) => out.push_sql(text),
                        Token::Bind(Bind::Id(value)) => out.push_bind_param::<Nullable<Id16>, _>(value)?,
                        Token::Bind(Bind::Bytes(value)) => out.push_bind_param::<Nullable<Binary>, _>(value)?,
                        Token::Bind(Bind::Text(value)) => out.push_bind_param::<Nullable<Text>, _>(value)?,
                        Token::Bind(Bind::Int(value)) => out.push_bind_param::<Nullable<BigInt>, _>(value)?,
                        Token::Bind(Bind::Date(value)) => out.push_bind_param::<Nullable<Date>, _>(value)?,
                        Token::Among(column) => <$backend as Lists>::among(column, &mut out)?,
                        Token::Table(columns) => <$backend as Lists>::table(columns, &mut out)?,
                    }
                }
                Ok(())
            }
        }
    };
}
query_fragment!(Pg);
query_fragment!(Sqlite);

impl<ST> QueryId for Hot<'_, ST> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false; // cached by text
}

impl<ST> Query for Hot<'_, ST> {
    type SqlType = ST;
}

impl<ST, C> RunQueryDsl<C> for Hot<'_, ST> {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_padded_to_powers_of_two() {
        assert_eq!(padded(&[1, 2, 3]), [1, 2, 3, 3]);
        assert_eq!(padded(&[1]), [1]);
        assert!(padded::<i32>(&[]).is_empty());
    }

    #[test]
    fn chunks_cover_every_row_once_in_order() {
        for length in [0, 1, 2, 3, 7, 64, 255, 256, 257, 1000] {
            let rows: Vec<usize> = (0..length).collect();
            let runs: Vec<&[usize]> = chunks(&rows).collect();
            assert!(runs.iter().all(|run| run.len().is_power_of_two() && run.len() <= MAX_ROWS));
            assert_eq!(runs.concat(), rows);
        }
    }
}
