/** The dashboard, the alerts and the page about them name only figures there are, and the page names all of ours. */
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pino } from 'pino';
import { describe, expect, it } from 'vitest';
import { countIncidents, IncidentLog } from '../src/broker/limits/incident-log.js';
import { countCameras } from '../src/fleet/presence/camera-metrics.js';
import { HistoryMetrics } from '../src/history/intake/history-metrics.js';
import { RecordJournal } from '../src/history/intake/record-journal.js';
import {
  Clock,
  countDisk,
  countHttpRefusals,
  DiskWatch,
  EventBus,
  HttpRefusals,
  Metrics,
} from '../src/platform/index.js';
import { countEvents } from '../src/platform/metrics/event-metrics.js';

const folder = join(resolve(import.meta.dirname, '..'), 'docs', 'monitoring');
const read = (name: string) => readFileSync(join(folder, name), 'utf8');

/** The metrics of a service that has done nothing yet. */
function freshMetrics(): Promise<string> {
  const log = pino({ level: 'silent' });
  const metrics = new Metrics();
  const events = new EventBus(log);
  countEvents(events, metrics);
  countCameras(events, metrics);
  countDisk(metrics, new DiskWatch({ data: '.', diskReserveBytes: undefined }, new Clock(), log));
  new HistoryMetrics(metrics, new RecordJournal(async () => undefined, new Clock(), log));
  const clock = new Clock();
  const sockets = { counts: () => ({ connectionsRejected: 0 }) };
  countHttpRefusals(metrics, new HttpRefusals(log, clock), sockets);
  countIncidents(metrics, new IncidentLog(log, clock));
  return metrics.text();
}

async function known(): Promise<Set<string>> {
  const text = await freshMetrics();
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

  it('has alerts about reasons of rejections that there are, each counted from the start', async () => {
    const fresh = await freshMetrics();
    const chosen = [
      ...read('alerts.yml').matchAll(
        /(flotilla_\w+_(?:refused|faults)_total)\{reason=~?"([^"]+)"\}/g,
      ),
    ];
    expect(chosen.length).toBeGreaterThan(3);
    const absent = chosen.flatMap(([, name, reasons = '']) =>
      reasons.split('|').filter((reason) => !fresh.includes(`${name}{reason="${reason}"} 0`)),
    );
    expect(absent).toEqual([]);
  });

  it('has alerts whose rules are whole', () => {
    const [, ...rules] = read('alerts.yml').split(/^ +- alert: /m);
    expect(rules.length).toBeGreaterThan(9);
    for (const rule of rules) {
      expect(rule).toMatch(/^Flotilla[A-Z]\w+\n/);
      expect(rule).toMatch(/\n +expr: (>-\n)?[\s\S]*(flotilla_|nodejs_|up\{)[\s\S]*\n +labels: /);
      expect(rule).toMatch(
        /\n +labels: \{ severity: (critical|warning) \}\n +annotations:\n +summary: /,
      );
    }
    const names = rules.map((rule) => rule.split('\n')[0]);
    expect(names).toEqual([...new Set(names)]);
  });

  it('has a dashboard that is JSON', () => {
    expect(JSON.parse(read('grafana-dashboard.json')).panels.length).toBeGreaterThan(5);
  });
});
