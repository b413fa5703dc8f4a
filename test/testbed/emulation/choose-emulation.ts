/** The best means this machine has. */
import type { Emulation } from './emulation.js';
import { KernelEmulation } from './kernel-emulation.js';
import { UserEmulation } from './user-emulation.js';

export const means = ['auto', 'kernel', 'user'] as const;
export const processors = ['slowdown', 'quota'] as const;

export interface EmulationWish {
  readonly means: (typeof means)[number];
  readonly processor: (typeof processors)[number];
  readonly slowdown: number;
}

/** `auto` uses the kernel where it can, and otherwise says why through `say`; `kernel` throws then. */
export async function chooseEmulation(
  wish: EmulationWish,
  say: (text: string) => void,
): Promise<Emulation> {
  const { slowdown } = wish;
  if (wish.means === 'user') return new UserEmulation(slowdown);
  try {
    return await KernelEmulation.create(slowdown, wish.processor === 'quota');
  } catch (error) {
    if (wish.means === 'kernel') throw error;
    say(`the kernel's means cannot be had here: ${String(error)}`);
    return new UserEmulation(slowdown);
  }
}
