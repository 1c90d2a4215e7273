/** What a group of rows is: they share their processes and are measured in one go. */
import type { Effort } from '../measure.ts';

export interface RowPlan {
  readonly name: string;
  readonly unit: 'ms' | 'MB' | 'characters' | 'calls/s' | 'count' | '';
  /** The worst value allowed: of our own number, of its ratio to the floor, or of what we add to it. */
  readonly bar?: { readonly on: 'ours' | 'ratio' | 'added'; readonly value: number };
}

export interface Measured {
  readonly ours: number;
  /** Absent where there is nothing to compare with. */
  readonly floor?: number;
}

export interface RowGroup {
  readonly rows: readonly RowPlan[];
  /** One for each of `rows`, in their order. */
  measure(effort: Effort): Promise<Measured[]>;
}

export function atMost(value: number): { on: 'ours'; value: number } {
  return { on: 'ours', value };
}

export function timesTheFloor(value: number): { on: 'ratio'; value: number } {
  return { on: 'ratio', value };
}

export function atMostAdded(value: number): { on: 'added'; value: number } {
  return { on: 'added', value };
}
