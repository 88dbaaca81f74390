#!/usr/bin/env python3
"""Run KQL over small tables with duckdb-kql, an engine that this project did not write.

In, one JSON object a line:
  {"id": ..., "query": "...", "now": "2026-03-10T12:00:00Z",
   "tables": {"AuditLogs": {"columns": {"TimeGenerated": "datetime", "OperationName": "string"},
                            "rows": [{"TimeGenerated": "2026-03-10T11:00:00Z", "OperationName": "x"}]}},
   "functions": ["function _GetWatchlist(alias:string) { Watchlist | where Alias == alias }"]}
Out, one JSON object a line:
  {"id": ..., "columns": [...], "rows": [[...]]}   the result
  {"id": ..., "unsupported": "..."}                the engine does not do this construct: no verdict
  {"id": ..., "error": "..."}                      the query failed

Exit: 0 every query ran, 1 some failed. Unsupported ones do not fail; who calls counts them.
"""

import json
import sys

import duckdb_kql

# Kusto's scalar types and where duckdb keeps them.
STORAGE = {
    "string": "varchar",
    "guid": "varchar",
    "long": "bigint",
    "int": "integer",
    "real": "double",
    "decimal": "double",
    "bool": "boolean",
    "datetime": "timestamp",
    "timespan": "interval",
    "dynamic": "json",
}


def quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def stored(value, kind: str):
    """A cell as duckdb keeps it. Strings of Kusto are never null: a missing one is ''."""
    if kind in ("string", "guid"):
        if value is None:
            return ""
        return value if isinstance(value, str) else json.dumps(value)
    if kind == "dynamic" and value is not None:
        return json.dumps(value)
    return value


def create(connection, name: str, table: dict) -> None:
    columns = table["columns"]
    declared = ", ".join(f"{quoted(column)} {STORAGE[kind]}" for column, kind in columns.items())
    connection.sql(f"create table {quoted(name)} ({declared})")
    places = ", ".join("?" * len(columns))
    for row in table["rows"]:
        unknown = row.keys() - columns.keys()
        if unknown:
            raise KeyError(f"{name}: rows have columns that are not declared: {sorted(unknown)}")
        cells = [stored(row.get(column), kind) for column, kind in columns.items()]
        connection.execute(f"insert into {quoted(name)} values ({places})", cells)


def run(case: dict) -> dict:
    connection = duckdb_kql.connect()
    for name, table in case.get("tables", {}).items():
        create(connection, name, table)
    options = {}
    if "now" in case:
        options["query_now"] = case["now"]
    if case.get("functions"):
        options["functions"] = case["functions"]
    result = duckdb_kql.query(connection, case["query"], **options)
    return {"columns": list(result.columns), "rows": [list(row) for row in result.fetchall()]}


def answer(case: dict) -> dict:
    try:
        return run(case)
    except Exception as failure:  # the exception types of the engine are not public API
        kind = "unsupported" if "unsupported" in type(failure).__name__.lower() else "error"
        return {kind: f"{type(failure).__name__}: {failure}"}


def main() -> int:
    failed = False
    for line in sys.stdin:
        if line.strip():
            case = json.loads(line)
            result = answer(case)
            failed |= "error" in result
            print(json.dumps({"id": case.get("id"), **result}, default=str), flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
