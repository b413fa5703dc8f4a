/** Holds what a service answers to its own OpenAPI document, so that every test that asks it anything proves the document true. */
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';

interface Described {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
}

interface Operation {
  readonly responses: Readonly<
    Record<string, { readonly content?: Readonly<Record<string, object>> }>
  >;
}

export interface Answered {
  readonly method: string;
  /** With or without a query. */
  readonly url: string;
  readonly status: number;
  readonly mediaType: string;
  readonly text: string;
}

const DOCUMENT = 'openapi';
const PROBLEM = 'application/problem+json';
const SHOWN = 5;

export class DescribedAnswers {
  private readonly ajv = new Ajv2020({ strict: false, validateFormats: false, allErrors: true });
  private readonly routes: readonly { readonly path: string; readonly pattern: RegExp }[];
  private readonly checks = new Map<string, ValidateFunction>();

  /** Of a document in the form of OpenAPI 3.1, whose schemas are JSON Schema. */
  constructor(private readonly document: Described) {
    this.ajv.addSchema(document, DOCUMENT, false, false);
    // What is named in full goes before what a parameter stands for.
    this.routes = Object.keys(document.paths)
      .sort((a, b) => a.split('{').length - b.split('{').length)
      .map((path) => ({ path, pattern: new RegExp(`^${path.replace(/\{\w+\}/g, '[^/]+')}$`) }));
  }

  /** What of an answer is not as it is described; undefined when all is. Routes that are not described may answer anything. */
  faultOf({ method, url, status, mediaType, text }: Answered): string | undefined {
    const [asked = ''] = url.split('?');
    const path = this.routes.find(({ pattern }) => pattern.test(asked))?.path;
    const verb = method.toLowerCase();
    const operation = path === undefined ? undefined : this.document.paths[path]?.[verb];
    if (path === undefined || operation === undefined || !/\bjson$/.test(mediaType))
      return undefined;
    const key = String(status) in operation.responses ? String(status) : 'default';
    const isDescribed = key !== 'default' || mediaType === PROBLEM;
    const described = operation.responses[key]?.content?.[mediaType];
    const name = `${method} ${path} → ${status}`;
    if (!isDescribed || described === undefined || !('schema' in described)) {
      return `${name}: ${mediaType} is not described`;
    }
    const place = ['paths', path, verb, 'responses', key, 'content', mediaType, 'schema'];
    return this.mismatch(name, this.checkAt(place), JSON.parse(text));
  }

  /** What of a value is not as a schema of the document says, by the schema's place in it. */
  mismatchAt(place: readonly string[], value: unknown): string | undefined {
    return this.mismatch(place.join(' '), this.checkAt(place), value);
  }

  private mismatch(name: string, check: ValidateFunction, value: unknown): string | undefined {
    if (check(value)) return undefined;
    const shown = (check.errors ?? []).slice(0, SHOWN).map(({ instancePath, message, params }) => {
      return `${instancePath || 'the whole'} ${message} ${JSON.stringify(params)}`;
    });
    return `${name}: ${shown.join('; ')}`;
  }

  private checkAt(place: readonly string[]): ValidateFunction {
    const pointer = place
      .map((part) => encodeURIComponent(part.replaceAll('~', '~0').replaceAll('/', '~1')))
      .join('/');
    const known = this.checks.get(pointer);
    if (known !== undefined) return known;
    const made = this.ajv.compile({ $ref: `${DOCUMENT}#/${pointer}` });
    this.checks.set(pointer, made);
    return made;
  }
}
