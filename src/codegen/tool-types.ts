/** The types of one tool as text, independent of the tool's names: what is cached and what renderers read. */

export interface TypeText {
  /** A TypeScript type, laid out from column 0. A sub-type stands in it as `\uE000Name\uE001`: characters
   * that no server's text keeps. */
  readonly type: string;
  /** Types that need a name (recursive or shared ones); `text` is what stands right of `type Name =`. */
  readonly subTypes: readonly { readonly name: string; readonly doc: string; readonly text: string }[];
}

export interface ToolTypes {
  readonly args: TypeText;
  /** True where the tool may be called without arguments. */
  readonly argsOptional: boolean;
  /** Present where the tool declares an output schema. */
  readonly result?: TypeText;
  /** Why `args` is less precise than the tool deserves. */
  readonly note?: string;
  readonly resultNote?: string;
}

/** The parts of `text` that name a sub-type. */
export const subTypeMark = /\uE000(\w+)\uE001/g;

/** What stands in for types that could not be made. */
export function untyped(reason: string): ToolTypes {
  const args: TypeText = { type: '{ [key: string]: unknown }', subTypes: [] };
  return { args, argsOptional: true, note: `Not typed: ${reason}.` };
}

/** For what comes from disk or from another process. */
export function isToolTypes(value: unknown): value is ToolTypes {
  if (!isRecord(value)) return false;
  return (
    isTypeText(value.args) &&
    typeof value.argsOptional === 'boolean' &&
    (value.result === undefined || isTypeText(value.result)) &&
    isOptionalText(value.note) &&
    isOptionalText(value.resultNote)
  );
}

function isTypeText(value: unknown): boolean {
  if (!isRecord(value) || typeof value.type !== 'string' || !Array.isArray(value.subTypes)) return false;
  return value.subTypes.every(
    (subType) =>
      isRecord(subType) && ['name', 'doc', 'text'].every((key) => typeof subType[key] === 'string'),
  );
}

function isOptionalText(value: unknown): boolean {
  return value === undefined || typeof value === 'string';
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
