/**
 * The PostgreSQL driver as the schema engine needs it: the server's catalogues have columns of type "char" (one byte), which
 * the engine needs and the driver does not support.
 */
import { PrismaPg } from '@prisma/adapter-pg';
import {
  ColumnTypeEnum,
  isDriverAdapterError,
  type SqlDriverAdapter,
  type SqlQuery,
  type SqlResultSet,
} from '@prisma/driver-adapter-utils';
import type pg from 'pg';

/** Number of the type "char". */
const CHAR_OID = 18;

type Connection = SqlDriverAdapter & { underlyingDriver(): pg.Pool };

export class CataloguePg extends PrismaPg {
  private readonly opened: Connection[] = [];

  override async connect(): ReturnType<PrismaPg['connect']> {
    const connection = withLetters(await super.connect());
    this.opened.push(connection);
    return connection;
  }

  override async connectToShadowDb(): ReturnType<PrismaPg['connectToShadowDb']> {
    return withLetters(await super.connectToShadowDb());
  }

  /** Closes the connections. The engine keeps them, and its advisory lock, until they were idle for 10 s. */
  async close(): Promise<void> {
    const open = this.opened.filter((connection) => !connection.underlyingDriver().ending);
    await Promise.all(open.map((connection) => connection.dispose()));
  }
}

function withLetters<T extends Connection>(connection: T): T {
  const ask = connection.queryRaw.bind(connection);
  connection.queryRaw = async (query) => {
    try {
      return await ask(query);
    } catch (error) {
      if (!isDriverAdapterError(error) || error.cause.kind !== 'UnsupportedNativeDataType')
        throw error;
      const { fields } = await connection.underlyingDriver().query(query.sql, query.args);
      return lettersOf(await ask(asText(query, fields)), fields);
    }
  };
  return connection;
}

/** The query with its letters read as text. */
function asText(query: SqlQuery, fields: readonly pg.FieldDef[]): SqlQuery {
  const columns = fields.map(({ name, dataTypeID }) =>
    dataTypeID === CHAR_OID ? `"${name}"::text` : `"${name}"`,
  );
  const source = query.sql.trim().replace(/;$/, '');
  return { ...query, sql: `SELECT ${columns.join(', ')} FROM (${source}) AS "catalogue"` };
}

/** The text as letters again; none is the character 0. */
function lettersOf(found: SqlResultSet, fields: readonly pg.FieldDef[]): SqlResultSet {
  const isLetter = fields.map(({ dataTypeID }) => dataTypeID === CHAR_OID);
  return {
    ...found,
    columnTypes: found.columnTypes.map((type, i) =>
      isLetter[i] ? ColumnTypeEnum.Character : type,
    ),
    rows: found.rows.map((row) =>
      row.map((value, i) => (isLetter[i] && value === '' ? '\0' : value)),
    ),
  };
}
