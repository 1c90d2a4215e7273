/** Frames on their way into the sandbox process. Answers to calls, as nearly all are, are read where they lie. */
import { FrameReader, prefixBytes, type ToSandbox } from './protocol.ts';

export interface FramesInOwner {
  onReply(run: string, id: number, ok: boolean, text: string): void;
  onMessage(message: ToSandbox, payload: Uint8Array): void;
}

/** What follows the id in the header of an answer. */
const okEnd = ',"ok":true}';
const failedEnd = ',"ok":false}';
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

export class FramesIn {
  readonly #owner: FramesInOwner;
  readonly #buffer: Buffer;
  readonly #view: DataView;
  readonly #reader: FrameReader;
  #run = '';
  #replyStart = '';

  /** @param buffer what `take` is told to look into */
  constructor(buffer: Buffer, owner: FramesInOwner) {
    this.#buffer = buffer;
    this.#view = new DataView(buffer.buffer, buffer.byteOffset);
    this.#owner = owner;
    this.#reader = new FrameReader(Number.POSITIVE_INFINITY, (header, payload) =>
      owner.onMessage(JSON.parse(decoder.decode(header)) as ToSandbox, payload),
    );
  }

  /** From now on answers are to calls of this run. */
  expectRepliesOf(run: string): void {
    this.#run = run;
    this.#replyStart = `{"type":"reply","run":${JSON.stringify(run)},"id":`;
  }

  /** The first `length` bytes of the buffer are new. */
  take(length: number): void {
    let at = 0;
    if (this.#reader.isEmpty) {
      for (let end = this.#takeReply(0, length); end > 0; end = this.#takeReply(end, length)) at = end;
      if (at === length) return;
    }
    this.#reader.push(Uint8Array.prototype.slice.call(this.#buffer, at, length));
  }

  /** @returns where the answer ends, or 0 where there is anything else, or not the whole of it */
  #takeReply(at: number, length: number): number {
    const headerAt = at + prefixBytes;
    if (headerAt > length) return 0;
    const headerEnd = headerAt + this.#view.getUint32(at, true);
    const end = headerEnd + this.#view.getUint32(at + 4, true);
    if (end > length) return 0;
    const header = this.#buffer.toString('latin1', headerAt, headerEnd);
    if (!header.startsWith(this.#replyStart)) return 0;
    const ok = header.endsWith(okEnd);
    if (!ok && !header.endsWith(failedEnd)) return 0;
    const id = parseInt(header.slice(this.#replyStart.length), 10);
    this.#owner.onReply(this.#run, id, ok, this.#buffer.toString('utf8', headerEnd, end));
    return end;
  }
}
