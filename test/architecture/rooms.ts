/**
 * The order of sub-folders, as data. A sub-folder, or a file named here, imports only what stands before it in its folder.
 * Names in one inner list do not import each other. Files of a folder that are not named here stand above all that is.
 */
export const ROOMS: Record<string, readonly (string | readonly string[])[]> = {
  'src/planner': [
    'algorithms',
    'problem',
    ['simulator', 'order'],
    'cuts',
    'search',
    'schedule',
    'objectives',
    'plan-table.ts',
    'table',
  ],
  'src/planner/objectives': [['stream-pattern.ts', 'stream-run.ts'], ['paced', 'burst'], 'shared'],
  'src/planner/objectives/burst': ['job.ts', 'sequences'],
  'src/wire': [
    'ranges.ts',
    'file-errors.ts',
    ['faults.ts', 'fields.ts'],
    'tensors',
    ['pictures', 'adapt'],
    'documents',
  ],
  'src/replay': ['traces'],
  'src/onnx': ['format', 'graph', 'preparation', 'units', 'reference'],
  'src/platform': [
    'config',
    ['readable-log.ts', 'start-fault.ts'],
    ['build.ts', 'clock.ts', 'log.ts'],
    'data-folder.ts',
    'rates',
    'events',
    ['database', 'tls', 'disk'],
    'http',
    'health',
    'metrics',
  ],
  'src/platform/database': [
    'generated',
    'failures',
    'json-text.ts',
    'clean-pg.ts',
    'location.ts',
    'client.ts',
    'names',
    ['threads', 'migrations'],
  ],
  'src/platform/http': ['decorators', 'requests'],
  'src/broker': [['limits', 'packets'], 'sessions', 'hooks', 'listeners'],
  'src/access': ['keys', ['guard', 'audit', 'idempotency']],
  'src/fleet': ['store', ['presence', 'credentials'], 'devices', ['bulk', 'groups', 'enrolment']],
  'src/history': ['frames', ['rollups', 'views'], 'latency', 'engine', ['intake', 'queries']],
  'src/models': ['uploads', 'examination', 'store', 'queue', 'models.service.ts', 'rest'],
  'src/models/examination': ['examined.ts', 'inputs', 'accuracy', ['timings', 'cuts']],
  'src/plans': [
    'pricing',
    ['sites', 'budget'],
    ['state', 'decision'],
    ['control', 'retention'],
    ['shadow', 'queries', 'what-if'],
  ],
  'src/inference': ['tail-process', ['tail-pool', 'assembly', 'answers'], 'inference.service.ts'],
  'src/rollouts': ['rules', 'schemas', 'store', 'runner', 'rest'],
  'src/cli': ['usage.ts', 'plan'],
  'firmware-agent/src': [],
  'firmware-agent/src/cloud': ['rest', 'mqtt', 'transfer'],
  'firmware-agent/src/frames': [['run', 'report'], 'plan', 'queue'],
};

/** Maximum number of source files in one folder, tests not counted. */
export const MAX_FILES_IN_FOLDER = 12;
