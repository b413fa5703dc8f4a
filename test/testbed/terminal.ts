/** What the testbed prints: steps with their time, tables, colour only where the terminal has it. */
import { stripVTControlCharacters, styleText } from 'node:util';

type Style = Parameters<typeof styleText>[0];

const hasColour = process.stdout.isTTY === true && process.env.NO_COLOR === undefined;
const startMs = performance.now();

export function paint(style: Style, text: string): string {
  return hasColour ? styleText(style, text) : text;
}

/** One line of progress, after the seconds since the start. */
export function say(text: string): void {
  const seconds = ((performance.now() - startMs) / 1000).toFixed(1).padStart(6);
  console.log(`${paint('dim', `${seconds} s`)}  ${text}`);
}

const width = (text: string): number => stripVTControlCharacters(text).length;
const isNumber = (text: string): boolean =>
  /^[\d.,]+( ?(ms|KB|Mbps|%))?$/.test(stripVTControlCharacters(text));

/** A table with a rule under its head; columns of numbers stand right. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const columns = head.map((title, i) => ({
    width: Math.max(width(title), ...rows.map((row) => width(row[i] ?? ''))),
    isRight: rows.every((row) => isNumber(row[i] ?? '') || row[i] === '–'),
  }));
  const line = (cells: readonly string[]): string =>
    columns
      .map((column, i) => {
        const cell = cells[i] ?? '';
        const space = ' '.repeat(column.width - width(cell));
        return column.isRight ? space + cell : cell + space;
      })
      .join('  ')
      .trimEnd();
  const rule = columns.map((column) => '─'.repeat(column.width)).join('──');
  return [paint('bold', line(head)), paint('dim', rule), ...rows.map(line)].join('\n');
}
