/** The command line of the testbed: a wrong option is named before anything is measured. */
import { expect, it } from 'vitest';
import { readOptions } from './testbed/grid/measure/options.js';

it.each([
  ['an unknown network', ['--networks', 'resnet19'], 'there is no reference network resnet19'],
  [
    'a rate that is no number',
    ['--rates', '5,fast'],
    '--rates fast: is a number from 0.05 to 1000',
  ],
  ['an unknown emulation', ['--emulation', 'magic'], '--emulation magic: is one of auto, kernel'],
  ['an unknown flag', ['--network', 'resnet18'], "Unknown option '--network'"],
])('the testbed rejects %s', async (_, words, message) => {
  await expect(readOptions(words)).rejects.toThrow(message);
});

it('the short testbed measures two networks at one rate', async () => {
  const { networks, links, modes, policies } = await readOptions(['--short']);
  expect(networks.map(({ name }) => name)).toEqual(['squeezenet', 'three-heads']);
  expect(links.map(({ uplinkMbps }) => uplinkMbps)).toEqual([5.85]);
  expect([modes, policies]).toEqual([['frames'], ['exact']]);
});
