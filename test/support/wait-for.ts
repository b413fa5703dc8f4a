/** `vi.waitFor` with the patience of a busy machine: its own limit of a second is that of a quiet one. */
import { vi } from 'vitest';

/** Resolves with what `check` returns once it does not throw; rejects with its error after the limit. */
export const waitFor = <T>(
  check: () => T | Promise<T>,
  options: { readonly timeout?: number; readonly interval?: number } = {},
): Promise<T> => vi.waitFor(check, { timeout: 20_000, ...options });
