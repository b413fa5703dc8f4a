/** The OpenAPI document of the whole REST interface: complete, consistent with its examples, and source of the typed client. */
import { spawnSync } from 'node:child_process';
import { resolve } from 'node:path';
import { Controller, Get, Module } from '@nestjs/common';
import type { OpenAPIObject } from '@nestjs/swagger';
import { RE2JS } from 're2js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { AppModule } from '../../../src/app.module.js';
import { Answers, Public } from '../../../src/platform/index.js';
import { keywords } from '../../support/rest/document-walk.js';
import { oddRequests } from '../../support/rest/odd-requests.js';
import { problemFault } from '../../support/rest/problems.js';
import { clientTypes } from '../../support/service/client-types.js';
import { databaseKinds, testDatabase } from '../../support/service/databases.js';
import { DescribedAnswers } from '../../support/service/described-answers.js';
import { type RunningService, startService } from '../../support/service/service.js';

const CLIENT_TYPES = resolve(import.meta.dirname, '../../../src/client/rest-types.ts');

interface Content {
  readonly schema?: object;
  readonly example?: unknown;
}
interface Operation {
  readonly responses: Readonly<Record<string, { readonly content?: Record<string, Content> }>>;
}

const KEY = 'k'.repeat(32);
const environment = {
  FLOTILLA_OPERATOR_KEY: KEY,
  FLOTILLA_WORKERS: '1',
  FLOTILLA_REQUESTS_PER_S: '100000',
};

let service: RunningService;
let document: OpenAPIObject;
beforeAll(async () => {
  service = await startService({
    modules: [AppModule],
    environment,
  });
  document = (await service.app.inject('/openapi.json')).json();
}, 60_000);
afterAll(() => service.stop());

function answers() {
  return Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods as Record<string, Operation>).flatMap(([method, { responses }]) =>
      Object.entries(responses).map(([status, { content = {} }]) => ({
        ...{ path, method, status, content },
        name: `${method} ${path} ${status}`,
      })),
    ),
  );
}

