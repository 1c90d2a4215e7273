/** A saved policy, as the rest of the program sees it. */
import type { Declaration } from './declaration.ts';
import type { PolicyProblem } from './policy-check.ts';
import type { PolicyFile } from './policy-files.ts';

export interface Policy extends PolicyFile {
  readonly declaration: Declaration;
}

/** A file that declares no usable policy. */
export interface UnusablePolicy {
  readonly name: string;
  readonly file: string;
  readonly problem: string;
}

export interface PolicyStatus {
  readonly name: string;
  readonly file: string;
  readonly version?: string;
  /** `broken`: it does not fit the tools as they are. `invalid`: the file declares no usable policy. */
  readonly status: 'ok' | 'broken' | 'invalid';
  readonly problems: readonly PolicyProblem[];
  readonly warnings: readonly PolicyProblem[];
  /** What it can call by its text. */
  readonly calls: readonly string[];
}
