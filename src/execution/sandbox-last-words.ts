/** What a sandbox process prints on stderr before it ends by itself. */

/** What V8 says before it aborts because a heap is full and nothing can be freed. */
const heapExhausted =
  /CALL_AND_RETRY|out of memory|Allocation failed|invalid (?:table|array) (?:size|length)/i;
const fatal = /FATAL ERROR: .*|Fatal .*|\w*Error: .*/;
const charactersMax = 300;

export interface LastWords {
  readonly heapIsFull: boolean;
  /** `reason`, with the line that says more. */
  readonly said: string;
}

export function lastWords(reason: string, stderr: string): LastWords {
  const line = fatal.exec(stderr)?.[0].slice(0, charactersMax);
  return {
    heapIsFull: heapExhausted.test(stderr),
    said: line === undefined ? reason : `${reason}: ${line}`,
  };
}