describe('the description of the REST interface', () => {
  it('has a schema and an example for every JSON response, and a media type for every other', () => {
    const good = answers().filter(({ status }) => /^2\d\d$/.test(status) && status !== '204');
    expect(good.length).toBeGreaterThan(45);
    const bare = good.filter(({ content }) => {
      const [json, ...others] = Object.entries(content).toSorted(([type]) =>
        type === 'application/json' ? -1 : 1,
      );
      if (json === undefined) return true;
      const [type, { schema, example }] = json;
      const isWhole = Object.keys(schema ?? {}).length > 0 && example !== undefined;
      return type === 'application/json' ? !isWhole || others.length > 0 : false;
    });
    expect(bare.map(({ name }) => name)).toEqual([]);
  });

  it('is OpenAPI 3.1 with JSON Schema', () => {
    expect(document.openapi).toBe('3.1.0');
    expect(JSON.stringify(document)).not.toMatch(/"nullable"|"exclusiveMinimum":true/);
  });

  it('has one problem schema for all routes', () => {
    const faults = answers().filter(({ status }) => status === 'default');
    expect(new Set(faults.map(({ path }) => path)).size).toBe(Object.keys(document.paths).length);
    const schemas = new Set(faults.map(({ content }) => JSON.stringify(content)));
    expect([...schemas].map((text) => JSON.parse(text))).toEqual([
      { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
    ]);
    expect(document.components?.schemas).toHaveProperty('Problem.properties.code.enum');
  });

  it('has examples that fit their schemas', () => {
    const described = new DescribedAnswers(document as never);
    const faults = answers().flatMap(({ path, method, status, content }) =>
      Object.entries(content).flatMap(([type, { example }]) => {
        const place = ['paths', path, method, 'responses', status, 'content', type, 'schema'];
        return example === undefined ? [] : [described.mismatchAt(place, example)];
      }),
    );
    expect(faults.filter((fault) => fault !== undefined)).toEqual([]);
  });

  it('has examples of parameters, bodies and fields that fit their schemas', () => {
    const described = new DescribedAnswers(document as never);
    const examples = [...keywords(document, 'example')];
    expect(examples.length).toBeGreaterThan(100);
    const faults = examples.flatMap(({ place, value }) => {
      const holder = place.slice(0, -1);
      const hasOwnSchema = holder.length > 0 && hasSchema(document, holder);
      return described.mismatchAt(hasOwnSchema ? [...holder, 'schema'] : holder, value) ?? [];
    });
    expect(faults).toEqual([]);
  });

  it('has no pattern that Python or Go does not compile', async () => {
    const patterns = [...keywords(document, 'pattern')].map(({ value }) => String(value));
    expect(patterns.length).toBeGreaterThan(20);
    const faults = [...new Set(patterns)].flatMap((pattern) => {
      try {
        RE2JS.compile(pattern);
        return [];
      } catch (error) {
        return [`${pattern}: ${error}`];
      }
    });
    expect(faults).toEqual([]);
    // What both have, but with another meaning, or only some versions.
    const others = patterns.filter((pattern) => /\\[pPuUbBkAzZ]|\(\?(?!:)/.test(pattern));
    expect(others).toEqual([]);
    expect(pythonFault(patterns)).toBe('');
  });

  it('names its server, and a bearer scheme without a format of its own', () => {
    expect(document.servers).toEqual([{ url: '/', description: expect.any(String) }]);
    expect(document.components?.securitySchemes?.bearer).toEqual({
      ...{ type: 'http', scheme: 'bearer', description: 'An operator key' },
    });
    expect(JSON.stringify(document)).not.toContain('JWT');
  });

  it('matches the types of the client (npm run client writes them)', async () => {
    await expect(await clientTypes(document)).toMatchFileSnapshot(CLIENT_TYPES);
  });
});

function hasSchema(document: unknown, place: readonly string[]): boolean {
  const holder = place.reduce<unknown>((at, key) => Reflect.get(Object(at), key), document);
  return 'schema' in Object(holder);
}

/** What Python says about patterns; nothing where it compiles them all, or where there is no Python. */
function pythonFault(patterns: readonly string[]): string {
  const script = 'import json, re, sys; [re.compile(one) for one in json.load(sys.stdin)]';
  const ran = spawnSync('python3', ['-c', script], { input: JSON.stringify(patterns) });
  return ran.error === undefined ? ran.stderr.toString() : '';
}

/** Routes get some odd requests each; in the long form every one. */
const ALL_ODD = process.env.FLOTILLA_TEST_ODD_REQUESTS === 'all';
const ODD_LIMIT_MS = ALL_ODD ? 600_000 : 60_000;
/** PostgreSQL is the stricter one of text; the long form takes both. */
const ODD_KINDS = databaseKinds.slice(ALL_ODD ? 0 : -1);

describe.each(ODD_KINDS)('odd requests (%s)', (kind) => {
  it(
    'are answered on every route, and never as the fault of the service',
    async () => {
      const database = await testDatabase(kind);
      const own = await startService({
        modules: [AppModule],
        environment: { ...environment, ...database.environment },
      });
      const found: string[] = [];
      const statuses = new Map<number, number>();
      for (const odd of oddRequests(document as never, KEY, ALL_ODD)) {
        const { statusCode: status, headers, body: text } = await own.app.inject(odd);
        statuses.set(status, (statuses.get(status) ?? 0) + 1);
        if (status < 400) continue;
        const mediaType = String(headers['content-type']).split(';')[0] ?? '';
        const fault = problemFault({ status, mediaType, text });
        if (fault !== undefined)
          found.push(`${JSON.stringify(odd).slice(0, 400)} → ${status}, ${fault}`);
      }
      await own.stop();
      await database.remove();
      expect(found.slice(0, 20)).toEqual([]);
      expect(statuses.get(400)).toBeGreaterThan(300);
      expect(statuses.get(404)).toBeGreaterThan(30);
    },
    ODD_LIMIT_MS,
  );
});

const counted = z.object({ count: z.int(), of: z.string().nullable() });

@Controller('counts')
class Counts {
  answer: object = { count: 1, of: null };

  @Public()
  @Get(':name')
  @Answers(counted, { count: 1, of: null })
  get(): z.infer<typeof counted> {
    return this.answer as z.infer<typeof counted>;
  }
}

@Module({ controllers: [Counts] })
class CountsModule {}

describe('a response that differs from its description', () => {
  it.each([
    [{ count: 1.5, of: null }, '/count must be integer'],
    [{ count: 1 }, "must have required property 'of'"],
    [{ count: 1, of: 'all', by: 1 }, '"additionalProperty":"by"'],
  ])('fails the test that receives it: %j', async (answer, because) => {
    const wrong = await startService({ modules: [CountsModule] });
    const get = async () => (await fetch(`${wrong.url}/counts/all?now=1`)).text();
    expect(JSON.parse(await get())).toEqual({ count: 1, of: null });
    wrong.app.get(Counts).answer = answer;
    expect(JSON.parse(await get()).undescribed).toContain(`GET /counts/{name} → 200: `);
    await expect(wrong.stop()).rejects.toThrow(because);
  });
});
