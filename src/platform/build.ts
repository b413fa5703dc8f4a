/** Which build of the service this is. */

/** Set where the service is bundled; source code that runs without a bundle has no version. */
declare const FLOTILLA_VERSION: string | undefined;
declare const FLOTILLA_COMMIT: string | undefined;

/** The version of the REST interface, as `/api/v1` and the OpenAPI document name it. */
export const API_VERSION = '1';

export const BUILD = {
  /** That of package.json. */
  version: typeof FLOTILLA_VERSION === 'string' ? FLOTILLA_VERSION : '0.0.0-source',
  /** The commit of Git it was built from, with `-dirty` where files had been changed; null where that is unknown. */
  commit: typeof FLOTILLA_COMMIT === 'string' ? FLOTILLA_COMMIT : null,
};
