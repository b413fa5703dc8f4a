/** Options of `npm run bench`, as every benchmark gets them. */
export interface BenchOptions {
  readonly isShort: boolean;
  readonly devices?: number;
  readonly seconds?: number;
  readonly minutes?: number;
}
