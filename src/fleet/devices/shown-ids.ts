/** The ids of many devices as the audit log can keep them: all of them, or as many as fit and how many more there are. */

/** With quotes and commas; an entry takes 32 Ki characters a document. */
const MAX_CHARS = 28_000;

export interface ShownIds {
  readonly ids: readonly string[];
  /** Ids that did not fit. */
  readonly more?: number;
}

/** The first ids that fit in `maxChars` characters of JSON. */
export function shownIds(ids: readonly string[], maxChars = MAX_CHARS): ShownIds {
  let chars = 0;
  const end = ids.findIndex((id) => {
    chars += id.length + 3;
    return chars > maxChars;
  });
  return end < 0 ? { ids } : { ids: ids.slice(0, end), more: ids.length - end };
}
