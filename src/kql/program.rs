//! A query that is ready to run.
//!
//! In: a syntax tree and schemas, then tables and a context. Out: a table. Must not know how either is done.

use super::ast::Query;
use super::bind;
use super::plan::Plan;
use super::problem::{Problem, Stop};
use super::run::{self, Order};
use super::table::{Column, Context, Schemas, Table, Tables};
use super::value::Value;

/// A query whose names are bound and whose types are checked. Can be run any number of times.
#[derive(Debug)]
pub struct Program {
    plan: Plan,
    shared: Vec<Plan>,
}

impl Program {
    /// Binds a query to the schemas.
    ///
    /// # Errors
    /// All that is wrong with the names and types of the query, and all that lies outside of the subset.
    pub fn compile(query: &Query, schemas: &Schemas) -> Result<Self, Vec<Problem>> {
        let output = bind::bind(query, schemas)?;
        Ok(Self { plan: output.plan, shared: output.shared })
    }

    /// The columns of the result.
    pub fn columns(&self) -> &[Column] {
        &self.plan.columns
    }

    /// Runs the query.
    ///
    /// Where Kusto chooses freely, such as among equal rows, the query is run with its rows, sets and bags in
    /// other orders, and must answer the same each time. That cannot show every dependency on such a choice.
    ///
    /// # Errors
    /// An answer that is not known, something outside of the subset that only the rows lead to, or a limit.
    pub fn run(&self, tables: &Tables, context: &Context) -> Result<Table, Stop> {
        let (table, choice) = run::run(&self.plan, &self.shared, tables, context, (Order::Given, false))?;
        let Some(choice) = choice else { return Ok(table) };
        // Rows and sets apart: a set that is gathered from reversed rows and read from its end would be as before.
        for order in [(Order::Reversed, false), (Order::Given, true), (Order::Mixed, true)] {
            let (other, _) = run::run(&self.plan, &self.shared, tables, context, order)?;
            if !same(&table, &other) {
                return Err(Stop::undetermined(choice));
            }
        }
        Ok(table)
    }
}

/// Whether two results are the same: in their order, where that means something.
fn same(first: &Table, second: &Table) -> bool {
    let keys = |table: &Table| {
        let mut keys: Vec<String> = table.rows.iter().map(|row| row.iter().map(rounded).collect()).collect();
        if !table.ordered {
            keys.sort();
        }
        keys
    };
    keys(first) == keys(second)
}

/// A key of a value under which sums of reals in another order are the same.
fn rounded(value: &Value) -> String {
    match value {
        Value::Real(number) if number.is_finite() => format!("r{number:.9e};"),
        other => other.to_key(),
    }
}
