/** Cuts a byte stream into lines, bounded: a line over the limit is skipped, not collected. */

/** Bytes kept of each end of a line that is too long, enough to find a message's id. */
const endBytes = 1_024;

const newline = 0x0a;

export interface LineReaderOptions {
  /** Bytes of one line; a longer one goes to `onOversize` instead of `onLine`. */
  readonly lineBytesMax: number;
  readonly onLine: (line: Buffer) => void;
  /** The first and last bytes of the line that was skipped, and its whole length. */
  readonly onOversize: (head: string, tail: string, bytes: number) => void;
}

/** Chunks of a long line are joined once, when its end arrives: the cost stays linear however large it is. */
export class LineReader {
  readonly #options: LineReaderOptions;
  #chunks: Buffer[] = [];
  #bytes = 0;
  #head: Buffer | undefined;
  #tail: Buffer = Buffer.alloc(0);

  constructor(options: LineReaderOptions) {
    this.#options = options;
  }

  push(chunk: Buffer): void {
    let start = 0;
    // Nearly always a chunk is one whole line.
    if (this.#bytes === 0 && chunk.length - 1 <= this.#options.lineBytesMax) {
      const end = chunk.indexOf(newline);
      if (end === chunk.length - 1) {
        if (end > 0) this.#options.onLine(chunk.subarray(0, end));
        return;
      }
    }
    for (let end = chunk.indexOf(newline); end !== -1; end = chunk.indexOf(newline, start)) {
      this.#add(chunk.subarray(start, end));
      this.#finish();
      start = end + 1;
    }
    if (start < chunk.length) this.#add(chunk.subarray(start));
  }

  #add(part: Buffer): void {
    this.#bytes += part.length;
    if (this.#head) {
      this.#tail = Buffer.concat([this.#tail, part.subarray(-endBytes)]).subarray(-endBytes);
      return;
    }
    this.#chunks.push(part);
    if (this.#bytes > this.#options.lineBytesMax) this.#skip();
  }

  #skip(): void {
    const all = Buffer.concat(this.#chunks);
    this.#head = Buffer.from(all.subarray(0, endBytes));
    this.#tail = Buffer.from(all.subarray(-endBytes));
    this.#chunks = [];
  }

  #finish(): void {
    const { onLine, onOversize } = this.#options;
    const [chunks, bytes, head, tail] = [this.#chunks, this.#bytes, this.#head, this.#tail];
    this.#chunks = [];
    this.#bytes = 0;
    this.#head = undefined;
    if (head) {
      onOversize(head.toString('latin1'), tail.toString('latin1'), bytes);
      return;
    }
    const [only] = chunks;
    if (only && bytes > 0) onLine(chunks.length === 1 ? only : Buffer.concat(chunks, bytes));
  }
}
