/**
 * Where in the script its calls come from. Every call takes its place along, for the error that it may end with and for
 * the record of calls; what the host is told of a place, it is told once.
 */
import { scriptFile } from './bridge.ts';
import { captureStackTrace, objectCreate, SafeMap, stringIndexOf, stringSlice } from './guest-primordials.ts';

/** What a script calls. */
export interface Callee {
  readonly server: string;
  readonly tool: string;
  readonly raw: boolean;
  readonly sites: SafeMap<string, CallSite>;
  /** Of its last call; a loop calls from one place again and again. */
  last: CallSite | undefined;
}

/** One tool, called in one place. */
export interface CallSite {
  readonly callee: Callee;
  /** As V8 writes it: begins with `line:column`; '' where unknown. */
  readonly place: string;
  /** Known to the host by this; 0 where it was not told yet. */
  number: number;
  /** The trace that it was last called with. */
  trace: string;
}

export function newCallee(server: string, tool: string, raw: boolean): Callee {
  return { server, tool, raw, sites: new SafeMap(), last: undefined };
}

/** What V8 writes a stack trace onto. It makes the first line from names that a script may patch, so there are none. */
export interface TraceHolder {
  readonly stack?: unknown;
}

/**
 * To be given to `captureStackTrace`, with the function that the script called: the frames of the script follow. That
 * function does so itself, for V8 looks at each frame in between.
 */
export function traceHolder(): TraceHolder {
  return objectCreate(holderPrototype) as TraceHolder;
}

/** Where the price of a frame more does not matter. */
export function traceBelow(below: unknown): TraceHolder {
  const holder = traceHolder();
  captureStackTrace(holder, below);
  return holder;
}

const holderPrototype = objectCreate(null) as object;
Object.defineProperty(holderPrototype, 'toString', { value: () => 'call' });
Object.freeze(holderPrototype);

export function siteOf(callee: Callee, { stack }: TraceHolder): CallSite {
  const written = typeof stack === 'string' ? stack : '';
  const { last } = callee;
  if (last !== undefined && last.trace === written) return last;
  const place = placeIn(written);
  const site = callee.sites.get(place) ?? newSite(callee, place);
  site.trace = written;
  callee.last = site;
  return site;
}

function newSite(callee: Callee, place: string): CallSite {
  const site = { callee, place, number: 0, trace: '' };
  callee.sites.set(place, site);
  return site;
}

const framePrefix = `${scriptFile}:`;
const placeCharactersMax = 20;

/** Of the innermost frame of the script. What it says is read by the host. */
function placeIn(written: string): string {
  const at = stringIndexOf(written, framePrefix);
  if (at < 0) return '';
  const from = at + framePrefix.length;
  return stringSlice(written, from, from + placeCharactersMax);
}

/** A trace without its first line. */
export function framesOf(written: string): string {
  const at = stringIndexOf(written, '\n');
  return at < 0 ? '' : stringSlice(written, at);
}
