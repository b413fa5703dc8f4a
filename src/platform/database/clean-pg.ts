/** The PostgreSQL driver with valid texts: invalid characters become U+FFFD, as in SQLite. */
import { PrismaPg } from '@prisma/adapter-pg';
import type { SqlQuery, SqlQueryable } from '@prisma/driver-adapter-utils';
import { cleanText, jsonText } from './json-text.js';

export class CleanPg extends PrismaPg {
  override async connect(): ReturnType<PrismaPg['connect']> {
    const connection = withCleanTexts(await super.connect());
    const begin = connection.startTransaction.bind(connection);
    connection.startTransaction = async (level) => withCleanTexts(await begin(level));
    return connection;
  }
}

function withCleanTexts<T extends SqlQueryable>(queryable: T): T {
  const ask = queryable.queryRaw.bind(queryable);
  const execute = queryable.executeRaw.bind(queryable);
  queryable.queryRaw = (query) => ask(cleaned(query));
  queryable.executeRaw = (query) => execute(cleaned(query));
  return queryable;
}

function cleaned(query: SqlQuery): SqlQuery {
  const args = query.args.map((arg, index) => {
    if (typeof arg !== 'string') return arg;
    return query.argTypes[index]?.scalarType === 'json'
      ? jsonText(JSON.parse(arg))
      : cleanText(arg);
  });
  return { ...query, args };
}
