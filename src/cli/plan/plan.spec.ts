import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { planCommand } from './plan.js';

const twoPaths = {
  name: 'two-paths',
  layers: [
    { id: 'x', deviceMs: 0, cloudMs: 0, outputBytes: 4000 },
    { id: 'a', deviceMs: 3, cloudMs: 0.5, outputBytes: 900 },
    { id: 'y', deviceMs: 0, cloudMs: 0, outputBytes: 5000 },
    { id: 'b', deviceMs: 6, cloudMs: 0.5, outputBytes: 300 },
    { id: 'join', deviceMs: 40, cloudMs: 2, outputBytes: 10 },
  ],
  edges: [
    ['x', 'a'],
    ['y', 'b'],
    ['a', 'join'],
    ['b', 'join'],
  ],
};

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'flotilla-plan-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function run(
  args: string[],
  stdin = '',
): Promise<{ code: number; out: string; err: string }> {
  const said = { out: '', err: '' };
  const code = await planCommand(args, {
    stdout: { write: (text: string) => (said.out += text) },
    stderr: { write: (text: string) => (said.err += text) },
    stdin: Readable.from([stdin]),
  });
  return { code, ...said };
}

async function file(name: string, text: string): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, text);
  return path;
}

describe('flotilla plan', () => {
  it('prints exactly one document with --json', async () => {
    const path = await file('two-paths.json', JSON.stringify(twoPaths));
    const { code, out, err } = await run([path, '--uplink-mbps', '8', '--json']);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(Object.keys(JSON.parse(out))).toEqual([
      'strategy',
      'objective',
      'optimal',
      'makespanMs',
      'lowerBoundMs',
      'gap',
      'device',
      'uploads',
      'cloud',
      'timeline',
    ]);
    expect(JSON.parse(out)).toMatchObject({
      strategy: 'auto',
      objective: 'frame',
      uploads: expect.arrayContaining(['a']),
      cloud: expect.arrayContaining(['join']),
    });
  });

  it('names the encoding of every upload when the instance names encodings', async () => {
    const [x, ...rest] = twoPaths.layers;
    const encodings = [
      { name: 'f32', bytes: 4000, encodeMs: 0, decodeMs: 0 },
      { name: 'u8', bytes: 100, encodeMs: 0.1, decodeMs: 0.1 },
    ];
    const text = JSON.stringify({ ...twoPaths, layers: [{ ...x, encodings }, ...rest] });
    const { out } = await run(['-', '--uplink-mbps', '8', '--strategy', 'cloud', '--json'], text);
    expect(JSON.parse(out).uploads).toEqual(
      expect.arrayContaining([
        { id: 'x', encoding: 'u8' },
        { id: 'y', encoding: 'plain' },
      ]),
    );
  });

  it('prints a table and a Gantt chart', async () => {
    const { out } = await run(['-', '--uplink-mbps', '8'], JSON.stringify(twoPaths));
    expect(out).toMatch(/^makespan {2}\d/m);
    expect(out).toMatch(/^device {3}│[ █▓]+│$/m);
    expect(out).toMatch(/^uplink {3}│[ █▓]+│$/m);
  });

  it('solves a batch line by line and continues after a bad line', async () => {
    const lines = [
      JSON.stringify({ ...twoPaths, link: { uplinkMbps: 100 }, strategy: 'cloud' }),
      '{"layers":',
      JSON.stringify({ ...twoPaths, link: { uplinkMbps: 0.01 } }),
    ];
    const path = await file('batch.jsonl', `${lines.join('\n')}\n`);
    const { code, out, err } = await run([path]);
    const answers = out
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect({ code, err }).toEqual({ code: 2, err: '' });
    expect(answers).toMatchObject([
      { strategy: 'cloud' },
      { error: { code: 'INSTANCE_INVALID', line: 2 } },
      { strategy: 'auto', cloud: [] },
    ]);
  });

  it('answers every line of a batch next to a chain of thousands of units and one that is too long', async () => {
    const ids = (length: number) => Array.from({ length }, (_, i) => `u${i}`);
    const chain = (length: number) => ({
      layers: ids(length).map((id, i) => ({
        ...{ id, deviceMs: Math.min(i, 2), cloudMs: Math.min(i, 1) },
        outputBytes: 500,
      })),
      edges: ids(length - 1).map((id, i) => [id, `u${i + 1}`]),
    });
    const lines = [twoPaths, chain(3000), chain(20_001), twoPaths].map((one) =>
      JSON.stringify(one),
    );
    const path = await file('long.jsonl', lines.join('\n'));
    const { code, out } = await run([path, '--uplink-mbps', '8']);
    const answers = out
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(code).toBe(2);
    expect(answers).toMatchObject([
      { strategy: 'auto' },
      { strategy: 'auto' },
      { error: { code: 'INSTANCE_INVALID', line: 3, message: expect.stringContaining('20000') } },
      { strategy: 'auto' },
    ]);
  }, 60_000);

  it('prints period and mix of a stream, and the frames of a burst', async () => {
    const text = JSON.stringify(twoPaths);
    const stream = await run(['-', '--uplink-mbps', '8', '--objective', 'stream', '--json'], text);
    const { periodMs, lowerBoundMs, mix, optimal, executed } = JSON.parse(stream.out);
    expect(executed.periodMs).toBeLessThanOrEqual(1.01 * lowerBoundMs);
    expect(executed.cuts[executed.pattern[0]]).toEqual({
      device: expect.any(Array),
      uploads: expect.any(Array),
      cloud: expect.any(Array),
    });
    expect(optimal).toBe(true);
    expect(periodMs).toBeCloseTo(lowerBoundMs, 9);
    expect(mix[0]).toEqual({
      weight: expect.any(Number),
      device: expect.any(Array),
      uploads: expect.any(Array),
      cloud: expect.any(Array),
    });
    const burst = await run(
      ['-', '--uplink-mbps', '8', '--objective', 'burst', '--frames', '3', '--json'],
      text,
    );
    expect(JSON.parse(burst.out).frames).toHaveLength(3);
  });

  it('draws the timeline as SVG', async () => {
    const path = join(folder, 'plan.svg');
    await run(['-', '--uplink-mbps', '8', '--svg', path], JSON.stringify(twoPaths));
    expect(await readFile(path, 'utf8')).toMatch(/^<svg .*<title>b: .*<\/svg>\n$/s);
  });

  it('prints how frames at an interval are served, and what their bytes buy', async () => {
    const text = JSON.stringify({ ...twoPaths, objective: 'paced', bytesPrice: 0.5 });
    const args = ['-', '--uplink-mbps', '8', '--interval-ms', '40'];
    const { out } = await run([...args, '--json'], text);
    expect(JSON.parse(out)).toMatchObject({
      objective: 'paced',
      intervalMs: 40,
      isSustained: true,
      sustainedMs: 40,
      loadsMs: {
        device: expect.any(Number),
        uplink: expect.any(Number),
        cloud: expect.any(Number),
      },
      executed: { meanLatencyMs: expect.any(Number), pattern: [0] },
      bytes: { frameBytes: expect.any(Number), savedMsPerMegabyte: expect.any(Number) },
    });
    const { out: table } = await run(args, text);
    expect(table).toMatch(/^interval {2}40\.00 ms, 25\.00 frames a second$/m);
    expect(table).toMatch(/^load {6}device \d+ %, uplink \d+ %, cloud \d+ %$/m);
    expect(table).toMatch(/^megabyte {2}saves [\d.]+ m?s; a further one would save /m);
  });

  it('takes a slack for each machine', async () => {
    const slack = { device: 0.95, uplink: 0, cloud: 0 };
    const question = { ...twoPaths, objective: 'paced', intervalMs: 40 };
    const answerTo = async (changes: object): Promise<{ loadsMs: { device: number } }> => {
      const text = JSON.stringify({ ...question, ...changes });
      return JSON.parse((await run(['-', '--uplink-mbps', '8', '--json'], text)).out);
    };
    expect((await answerTo({})).loadsMs.device).toBeGreaterThan(2);
    expect((await answerTo({ slack })).loadsMs.device).toBeLessThanOrEqual(2);
  });

  it('says which interval frames can have that come too fast', async () => {
    const text = JSON.stringify({ ...twoPaths, objective: 'paced', intervalMs: 0.5 });
    const { out } = await run(['-', '--uplink-mbps', '8'], text);
    expect(out).toMatch(
      /^interval {2}0\.50 ms cannot be sustained; [\d.]+ ms, [\d.]+ frames a second, can/m,
    );
    const { out: table } = await run(['-', '--uplink-mbps', '8', '--compare'], text);
    expect(table).toMatch(/^local +[\d.]+ ms +[\d.]+ fps/m);
  });

  it('prints the front of rate against latency and draws it', async () => {
    const path = join(folder, 'front.svg');
    const args = ['-', '--uplink-mbps', '8', '--front', '--svg', path];
    const { out } = await run(args, JSON.stringify(twoPaths));
    const rates = out
      .trimEnd()
      .split('\n')
      .slice(1)
      .map((row) => Number.parseFloat(row));
    expect(rates.length).toBeGreaterThan(1);
    expect(rates).toEqual(rates.toSorted((a, b) => a - b));
    const picture = await readFile(path, 'utf8');
    expect(picture.match(/<circle /g)).toHaveLength(rates.length);
    const { out: json } = await run([...args, '--json'], JSON.stringify(twoPaths));
    expect(JSON.parse(json).points).toHaveLength(rates.length);
  });

  it('compares all strategies', async () => {
    const { out } = await run(['-', '--uplink-mbps', '8', '--compare'], JSON.stringify(twoPaths));
    expect(out).toMatch(/^auto +[\d.]+ ms +optimal/m);
    expect(out).toMatch(/^local +[\d.]+ ms +[\d.]+ %/m);
    expect(out.trimEnd().split('\n')).toHaveLength(9);
  });

  it('needs an operator key and a service for --from-device', async () => {
    vi.stubEnv('FLOTILLA_OPERATOR_KEY', '');
    const args = ['--from-device', 'pi', '--url', 'http://127.0.0.1:1'];
    const withoutKey = await run(args);
    vi.stubEnv('FLOTILLA_OPERATOR_KEY', 'a key');
    const withoutService = await run(args);
    vi.unstubAllEnvs();
    expect(withoutKey).toMatchObject({ code: 2, out: '' });
    expect(withoutKey.err).toMatch(/--from-device: set FLOTILLA_OPERATOR_KEY/);
    expect(withoutService).toMatchObject({ code: 2, out: '' });
    expect(withoutService.err).toMatch(/--from-device: cannot reach http:\/\/127\.0\.0\.1:1/);
  });

  it('reports an answer that ends before its length for --from-device', async () => {
    const service = createServer((_, answer) => {
      answer.writeHead(200, { 'content-length': '100' });
      answer.write('{', () => answer.destroy());
    });
    await once(service.listen(0, '127.0.0.1'), 'listening');
    const { port } = service.address() as AddressInfo;
    vi.stubEnv('FLOTILLA_OPERATOR_KEY', 'a key');
    const broken = await run(['--from-device', 'pi', '--url', `http://127.0.0.1:${port}`]);
    vi.unstubAllEnvs();
    service.close();
    expect(broken).toMatchObject({ code: 2, out: '' });
    expect(broken.err).toMatch(/--from-device: the answer of http:\/\/127\.0\.0\.1:\d+ broke off/);
  });

  const { layers, edges } = twoPaths;
  const camera = {
    network: 'cam',
    intervalMs: 4,
    uplink: 'site',
    link: { uplinkMbps: 20 },
  };
  const site = {
    networks: { cam: { layers, edges } },
    uplinks: [{ name: 'site', mbps: 8 }],
    devices: [
      { name: 'one', ...camera },
      { name: 'two', ...camera },
    ],
  };

  it('plans devices together that share an uplink and the cloud', async () => {
    const text = JSON.stringify(site);
    const { code, out, err } = await run(['-', '--shared', '--workers', '2', '--json'], text);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    const answer = JSON.parse(out);
    expect(answer).toMatchObject({
      fits: false,
      devices: [{ name: 'one', intervalMs: 4 }, { name: 'two' }],
      uplinks: [{ name: 'site', load: expect.closeTo(1, 6), price: expect.any(Number) }],
      cloud: { price: 0 },
    });
    expect(answer.slowdown).toBeCloseTo(answer.slowdownBound, 6);
    const { out: table } = await run(['-', '--shared', '--workers', '2'], text);
    expect(table).toMatch(/^slowdown {2}[\d.]+ times at most, 0\.0000 % above what is proven$/m);
    expect(table).toMatch(/^site +100\.0 % +[\d.]+ +[\d.]+$/m);
    expect(table).toMatch(/^two +4\.00 ms +[\d.]+ ms +[\d.]+ ms +[\d.]+ +[\d.]+ ms {2}\d/m);
  });

  it.each([
    [
      'an unknown network',
      { devices: [{ ...camera, name: 'a', network: 'x' }] },
      /devices\[0\]\.network: unknown network "x"/,
    ],
    [
      'two networks',
      { devices: [{ ...camera, name: 'a', layers, edges }] },
      /devices\[0\]\.network: not together with layers/,
    ],
    [
      'no network',
      { devices: [{ name: 'a', intervalMs: 4, link: { uplinkMbps: 8 } }] },
      /devices\[0\]: needs layers and edges/,
    ],
    [
      'a device without interval',
      { devices: [{ ...camera, name: 'a', intervalMs: undefined }] },
      /devices\[0\]\.intervalMs: is missing/,
    ],
    [
      'a device without rate',
      { devices: [{ ...camera, name: 'a', link: {} }] },
      /devices\[0\]\.link\.uplinkMbps: is missing/,
    ],
    [
      'a rate that is no number',
      { uplinks: [{ name: 'site', mbps: 'fast' }] },
      /uplinks\[0\]\.mbps: must be a number, is "fast"/,
    ],
    [
      'a layer without size',
      { networks: { cam: { layers: [{ id: 'x', deviceMs: 0, cloudMs: 0 }], edges: [] } } },
      /networks\.cam\.layers\[0\]\.outputBytes: is missing/,
    ],
    [
      'layers without input',
      { networks: { cam: { layers: [layers[1]], edges: [] } } },
      /devices\[0\]\.layers: no input/,
    ],
  ])('rejects %s with one line on stderr and exit code 2', async (_, wrong, message) => {
    const { code, out, err } = await run(['-', '--shared'], JSON.stringify({ ...site, ...wrong }));
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toMatch(message);
    expect(err).toMatch(/^[^\n]+\n$/);
  });

  const [x, a, ...others] = twoPaths.layers;
  it.each([
    ['bad JSON', '{"layers":', /bad JSON/],
    [
      'a missing field',
      { ...twoPaths, layers: [{ id: 'x' }] },
      /layers\[0\]\.deviceMs: is missing/,
    ],
    ['a wrong type', { ...twoPaths, edges: [['x', 3]] }, /edges\[0\]\[1\]: /],
    ['an unknown id', { ...twoPaths, edges: [['x', 'q']] }, /edges\[0\]\[1\]: unknown id "q"/],
    ['a duplicate id', { ...twoPaths, layers: [x, x] }, /layers\[1\]\.id: duplicate/],
    [
      'a cycle',
      { ...twoPaths, edges: [...twoPaths.edges, ['join', 'a']] },
      /edges: cycle .*a.*join/,
    ],
    [
      'a negative number',
      { ...twoPaths, layers: [x, { ...a, cloudMs: -1 }, ...others] },
      /layers\[1\]\.cloudMs: must not be negative, is -1/,
    ],
    [
      'a non-finite number',
      JSON.stringify(twoPaths).replace('"deviceMs":40', '"deviceMs":1e999'),
      /layers\[4\]\.deviceMs: must be a finite number, is Infinity/,
    ],
    ['no input', { layers: [a], edges: [] }, /layers: no input/],
    ['no layers', { layers: [], edges: [] }, /layers: no input/],
    ['an array', [], /the instance: /],
  ])('rejects %s with one line on stderr and exit code 2', async (_, instance, message) => {
    const text = typeof instance === 'string' ? instance : JSON.stringify(instance);
    const { code, out, err } = await run(['-', '--uplink-mbps', '8', '--json'], text);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toMatch(message);
    expect(err).toMatch(/^[^\n]+\n$/);
  });

  it.each([
    [['nowhere.json', '--uplink-mbps', '8'], /cannot read nowhere\.json/],
    [['-'], /link\.uplinkMbps: is missing/],
    [['-', '--uplink-mbps', '0'], /--uplink-mbps: must be above 0/],
    [['-', '--uplink-mbps', 'fast'], /--uplink-mbps: must be a finite number, is fast/],
    [['-', '--uplink-mbps', '8', '--strategy', 'magic'], /--strategy: unknown strategy magic/],
    [['-', '--uplink', '8'], /Unknown option '--uplink'/],
    [
      ['many.jsonl', '--uplink-mbps', '8', '--compare'],
      /--svg, --front, --compare: for one instance/,
    ],
    [['-', '--uplink-mbps', '8', '--objective', 'paced'], /intervalMs: is missing/],
    [['-', '--uplink-mbps', '8', '--slack', '1'], /slack: must be below 1, is 1/],
    [['-', '--front', '--compare'], /--front, --compare: only one is allowed/],
    [['-', '--shared', '--front'], /--shared: for one file/],
    [['many.jsonl', '--shared'], /--shared: for one file/],
    [['--from-device', 'pi', '--shared'], /--shared: for one file/],
    [['-', '--from-device', 'pi'], /FILE: not together with --from-device, is -/],
    [[], /FILE: is missing/],
  ])('rejects the arguments %j', async (args, message) => {
    const { code, out, err } = await run(args, JSON.stringify(twoPaths));
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toMatch(message);
    expect(err).toMatch(/^[^\n]+\n$/);
  });
});
