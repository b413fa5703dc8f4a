/** An operator key made next to the service, on a database that no service uses: for operators who have lost theirs. */
import { Clock, type Database } from '../platform/index.js';
import { Audit } from './audit/audit.js';
import { AuditEntriesStore } from './audit/audit-entries.store.js';
import { keyViewOf } from './keys/key-requests.js';
import { OperatorKeyStore } from './keys/operator-key.store.js';
import { OperatorKeys } from './keys/operator-keys.js';

/** Makes a key of an admin and enters it in the audit log; its text, which is stored nowhere. Other keys stay as they are. */
export async function newAdminKey(
  database: Database,
  name: string,
  clock = new Clock(),
): Promise<string> {
  const keys = new OperatorKeys({}, new OperatorKeyStore(database), clock);
  const asked = { name, role: 'admin', groups: null, expiresAt: null } as const;
  const { stored, key } = await keys.create(asked);
  await new Audit(new AuditEntriesStore(database), clock).record({
    ...{ actor: 'command line', address: '', request: '' },
    ...{ action: 'flotilla key new', subject: `keys/${stored.id}`, status: 201 },
    ...{ asked, before: null, after: keyViewOf(stored) },
  });
  return key;
}
