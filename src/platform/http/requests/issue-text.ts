/** What is wrong with a request, in words: the field, what was given, and what is allowed. */
import { z } from 'zod';
import { nearest } from '../../config/nearest.js';

type Issue = z.core.$ZodIssue;
type Path = readonly PropertyKey[];

const MAX_GIVEN = 60;
const MAX_NAMES = 40;
const SECRET = /secret|token|key|password|authorization/i;
/** What zod says where a schema has no text of its own. */
const NO_TEXT = /^(Invalid|Too (small|big)|Unrecognized)\b/;

const TYPES: Readonly<Record<string, string>> = {
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  tuple: 'a list',
  object: 'an object',
  record: 'an object',
  null: 'null',
};
const FORMATS: Readonly<Record<string, string>> = {
  date: 'a date such as 2026-01-31',
  datetime: 'a time with zone such as 2026-01-31T12:00:00Z',
  url: 'a URL',
};
/** What the sizes of values count. */
const COUNTED: Readonly<Record<string, string>> = { string: 'characters', array: 'entries' };

/** A problem in one line: `limit: 0 is below 1`. `schema` names the fields that there are. */
export function issueText(issue: Issue, input: unknown, schema: z.ZodType): string {
  if (issue.code === 'unrecognized_keys') return unknownFields(issue, schema);
  const text = problemOf(issue, valueAt(input, issue.path));
  return issue.path.length === 0 ? text : `${nameOf(issue.path)}: ${text}`;
}

const nameOf = (path: Path) => path.map(String).join('.');

function problemOf(issue: Issue, value: unknown): string {
  // The body as a whole.
  const isWhole = issue.path.length === 0;
  if (value === undefined && issue.code !== 'custom') {
    const needed = neededBy(issue);
    return `${isWhole ? 'the body ' : ''}is missing${needed === undefined ? '' : `; it must be ${needed}`}`;
  }
  const given = SECRET.test(String(issue.path.at(-1) ?? '')) ? undefined : givenText(value);
  const known = NO_TEXT.test(issue.message) ? knownProblem(issue, value) : undefined;
  if (known === undefined && isWhole) return issue.message;
  return [given, known ?? issue.message].filter((part) => part !== undefined).join(' ');
}

/** What stands behind the value that was given; undefined where the text of the issue has to do. */
function knownProblem(issue: Issue, value: unknown): string | undefined {
  if (issue.code === 'too_small' || issue.code === 'too_big') return sizeProblem(issue, value);
  const needed = neededBy(issue);
  if (needed === undefined) return undefined;
  return issue.code === 'invalid_value' && issue.values.length > 1
    ? `is none of ${needed.replace(/^one of /, '')}`
    : `is not ${needed}`;
}

/** What a value must be: `one of "online", "offline"`, `a whole number`. */
function neededBy(issue: Issue): string | undefined {
  switch (issue.code) {
    case 'invalid_value': {
      const values = issue.values.map((one) => JSON.stringify(one));
      return values.length === 1 ? values[0] : `one of ${values.join(', ')}`;
    }
    case 'invalid_type':
      return TYPES[issue.expected] ?? issue.expected;
    case 'invalid_format':
      return FORMATS[issue.format] ?? (issue.pattern && `of the form ${issue.pattern}`);
    case 'not_multiple_of':
      return `a multiple of ${issue.divisor}`;
    case 'invalid_union':
      return alternatives(issue);
    default:
      return undefined;
  }
}

/** Of a union: what each part needs, where that is known of the value itself. */
function alternatives({ errors }: z.core.$ZodIssueInvalidUnion): string | undefined {
  const needs = errors.flatMap((issues) => {
    const [first] = issues;
    if (first === undefined) return [];
    if (first.path.length === 0) return neededBy(first) ?? [];
    return `an object whose ${nameOf(first.path)} is ${neededBy(first) ?? 'valid'}`;
  });
  return needs.length === 0 ? undefined : [...new Set(needs)].join(', or ');
}

function sizeProblem(
  issue: z.core.$ZodIssueTooSmall | z.core.$ZodIssueTooBig,
  value: unknown,
): string {
  const isSmall = issue.code === 'too_small';
  const limit = isSmall ? issue.minimum : issue.maximum;
  const counted = COUNTED[issue.origin];
  if (counted !== undefined && (typeof value === 'string' || Array.isArray(value))) {
    return `has ${value.length} ${counted}; ${isSmall ? 'at least' : 'at most'} ${limit} are allowed`;
  }
  if (issue.inclusive !== false) return `is ${isSmall ? 'below' : 'above'} ${limit}`;
  return `must be ${isSmall ? 'above' : 'below'} ${limit}`;
}

function unknownFields(issue: z.core.$ZodIssueUnrecognizedKeys, schema: z.ZodType): string {
  const there = fieldsAt(schema, issue.path);
  return issue.keys
    .slice(0, MAX_NAMES)
    .map((name) => {
      const meant = nearest(name, there);
      const hint = meant === undefined ? listed(there) : `; did you mean ${meant}?`;
      return `${nameOf([...issue.path, shortened(name)])}: unknown field${hint}`;
    })
    .join('; ');
}

function listed(names: readonly string[]): string {
  if (names.length === 0) return '';
  return `; there are ${names.slice(0, MAX_NAMES).join(', ')}`;
}

/** The fields of an object of a schema; none where it has several forms. */
function fieldsAt(schema: z.core.$ZodType | undefined, path: Path): string[] {
  const bare = unwrapped(schema);
  const [step, ...rest] = path;
  if (bare instanceof z.ZodArray) return fieldsAt(bare.element, rest);
  if (!(bare instanceof z.ZodObject)) return [];
  if (step === undefined) return Object.keys(bare.shape);
  return fieldsAt(bare.shape[String(step)], rest);
}

/** Without defaults, transformations and the like. */
function unwrapped(schema: z.core.$ZodType | undefined): z.core.$ZodType | undefined {
  const def = schema?._zod.def as
    | { readonly innerType?: z.core.$ZodType; readonly in?: z.core.$ZodType }
    | undefined;
  const inner = def?.innerType ?? def?.in;
  return inner === undefined ? schema : unwrapped(inner);
}

function valueAt(input: unknown, path: Path): unknown {
  let value = input;
  for (const step of path) {
    if (typeof value !== 'object' || value === null) return undefined;
    value = Object.hasOwn(value, step) ? Reflect.get(value, step) : undefined;
  }
  return value;
}

function givenText(value: unknown): string {
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object' && value !== null) return 'an object';
  return shortened(JSON.stringify(value) ?? String(value));
}

function shortened(text: string): string {
  return text.length <= MAX_GIVEN ? text : `${text.slice(0, MAX_GIVEN)}…`;
}
