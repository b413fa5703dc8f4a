/** Problem documents (RFC 9457) as /openapi.json describes them, checked without the code that writes them. */

export interface Answered {
  readonly status: number;
  readonly mediaType: string;
  readonly text: string;
}

/** What of an answer with a status from 400 on is not as it must be; undefined when nothing is. */
export function problemFault({ status, mediaType, text }: Answered): string | undefined {
  if (status >= 500) return 'the fault of the service';
  if (mediaType !== 'application/problem+json') return `of type ${mediaType}`;
  const { code, title, detail, ...rest } = JSON.parse(text);
  const isWhole = /^[A-Z_]+$/.test(code) && title.length > 5 && detail.length > 5;
  if (!isWhole) return 'without code, title or detail';
  if (/node_modules|\bat .+:\d+/.test(text)) return 'with a stack';
  const others = JSON.stringify({ type: `urn:flotilla:fault:${code}`, status });
  return JSON.stringify(rest) === others ? undefined : 'with other fields';
}
