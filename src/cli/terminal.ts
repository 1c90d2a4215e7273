/** What may go to a terminal: colour and the progress line only there, and nothing of others that would steer it. */
import { styleText } from 'node:util';
import { printable } from '../text.ts';

/** @param text anybody's; made `printable` first */
export function paint(
  format: Parameters<typeof styleText>[0],
  text: string,
  stream: NodeJS.WriteStream,
): string {
  return stream.isTTY ? styleText(format, printable(text, stream), { stream }) : text;
}

/** One line on stderr that is written over; nothing at all where stderr is no terminal. */
export class ProgressLine {
  #shown = false;

  /** @param text anybody's; made `printable`, on one line */
  show(text: string): void {
    const { stderr } = process;
    if (!stderr.isTTY) return;
    // Some terminals say that they have 0 columns.
    const width = Math.max(20, (stderr.columns || 80) - 1);
    const line = printable(text, stderr).replace(/\s+/g, ' ').slice(0, width);
    stderr.write(`\r\x1b[2K${line}`);
    this.#shown = true;
  }

  /** Before anything else is written. */
  clear(): void {
    if (this.#shown) process.stderr.write('\r\x1b[2K');
    this.#shown = false;
  }
}
