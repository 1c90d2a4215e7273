/** What isolate.ts and the guest say to each other over isolated-vm: numbers and strings only. */

/** Guest -> host, first argument of `post`. */
export const toHost = {
  /** id, number of the call site, arguments as JSON */
  call: 0,
  /** text */
  output: 1,
  /** delay in milliseconds: call back with `fire`; replaces the delay asked for before */
  wake: 2,
  /** ok (0 or 1), result or ScriptFailure as JSON, whether the script was cut off (0 or 1); `left` comes before */
  done: 3,
  /** how many functions are registered by `onStop` */
  stops: 4,
  /** ok (0 or 1), ScriptFailure as JSON or '' */
  stopped: 5,
  /** number, raw (0 or 1), server, tool, place (`line:column` and more); before the first call from there */
  callSite: 6,
  /** characters of console output cut, ids of calls not awaited, calls not sent */
  left: 7,
} as const;

/** Host -> guest, first argument of the function that `boot` returns. */
export const toGuest = {
  /** ApiTable as JSON */
  api: 0,
  /** input as JSON, or undefined; comes before `start` */
  input: 1,
  /** the script as an async function */
  start: 2,
  /** No call is known to be under way: end the run if the guest finds the same. Answers whether the script has started. */
  idle: 3,
  /** id, the value that a call resolves to, as JSON */
  value: 4,
  fire: 5,
  /** nothing; answered as soon as the isolate is free */
  ping: 6,
  /**
   * name, message and frames of a rejection that nothing handles; a name of '' where no Error was thrown. Answers false
   * where the script never started, a ScriptFailure as JSON where it had ended already, else true
   */
  uncaught: 7,
  /** id of a function registered by `onStop`: run it, and do not go on with the script; answered by `stopped` */
  stop: 8,
  /** id, the ToolFailure that a call rejects with, as JSON */
  failure: 9,
  /**
   * Answers a function for `value` and `failure` where the host waits until the script has gone on: it takes the id,
   * negative for a failure, and the JSON.
   */
  settler: 10,
} as const;

/** Positions in stack traces that belong to the script carry this file name. */
export const scriptFile = 'script.js';

/** What stands before the script on its first line. `$0` is shadowed, so that the script cannot reach the bridge. In parentheses, it is compiled at once. */
export const scriptPrefix = `"use strict";$0(${toGuest.start},(async function($0){`;
export const scriptSuffix = '\n}))';

/** `2:32)` -> line and column of the script; 0 where unknown. By `parseInt`: without a JIT a pattern takes many times longer. */
export function positionOf(place: string): { line: number; column: number } {
  const line = parseInt(place, 10) || 0;
  const column = parseInt(place.slice(place.indexOf(':') + 1), 10) || 0;
  return { line, column: line === 1 ? Math.max(1, column - scriptPrefix.length) : column };
}
