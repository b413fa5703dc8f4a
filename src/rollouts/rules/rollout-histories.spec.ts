/**
 * The rules over random histories: devices that come late, restart once or again and again, die at any moment, refuse, run nothing or
 * send nothing, and a service that is killed. The oracle knows the world and no rule: who is dead in truth, who has the change, and how long it took.
 */
import { describe, expect, it } from 'vitest';
import { RolloutWorld } from '../../../test/support/rollouts/rollout-world.js';
import { seededRandom } from '../../wire/index.js';

const HISTORIES = 2_000;

const worlds = Array.from({ length: HISTORIES }, (_, seed) => {
  const world = new RolloutWorld(seededRandom(seed));
  world.run();
  return { seed, world };
});

/** Waves, by the devices that the change reached in them, and how many of those are not well in truth. */
function troubledWaves({ world }: (typeof worlds)[number]): { all: number; bad: number }[] {
  const waves = new Map<number, { all: number; bad: number }>();
  for (const device of world.devices) {
    if (!device.wasGiven) continue;
    const wave = waves.get(world.waveOf(device.id)) ?? { all: 0, bad: 0 };
    wave.all += 1;
    if (world.isBad(device)) wave.bad += 1;
    waves.set(world.waveOf(device.id), wave);
  }
  return [...waves.values()];
}

describe('a rollout over random histories', () => {
  it('ends, in a time that its settings bound', () => {
    for (const { seed, world } of worlds) {
      expect(world.end?.kind, `seed ${seed}: ${world.because}`).toBeDefined();
      expect(world.runningS, `seed ${seed}`).toBeLessThanOrEqual(world.maxRunningS);
    }
  });

  it('is never done where more devices of a wave than may are dead, refuse or hang', () => {
    const done = worlds.filter(({ world }) => world.end?.kind === 'complete');
    expect(done.length).toBeGreaterThan(HISTORIES / 10);
    for (const one of done) {
      for (const { all, bad } of troubledWaves(one)) {
        expect(bad, `seed ${one.seed}`).toBeLessThanOrEqual(one.world.maxFailures * all);
      }
    }
  });

  it('is rolled back only where that is so, or where no device is left to prove it', () => {
    const back = worlds.filter(({ world }) => world.end?.kind === 'roll back');
    expect(back.length).toBeGreaterThan(HISTORIES / 10);
    for (const one of back) {
      const isTroubled = troubledWaves(one).some(({ all, bad }) => {
        return bad > one.world.maxFailures * all;
      });
      const isUnproven = !one.world.devices.some((device) => {
        return device.wasGiven && !one.world.isBad(device);
      });
      expect(isTroubled || isUnproven, `seed ${one.seed}: ${one.world.because}`).toBe(true);
    }
  });

  it('names every device that is not well when it ends, and every one that did not come', () => {
    for (const { seed, world } of worlds) {
      const named = world.named();
      for (const device of world.devices) {
        const isMissed = !device.wasGiven && world.end?.kind === 'complete';
        const isLost = world.isDead(device) || device.isLost;
        const isNamed = isLost && device.wasGiven ? named.has(device.id) : true;
        expect(isNamed, `seed ${seed}: ${device.id}`).toBe(true);
        if (isMissed) expect(named.has(device.id), `seed ${seed}: ${device.id}`).toBe(true);
      }
    }
  });

  it('gives the change to every device that is online all the time, or comes in time', () => {
    for (const { seed, world } of worlds) {
      if (world.end?.kind !== 'complete') continue;
      for (const device of world.devices) {
        if (
          !world.isDead(device) &&
          !device.isLost &&
          (device.comesAt === 0 || world.isInTime(device))
        ) {
          expect(device.wasGiven, `seed ${seed}: ${device.id}`).toBe(true);
        }
      }
    }
  });
});
