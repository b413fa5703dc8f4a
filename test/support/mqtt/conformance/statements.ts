/** The normative statements of MQTT 3.1.1 (OASIS Standard, 29 October 2014, appendix B), and those that no row can hold. */

/** How many statements each clause has. */
const CLAUSES: Readonly<Record<string, number>> = {
  ...{ '1.5.3': 3, '2.2.2': 2, '2.3.1': 7 },
  ...{ '3.1.0': 2, '3.1.2': 24, '3.1.3': 11, '3.1.4': 5, '3.2.0': 1, '3.2.2': 6 },
  ...{ '3.3.1': 12, '3.3.2': 3, '3.3.4': 1, '3.3.5': 2, '3.6.1': 1 },
  ...{ '3.8.1': 1, '3.8.3': 4, '3.8.4': 6, '3.9.3': 2, '3.10.1': 1, '3.10.3': 2, '3.10.4': 6 },
  ...{ '3.12.4': 1, '3.14.1': 1, '3.14.4': 3 },
  ...{ '4.1.0': 2, '4.3.1': 1, '4.3.2': 2, '4.3.3': 2, '4.4.0': 1, '4.5.0': 2, '4.6.0': 6 },
  ...{
    '4.7.1': 3,
    '4.7.2': 1,
    '4.7.3': 4,
    '4.8.0': 2,
    '6.0.0': 4,
    '7.0.0': 2,
    '7.1.1': 1,
    '7.1.2': 1,
  },
};

export const STATEMENTS: readonly string[] = Object.entries(CLAUSES).flatMap(([clause, count]) =>
  Array.from({ length: count }, (_, i) => `${clause}-${i + 1}`),
);

/** Statements without a row, and why. */
export const WITHOUT_ROW: Readonly<Record<string, string>> = {
  '2.3.1-2': 'binds clients',
  '2.3.1-3': 'binds clients; a service repeats no packet, since every session is a clean one',
  '3.1.2-23': 'binds clients',
  '3.1.3-7': 'binds clients; an empty client id is rejected',
  '3.14.4-1': 'binds clients',
  '4.3.3-1': 'the cloud sends no message at QoS 2',
  '4.5.0-2': 'binds clients',
  '4.6.0-1': 'binds clients',
  '4.6.0-4': 'the cloud sends no PUBREL of its own',
  '4.7.3-3': 'a length of two bytes cannot say more',
  '4.8.0-2': 'no error of a packet is transient here',
  '7.0.0-1': 'the service connects to no other server',
  '7.0.0-2': 'every row plays without extensions',
  '7.1.2-1': 'binds clients',
};

/** The cases of the interoperability suite of Eclipse Paho for MQTT 3.1.1 (client_test.py). */
export const PAHO_CASES: readonly string[] = [
  ...['basic', 'retained messages', 'offline queueing', 'will message'],
  ...['overlapping subscriptions', 'keepalive', 'redelivery on reconnect'],
  ...['zero length client id', 'subscribe failure', '$ topics'],
];
