import { describe, expect, it } from 'vitest';
import { type AnnouncedBroker, candidates } from './broker-address.js';

const ports: AnnouncedBroker = {
  mqttPort: 1999,
  mqttsPort: null,
  webSocketPath: '/mqtt',
  url: null,
};

describe('the addresses of a broker', () => {
  it.each([
    ['http://cloud.example:8080', undefined, ['mqtt://cloud.example:1883']],
    ['https://cloud.example', undefined, ['wss://cloud.example/mqtt']],
    ['https://[2001:db8::1]:8443', undefined, ['wss://[2001:db8::1]:8443/mqtt']],
    [
      'http://[::1]:8080',
      ports,
      ['mqtt://[::1]:1999', 'mqtt://[::1]:1883', 'ws://[::1]:8080/mqtt'],
    ],
    [
      'https://cloud.example',
      { ...ports, mqttsPort: 8999 },
      ['wss://cloud.example/mqtt', 'mqtts://cloud.example:8999'],
    ],
    [
      'http://cloud.example',
      { ...ports, url: 'mqtt://broker.example:1' },
      [
        'mqtt://broker.example:1',
        'mqtt://cloud.example:1999',
        'mqtt://cloud.example:1883',
        'ws://cloud.example/mqtt',
      ],
    ],
    // An answer cannot make a device send its secret in the clear.
    [
      'https://cloud.example',
      { ...ports, url: 'mqtt://broker.example:1' },
      ['wss://cloud.example/mqtt'],
    ],
  ])('are those of %s with %j', (cloud, broker, urls) => {
    expect(candidates(cloud, broker)).toEqual(urls);
  });
});
