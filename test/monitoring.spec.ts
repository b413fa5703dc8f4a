/** The dashboard, the alerts and the page about them name only figures there are, and the page names all of ours. */
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pino } from 'pino';
import { describe, expect, it } from 'vitest';
import { HistoryMetrics } from '../src/history/intake/history-metrics.js';
import { RecordJournal } from '../src/history/intake/record-journal.js';
import { Clock, EventBus, Metrics } from '../src/platform/index.js';
import { countEvents } from '../src/platform/metrics/event-metrics.js';

const folder = join(resolve(import.meta.dirname, '..'), 'docs', 'monitoring');
const read = (name: string) => readFileSync(join(folder, name), 'utf8');

async function known(): Promise<Set<string>> {
  const log = pino({ level: 'silent' });
  const metrics = new Metrics();
  countEvents(new EventBus(log), metrics);
  new HistoryMetrics(metrics, new RecordJournal(async () => undefined, new Clock(), log));
  const text = await metrics.text();
  return new Set([...text.matchAll(/^# TYPE (\S+)/gm)].map(([, name]) => name ?? ''));
}

const named = (text: string) =>
  new Set(
    [...text.matchAll(/\b(flotilla|nodejs|process)_[a-z0-9_]+/g)].map(([name]) =>
      name.replace(/_(bucket|count|sum)$/, ''),
    ),
  );

describe('monitoring', () => {
  it.each(['grafana-dashboard.json', 'alerts.yml'])(
    '%s names only figures there are',
    async (name) => {
      const there = await known();
      const names = [...named(read(name))];
      expect(names.length).toBeGreaterThan(4);
      expect(names.filter((one) => !there.has(one))).toEqual([]);
    },
  );

  it('is described, every figure of ours', async () => {
    const described = named(read('README.md'));
    const ours = [...(await known())].filter((name) => name.startsWith('flotilla_'));
    expect(ours.filter((name) => !described.has(name))).toEqual([]);
  });

  it('has a dashboard that is JSON', () => {
    expect(JSON.parse(read('grafana-dashboard.json')).panels.length).toBeGreaterThan(5);
  });
});
