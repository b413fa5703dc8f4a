/** Files that take longer than the others, and why they have to. They begin first, so that no worker ends long after the rest. */
export const SLOW_FILES: Readonly<Record<string, string>> = {
  'test/arm64/same-answers.spec.ts': 'an emulated processor is ten to fifty times slower',
  'test/large/commands.spec.ts': 'every command starts built processes',
  'test/large/faults.spec.ts': 'real agents lose a link, a process and their service in one story',
  'test/large/prefetch.spec.ts': 'a real link changes twice, and a plan follows each change',
  'test/large/readme.spec.ts': 'the commands of a newcomer, one after the other',
  'test/large/rollout.spec.ts': 'two rollouts are observed for seconds a wave, as in the field',
  'test/large/system.spec.ts': 'real networks with several inputs and outputs run on a slow device',
  'test/long/larger-models.spec.ts': 'real networks run at every cut',
  'test/long/restore-kills.spec.ts': 'a restore is killed before each of its changes of files',
  'test/long/rollout-kills.spec.ts': 'a service starts ten times, and agents return each time',
  'test/long/start-up.spec.ts': 'built services start, are killed and start again',
  'test/long/testbed.spec.ts': 'it measures',
  'test/medium/plans/crowded-cloud.spec.ts': 'a fleet leaves a slow cloud and returns one by one',
  'test/attacks/broker-faults.spec.ts':
    'slow and silent connections are cut after eight seconds of real time',
  'test/timed/drift.spec.ts': 'a device becomes slower after twelve seconds of real time',
};
