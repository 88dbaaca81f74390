#!/usr/bin/env node
// Static checks of KQL with Microsoft's own parser and binder (npm @kusto/language-service-next).
//
//   node kqlcheck.mjs --env sentinel|xdr [--strict] < queries.ndjson
//
// In:  one JSON object a line, {"id", "query"}.
// Out: one JSON object a line, {"id", "ok", "columns": {name: type} | null, "diagnostics": [{code, severity, message, line, column, text}]}.
// Exit: 0 no error in any query, 1 some, 2 could not run.
//
// `columns` is the schema of the result as the binder infers it. Findings X… are this file's own: the binder says
// nothing about `int == 'text'`, which the engine refuses for two columns (SEM0064). They are warnings, errors with --strict.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const here = dirname(fileURLToPath(import.meta.url));
const require = createRequire(import.meta.url);

function usage(message) {
  console.error(`kqlcheck: ${message}\nusage: kqlcheck.mjs --env sentinel|xdr [--strict] < queries.ndjson`);
  process.exit(2);
}

let options;
try {
  options = parseArgs({ options: { env: { type: 'string' }, strict: { type: 'boolean', default: false } } }).values;
} catch (failure) {
  usage(failure.message);
}

// Only these two files of the package are needed. They define the globals Bridge, System and Kusto, in this order.
const library = dirname(require.resolve('@kusto/language-service-next/package.json'));
require(join(library, 'bridge.min.js'));
require(join(library, 'Kusto.Language.Bridge.min.js'));
const { Kusto, System } = globalThis;
const { KustoCode, GlobalState, Symbols, Syntax } = Kusto.Language;

const readJson = (name) => JSON.parse(readFileSync(join(here, 'schemas', name), 'utf8'));
const schemas = readJson('kql-schemas.json');
const functions = readJson('kql-functions.json');
if (!['sentinel', 'xdr'].includes(options.env)) usage(`no environment ${options.env}`);

const SCALAR_TYPES = new Set([
  'string', 'long', 'int', 'real', 'decimal', 'bool', 'datetime', 'timespan', 'guid', 'dynamic',
]);
const NUMERIC_TYPES = new Set(['int', 'long', 'real', 'decimal']);

function tableSymbol(name, columns) {
  const symbols = Object.entries(columns).map(([column, type]) => {
    if (!SCALAR_TYPES.has(type)) throw new Error(`table ${name}, column ${column}: unknown type ${type}`);
    return new Symbols.ColumnSymbol(column, Symbols.ScalarTypes.GetSymbol(type), null, null, null, null);
  });
  return new Symbols.TableSymbol.$ctor4(name, symbols);
}

// A function whose body is not known gets an empty table of its columns as the body.
function functionSymbol(name, { params, body, columns, asim }) {
  const known = asim ? schemas.asim[asim] : columns;
  const list = (all) => Object.entries(all).map(([column, type]) => `['${column}']:${type}`).join(', ');
  return new Symbols.FunctionSymbol.$ctor16(name, params ?? '()', body ?? `{ datatable(${list(known)})[] }`, null);
}

const members = [
  ...Object.entries(schemas[options.env]).map(([name, columns]) => tableSymbol(name, columns)),
  ...Object.entries(functions)
    .filter(([, declared]) => declared.environments.includes(options.env))
    .map(([name, declared]) => functionSymbol(name, declared)),
];
const globals = GlobalState.Default.WithDatabase(new Symbols.DatabaseSymbol.ctor('database', members)).WithCache();

// The library is compiled from C#: its lists are walked through System.Array.
function* items(list) {
  const count = list ? System.Array.getCount(list) : 0;
  for (let i = 0; i < count; i++) yield System.Array.getItem(list, i);
}

function visit(node, action) {
  if (!node) return;
  action(node);
  for (let i = 0; i < (node.ChildCount | 0); i++) visit(node.GetChild(i), action);
}

const COMPARISONS = new Set([
  'EqualExpression', 'NotEqualExpression', 'LessThanExpression', 'LessThanOrEqualExpression', 'GreaterThanExpression',
  'GreaterThanOrEqualExpression',
]);
const MEMBERSHIPS = new Set(['InExpression', 'NotInExpression', 'InCsExpression', 'NotInCsExpression']);

const scalarType = (node) => (node?.ResultType && node.ResultType.IsScalar !== false ? String(node.ResultType.Name ?? '') : '');

function comparable(a, b) {
  const open = (type) => !SCALAR_TYPES.has(type) || type === 'dynamic';
  const number = (type) => NUMERIC_TYPES.has(type) || type === 'bool';
  return a === b || open(a) || open(b) || (number(a) && number(b));
}

function typeFindings(code, query) {
  const findings = [];
  const compare = (node, left, right) => {
    const [a, b] = [scalarType(left), scalarType(right)];
    if (!comparable(a, b)) {
      findings.push(finding(query, {
        code: 'X001', severity: options.strict ? 'Error' : 'Warning', start: node.TextStart, length: node.Width,
        message: `compares ${a} with ${b}, which only works as far as the engine converts the literal`,
      }));
    }
  };
  visit(code.Syntax, (node) => {
    const kind = System.Enum.toString(Syntax.SyntaxKind, node.Kind);
    if (COMPARISONS.has(kind)) compare(node, node.Left, node.Right);
    if (MEMBERSHIPS.has(kind) && node.Right?.Expressions) {
      for (let i = 0; i < node.Right.Expressions.Count; i++) {
        const element = node.Right.Expressions.getItem(i);
        compare(node, node.Left, element.Element ?? element.Element$1 ?? element);
      }
    }
  });
  return findings;
}

function finding(query, { code, severity, message, start, length }) {
  const before = query.slice(0, start).split('\n');
  return { code, severity, message, line: before.length, column: before.at(-1).length + 1, text: query.substr(start, length) };
}

function check(query) {
  const code = KustoCode.ParseAndAnalyze(query, globals);
  const diagnostics = [...items(code.GetDiagnostics())].map((d) =>
    finding(query, { code: d.Code, severity: d.Severity, message: d.Message, start: d.Start, length: d.Length }));
  diagnostics.push(...typeFindings(code, query));
  const result = code.ResultType?.Columns;
  const columns = result ? Object.fromEntries([...items(result)].map((column) => [column.Name, column.Type.Name])) : null;
  return { ok: !diagnostics.some((d) => d.severity === 'Error'), columns, diagnostics };
}

let failed = false;
for await (const line of createInterface({ input: process.stdin, crlfDelay: Infinity })) {
  if (!line.trim()) continue;
  const { id, query } = JSON.parse(line);
  let answer;
  try {
    answer = check(query);
  } catch (failure) {
    answer = { ok: false, columns: null, diagnostics: [finding(query, { code: 'INTERNAL', severity: 'Error', message: String(failure), start: 0, length: 0 })] };
  }
  failed ||= !answer.ok;
  process.stdout.write(`${JSON.stringify({ id, ...answer })}\n`);
}
process.exitCode = failed ? 1 : 0;
