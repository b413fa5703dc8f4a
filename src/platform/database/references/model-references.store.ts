/**
 * References to models: the one place that finds the model of an id, a digest, a name or `name@version`.
 *
 * A text is an id first, then a digest, then a name: ids and digests are made by the service, so a name that looks like one is the
 * rarer case, and it is still found where no id or digest is the same.
 */
import { Fault } from '../../../wire/index.js';
import type { Client } from '../client.js';
import { portionsOf } from '../portions.js';

/** A model as every answer names it; of one that is gone, only the id or the digest is known. */
export interface NamedModel {
  readonly id: string | null;
  readonly name: string | null;
  /** Counts the ready models of the name, from 1; null before the model is ready. */
  readonly version: number | null;
  /** SHA-256 of the model in normal form, as in documents, plans and frames; null before the model is ready. */
  readonly digest: string | null;
}

/** A model that was found, with the state of its examination. */
export interface FoundModel extends NamedModel {
  readonly id: string;
  readonly name: string;
  readonly state: string;
}

/** Of a model in an answer; only this is read. */
const COLUMNS = { id: true, name: true, version: true, documentDigest: true, state: true } as const;

interface Row {
  readonly id: string;
  readonly name: string;
  readonly version: number;
  readonly documentDigest: string | null;
  readonly state: string;
}

const DIGEST = /^[0-9a-f]{64}$/;
const NAME_AND_VERSION = /^(.+)@(\d{1,9})$/;

export class ModelReferences {
  private readonly models: Client['model'];

  constructor({ client }: { readonly client: Pick<Client, 'model'> }) {
    this.models = client.model;
  }

  /**
   * The model of a reference, whatever its state. A name, and a digest that several models have, mean the newest ready one.
   * Throws MODEL_UNKNOWN, with the field where the request has one.
   */
  async find(reference: string, field?: string): Promise<FoundModel> {
    const row =
      (await this.models.findUnique({ where: { id: reference }, select: COLUMNS })) ??
      (await this.ofDigest(reference)) ??
      (await this.ofName(reference));
    if (row === null) throw unknownModel(reference, field);
    return foundOf(row);
  }

  /** The same, for a use that needs a ready model. Throws MODEL_UNKNOWN, MODEL_NOT_READY. */
  async ready(reference: string, field = 'model'): Promise<FoundModel> {
    const found = await this.find(reference, field);
    if (found.state === 'ready') return found;
    throw new Fault('MODEL_NOT_READY', `${field}: model '${reference}' is ${found.state}`);
  }

  /** Models by id, for answers; those that are gone are left out. */
  async named(ids: Iterable<string | null | undefined>): Promise<Map<string, NamedModel>> {
    const found = new Map<string, NamedModel>();
    const wanted = [...new Set([...ids].filter((id) => typeof id === 'string'))];
    for (const some of portionsOf(wanted)) {
      const rows = await this.models.findMany({ where: { id: { in: some } }, select: COLUMNS });
      for (const row of rows) found.set(row.id, namedOf(row));
    }
    return found;
  }

  /** Models by the digest that frames carry: of several, the newest. */
  async ofDigests(digests: Iterable<string>): Promise<Map<string, NamedModel>> {
    const found = new Map<string, NamedModel>();
    for (const some of portionsOf([...new Set(digests)])) {
      const where = { documentDigest: { in: some } };
      const rows = await this.models.findMany({
        ...{ where, select: COLUMNS, orderBy: [{ readyAt: 'asc' }, { id: 'asc' }] },
      });
      for (const row of rows) found.set(row.documentDigest ?? '', namedOf(row));
    }
    return found;
  }

  /**
   * The models that a filter means: a name means all of its versions, so that a filter finds the same after the next upload.
   * A digest that no model has is left to the caller. Throws MODEL_UNKNOWN.
   */
  async filtered(reference: string, field = 'model'): Promise<FoundModel[]> {
    const rows = await this.models.findMany({
      where: {
        OR: [
          { id: reference },
          { documentDigest: reference },
          { digest: reference },
          conditionOf(reference),
        ],
      },
      select: COLUMNS,
    });
    const [first] = rows.filter(({ id }) => id === reference);
    if (first !== undefined) return [foundOf(first)];
    if (rows.length === 0 && !DIGEST.test(reference)) throw unknownModel(reference, field);
    return rows.map(foundOf);
  }

  private async ofDigest(digest: string): Promise<Row | null> {
    if (!DIGEST.test(digest)) return null;
    const where = { OR: [{ documentDigest: digest }, { digest }] };
    return (
      (await this.models.findFirst({
        ...{ where: { ...where, state: 'ready' }, select: COLUMNS },
        orderBy: [{ readyAt: 'desc' }, { id: 'desc' }],
      })) ??
      (await this.models.findFirst({
        ...{ where, select: COLUMNS, orderBy: [{ createdAt: 'desc' }, { id: 'desc' }] },
      }))
    );
  }

  private async ofName(reference: string): Promise<Row | null> {
    const where = conditionOf(reference);
    const orderBy = { version: 'desc' } as const;
    return (
      (await this.models.findFirst({
        ...{ where: { ...where, state: 'ready' }, select: COLUMNS, orderBy },
      })) ??
      (await this.models.findFirst({
        ...{ where, select: COLUMNS, orderBy: [{ createdAt: 'desc' }, { id: 'desc' }] },
      }))
    );
  }
}

/** The condition of `name`, or of `name@version`. */
function conditionOf(reference: string): { name: string; version?: number } {
  const [, name, version] = NAME_AND_VERSION.exec(reference) ?? [];
  return name === undefined ? { name: reference } : { name, version: Number(version) };
}

/** The model of an id, as answers name it; null for none. */
export function shownModel(
  id: string | null,
  models: ReadonlyMap<string, NamedModel>,
): NamedModel | null {
  if (id === null) return null;
  return models.get(id) ?? { id, name: null, version: null, digest: null };
}

/** A model as answers name it. */
export function namedOf({ id, name, version, documentDigest }: Omit<Row, 'state'>) {
  return { id, name, version: version > 0 ? version : null, digest: documentDigest };
}

function foundOf(row: Row): FoundModel {
  return { ...namedOf(row), state: row.state };
}

function unknownModel(reference: string, field: string | undefined): Fault {
  const place = field === undefined ? '' : `${field}: `;
  return new Fault('MODEL_UNKNOWN', `${place}model '${reference}' not found`);
}
