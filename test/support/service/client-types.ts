/** The types of the client, made of an OpenAPI document of the service. */
import type { OpenAPIObject } from '@nestjs/swagger';
import openapiTS, { astToString, type OpenAPI3 } from 'openapi-typescript';

const HEAD = `/** The REST interface in types. Made of the service's OpenAPI document by \`npm run client\`, and not to be changed by hand. */
`;

/** The whole text of the file. */
export async function clientTypes(document: OpenAPIObject): Promise<string> {
  const source = withoutExamples(document) as OpenAPI3;
  // A request may leave out what has a default.
  const made = await openapiTS(source, { alphabetize: true, defaultNonNullable: false });
  return `${HEAD}${astToString(made)}`;
}

/** Answers are shown on the API pages; here they would be most of the file. */
function withoutExamples(document: OpenAPIObject): unknown {
  const text = JSON.stringify(document, (key, value) => {
    const isContent = key === 'application/json' && typeof value === 'object' && value !== null;
    return isContent ? { ...value, example: undefined } : value;
  });
  return JSON.parse(text);
}
