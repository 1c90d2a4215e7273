/** Long work in small pieces, so that whatever else waits gets its turn. */

const pieceMs = 8;

/** To be awaited after each small piece: it gives way when they have taken a while together. */
export function pauses(): () => Promise<void> | undefined {
  let since = performance.now();
  return () => {
    if (performance.now() - since < pieceMs) return undefined;
    return new Promise<void>((resolve) => setImmediate(resolve)).then(() => {
      since = performance.now();
    });
  };
}
