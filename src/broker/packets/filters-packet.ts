/** Checks the body of a SUBSCRIBE or UNSUBSCRIBE (MQTT 3.1.1, 3.8.3 and 3.10.3), and counts its topic filters. */
import { isText, PacketFields } from './packet-fields.js';

export interface FiltersVerdict {
  /** Topic filters read, up to the first that is wrong. */
  readonly filters: number;
  /** What is wrong with the body; undefined when nothing is. */
  readonly problem: string | undefined;
}

const MAX_QOS = 2;
const SLASH = 0x2f;
const PLUS = 0x2b;
const HASH = 0x23;

/** O(bytes) time; the body is bounded, since its filters are all handled in one turn of the event loop. */
export function examineFilters(
  body: Uint8Array,
  isSubscribe: boolean,
  maxFilters: number,
): FiltersVerdict {
  const fields = new PacketFields(body);
  const identifier = fields.uint16();
  if (identifier === undefined) return { filters: 0, problem: 'packet without an identifier' };
  if (identifier === 0) return { filters: 0, problem: 'packet identifier 0' };
  if (fields.bytesLeft === 0) return { filters: 0, problem: 'packet without a topic filter' };
  let filters = 0;
  while (fields.bytesLeft > 0) {
    if (filters === maxFilters) {
      return { filters, problem: `more than ${maxFilters} topic filters in a packet` };
    }
    const problem = filterProblem(fields, isSubscribe);
    if (problem !== undefined) return { filters, problem };
    filters += 1;
  }
  return { filters, problem: undefined };
}

function filterProblem(fields: PacketFields, isSubscribe: boolean): string | undefined {
  const filter = fields.bytes();
  if (filter === undefined) return 'packet ends within a topic filter';
  if (filter.length === 0) return 'empty topic filter';
  if (!isText(filter)) return 'topic filter is no UTF-8 text';
  if (!areWildcardsWhole(filter)) return 'wildcard within a level of a topic filter';
  if (!isSubscribe) return undefined;
  const qos = fields.byte();
  if (qos === undefined) return 'topic filter without a QoS';
  return qos > MAX_QOS ? `byte ${qos} in place of a QoS` : undefined;
}

/** A wildcard takes a whole level, and `#` the last one (MQTT-4.7.1-2, MQTT-4.7.1-3). */
function areWildcardsWhole(filter: Uint8Array): boolean {
  const hash = filter.indexOf(HASH);
  if (hash >= 0 && (hash < filter.length - 1 || !isLevelStart(filter, hash))) return false;
  for (let plus = filter.indexOf(PLUS); plus >= 0; plus = filter.indexOf(PLUS, plus + 1)) {
    const next = filter[plus + 1] ?? SLASH;
    if (next !== SLASH || !isLevelStart(filter, plus)) return false;
  }
  return true;
}

function isLevelStart(filter: Uint8Array, at: number): boolean {
  return at === 0 || filter[at - 1] === SLASH;
}
