/** The agent's version, put in by the one-file build. */
declare const FLOTILLA_AGENT_VERSION: string | undefined;

export const AGENT_VERSION =
  typeof FLOTILLA_AGENT_VERSION === 'string' ? FLOTILLA_AGENT_VERSION : '0.0.0-source';
