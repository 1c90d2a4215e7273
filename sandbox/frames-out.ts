/**
 * Frames on their way out of the sandbox process. The first of a turn goes out at once, the others together behind it:
 * a call alone is not held up, and a hundred made at once cost one system call.
 */
import { prefixBytes } from './protocol.ts';

/** Small frames share it: each is written, or copied, before the next one is made. */
const shared = Buffer.alloc(65_536);
const sharedView = new DataView(shared.buffer, shared.byteOffset);
const bytesPerCharacterMax = 3;

export class FramesOut {
  readonly #write: (bytes: Uint8Array, length: number) => void;
  #isFirst = true;
  #gathered: Uint8Array[] = [];

  /** @param write takes the first `length` bytes, which are valid only during the call */
  constructor(write: (bytes: Uint8Array, length: number) => void) {
    this.#write = write;
  }

  /**
   * @param header JSON in ASCII
   * @returns whether `flush` is to be called at the end of this turn, and was not asked for before
   */
  add(header: string, payload: string): boolean {
    const isFirst = this.#isFirst;
    this.#isFirst = false;
    const characters = header.length + payload.length;
    if (prefixBytes + characters * bytesPerCharacterMax > shared.length)
      this.#put(largeFrame(header, payload), isFirst);
    else {
      // The header is as many bytes as characters: what is written beyond is the payload's.
      const bytes = shared.write(header + payload, prefixBytes);
      sharedView.setUint32(0, header.length, true);
      sharedView.setUint32(4, bytes - header.length, true);
      if (isFirst) this.#write(shared, prefixBytes + bytes);
      else this.#gathered.push(Uint8Array.prototype.slice.call(shared, 0, prefixBytes + bytes));
    }
    return isFirst;
  }

  flush(): void {
    this.#isFirst = true;
    if (this.#gathered.length === 0) return;
    const bytes =
      this.#gathered.length === 1 ? (this.#gathered[0] as Uint8Array) : Buffer.concat(this.#gathered);
    this.#gathered = [];
    this.#write(bytes, bytes.byteLength);
  }

  #put(frame: Uint8Array, isFirst: boolean): void {
    if (isFirst) this.#write(frame, frame.byteLength);
    else this.#gathered.push(frame);
  }
}

function largeFrame(header: string, payload: string): Uint8Array {
  const payloadBytes = Buffer.byteLength(payload);
  const frame = Buffer.allocUnsafe(prefixBytes + header.length + payloadBytes);
  frame.writeUInt32LE(header.length, 0);
  frame.writeUInt32LE(payloadBytes, 4);
  frame.write(header, prefixBytes, 'latin1');
  frame.write(payload, prefixBytes + header.length);
  return frame;
}
