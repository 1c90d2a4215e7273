/** Colour and the progress line: only on a terminal, never in what another program reads. */
import { styleText } from 'node:util';

export function paint(
  format: Parameters<typeof styleText>[0],
  text: string,
  stream: NodeJS.WriteStream,
): string {
  return stream.isTTY ? styleText(format, text, { stream }) : text;
}

/** One line on stderr that is written over; nothing at all where stderr is no terminal. */
export class ProgressLine {
  #shown = false;

  show(text: string): void {
    if (!process.stderr.isTTY) return;
    const width = Math.max(20, (process.stderr.columns ?? 80) - 1);
    process.stderr.write(`\r\x1b[2K${text.slice(0, width)}`);
    this.#shown = true;
  }

  /** Before anything else is written. */
  clear(): void {
    if (this.#shown) process.stderr.write('\r\x1b[2K');
    this.#shown = false;
  }
}
