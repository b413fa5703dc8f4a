/** Tables as spreadsheets write them (RFC 4180): commas, quotes around what needs them, either end of line; a byte order mark is no letter. */
import { Fault } from '../../wire/index.js';

export interface CsvRow {
  /** Where the row begins, from 1. */
  readonly line: number;
  readonly cells: readonly string[];
}

/** One cell: in quotes, with doubled ones inside, or bare; then what ends it. */
const CELL = /(?:"([^"]*(?:""[^"]*)*)"|([^",\r\n]*))(,|\r?\n|$)/y;

/** The rows that are not empty. Throws REQUEST_INVALID where a quote is out of place. */
export function parseCsv(text: string): CsvRow[] {
  const rows: CsvRow[] = [];
  let line = 1;
  let begin = line;
  let cells: string[] = [];
  CELL.lastIndex = text.startsWith('\uFEFF') ? 1 : 0;
  while (CELL.lastIndex < text.length || cells.length > 0) {
    const cell = CELL.exec(text);
    if (cell === null) throw new Fault('REQUEST_INVALID', `line ${line}: a quote is out of place`);
    const [whole, quoted, bare = '', end] = cell;
    cells.push(quoted === undefined ? bare : quoted.replaceAll('""', '"'));
    line += whole.split('\n').length - 1;
    if (end === ',') continue;
    if (cells.length > 1 || cells[0] !== '') rows.push({ line: begin, cells });
    cells = [];
    begin = line;
  }
  return rows;
}
