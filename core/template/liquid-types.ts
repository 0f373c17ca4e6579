import type { Context, Liquid } from 'liquidjs';

/** LiquidJS' types of a filter, which it doesn't export. */
export interface FilterImpl {
  context: Context;
  liquid: Liquid;
}
export type FilterHandler = (this: FilterImpl, value: unknown, ...args: unknown[]) => unknown;
