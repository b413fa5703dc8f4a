/** A file of devices, CSV or NDJSON, as requests for one each; a problem of a row names its line. */
import { Fault, issueText } from '../../wire/index.js';
import { type NewDeviceRequest, newDevice } from '../devices/device-requests.js';
import { parseCsv } from './csv.js';

export const LIST_TYPES = ['text/csv', 'application/x-ndjson'] as const;
export type ListType = (typeof LIST_TYPES)[number];

/** Rows of a file at most. */
export const MAX_ROWS = 10_000;

export type ListedDevice =
  | { readonly line: number; readonly request: NewDeviceRequest }
  | { readonly line: number; readonly problem: Fault };

interface RawRow {
  readonly line: number;
  readonly value: unknown;
}

const COLUMNS = ['id', 'name', 'group', 'tags', 'model', 'deadlineMs'] as const;

/** The rows of a file. Throws REQUEST_INVALID for what is no such file at all. */
export function readList(type: ListType, text: string): ListedDevice[] {
  const rows = type === 'text/csv' ? csvRows(text) : ndjsonRows(text);
  if (rows.length === 0) throw new Fault('REQUEST_INVALID', 'the file holds no device');
  if (rows.length > MAX_ROWS) {
    const many = `the file holds ${rows.length} devices, more than ${MAX_ROWS}; divide it`;
    throw new Fault('REQUEST_INVALID', many);
  }
  return withoutDoubles(rows.map(checked));
}

function checked({ line, value }: RawRow): ListedDevice {
  if (value instanceof Fault) return { line, problem: value };
  const parsed = newDevice.safeParse(value ?? null);
  if (parsed.success) return { line, request: parsed.data };
  return { line, problem: new Fault('REQUEST_INVALID', issueText(parsed.error)) };
}

/** A device that is in the file twice is wrong the second time. */
function withoutDoubles(listed: readonly ListedDevice[]): ListedDevice[] {
  const lines = new Map<string, number>();
  return listed.map((row) => {
    const id = 'request' in row ? row.request.id : undefined;
    if (id === undefined) return row;
    const first = lines.get(id);
    if (first === undefined) {
      lines.set(id, row.line);
      return row;
    }
    const problem = new Fault('DEVICE_EXISTS', `id: '${id}' is in line ${first} already`);
    return { line: row.line, problem };
  });
}

function ndjsonRows(text: string): RawRow[] {
  return text.split('\n').flatMap((json, index) => {
    if (json.trim() === '') return [];
    return [{ line: index + 1, value: parsedJson(json) }];
  });
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return new Fault('REQUEST_INVALID', 'is no JSON');
  }
}

function csvRows(text: string): RawRow[] {
  const [head, ...rows] = parseCsv(text);
  const columns = (head?.cells ?? []).map((name) => name.trim());
  const unknown = columns.find((name) => !COLUMNS.some((known) => known === name));
  if (unknown !== undefined || new Set(columns).size < columns.length) {
    const wrong = unknown === undefined ? 'a column is there twice' : `'${unknown}' is no column`;
    throw new Fault('REQUEST_INVALID', `line 1: ${wrong}; columns are ${COLUMNS.join(', ')}`);
  }
  return rows.map(({ line, cells }) => ({ line, value: deviceOf(columns, cells) }));
}

/** An empty cell is nothing said; tags have spaces or semicolons between them. */
function deviceOf(columns: readonly string[], cells: readonly string[]): unknown {
  if (cells.length !== columns.length) {
    const text = `has ${cells.length} cells, and there are ${columns.length} columns`;
    return new Fault('REQUEST_INVALID', text);
  }
  const given = columns.flatMap((name, index) => {
    const cell = (cells[index] ?? '').trim();
    return cell === '' ? [] : [[name, cellValue(name, cell)] as const];
  });
  return Object.fromEntries(given);
}

function cellValue(column: string, cell: string): unknown {
  if (column === 'tags') return cell.split(/[ ;]+/).filter((tag) => tag !== '');
  return column === 'deadlineMs' && /^\d+$/.test(cell) ? Number(cell) : cell;
}
