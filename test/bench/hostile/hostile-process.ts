/** The process of a hostile client: it gets one order, attacks for as long as it says, and ends. */
import { once } from 'node:events';
import { ATTACKS, type AttackOrder } from './attacks.js';

process.on('disconnect', () => process.exit());
const [order] = (await once(process, 'message')) as [AttackOrder];
await ATTACKS[order.kind](order, performance.now() + 1000 * order.seconds);
process.exit();
