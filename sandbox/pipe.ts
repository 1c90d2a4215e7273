/**
 * The sandbox process's end of the pipe to the orchestrator. On Linux it is read by blocking where nothing else can
 * happen here anyway: an answer then reaches the script with one system call and without the event loop, whose turn
 * costs more than the script's own part of a call where there is no JIT.
 */
import { read, readSync, writeSync } from 'node:fs';
import { Socket, type SocketConstructorOpts } from 'node:net';

export interface Pipe {
  /** Everything is written in order; what cannot go at once waits. The bytes need not stay valid. */
  write(bytes: Uint8Array, length: number): void;
  /** Waits for the next bytes, by blocking where the owner `canBlock`. To be called whenever that may have changed. */
  listen(): void;
}

export interface PipeOwner {
  /** Into this the pipe is read, from its start. */
  readonly buffer: Buffer;
  /** So many bytes are there; valid only during the call. */
  receive(length: number): void;
  /** True where only the orchestrator can make anything happen here. */
  canBlock(): boolean;
  /** `later` while a turn of the script's is under way, after which `listen` is called again. */
  wantsBytes(): 'now' | 'later' | 'no';
  /** Before blocking: send what was gathered. */
  flush(): void;
  closed(): void;
}

const descriptor = 3;
/** The event loop gets a turn so often, for the watch over the script. */
const blockingMsMax = 20;
/** A script's turn that takes longer does not keep an order to abort from being read. */
const turnMsMax = 5;

/** @param blocks as the orchestrator says for this platform: only Linux gives the child a descriptor that blocks */
export function openPipe(blocks: boolean, owner: PipeOwner): Pipe {
  return blocks ? new BlockingPipe(owner) : new StreamPipe(owner);
}

class BlockingPipe implements Pipe {
  readonly #owner: PipeOwner;
  #isReading = false;
  #isTaking = false;
  #later: NodeJS.Timeout | undefined;

  constructor(owner: PipeOwner) {
    this.#owner = owner;
  }

  write(bytes: Uint8Array, length: number): void {
    let at = writeSync(descriptor, bytes, 0, length);
    while (at < length) at += writeSync(descriptor, bytes, at, length - at);
  }

  listen(): void {
    const owner = this.#owner;
    const { buffer } = owner;
    if (this.#isReading || this.#isTaking) return;
    clearTimeout(this.#later);
    const since = Date.now();
    while (owner.canBlock()) {
      owner.flush();
      this.#take(readSync(descriptor, buffer, 0, buffer.length, null));
      if (Date.now() - since < blockingMsMax) continue;
      setImmediate(() => this.listen());
      return;
    }
    const wanted = owner.wantsBytes();
    if (wanted === 'now') this.#read();
    if (wanted === 'later') this.#later = setTimeout(() => this.#read(), turnMsMax);
  }

  /** By a thread of the pool, which costs more than the whole turn of most scripts. */
  #read(): void {
    if (this.#isReading) return;
    this.#isReading = true;
    const { buffer } = this.#owner;
    read(descriptor, buffer, 0, buffer.length, null, (error, bytes) => {
      this.#isReading = false;
      if (error) return this.#owner.closed();
      this.#take(bytes);
      this.listen();
    });
  }

  #take(bytes: number): void {
    if (bytes === 0) return this.#owner.closed();
    this.#isTaking = true;
    this.#owner.receive(bytes);
    this.#isTaking = false;
  }
}

/** `onread` goes round the stream classes, whose code is slow without a JIT. */
class StreamPipe implements Pipe {
  readonly #socket: Socket;

  constructor(owner: PipeOwner) {
    const onread = {
      buffer: owner.buffer,
      callback: (bytes: number) => {
        owner.receive(bytes);
        return true;
      },
    };
    this.#socket = new Socket({
      fd: descriptor,
      readable: true,
      writable: true,
      onread,
    } as SocketConstructorOpts);
    this.#socket.on('close', () => owner.closed());
    this.#socket.on('error', () => owner.closed());
  }

  write(bytes: Uint8Array, length: number): void {
    this.#socket.write(Uint8Array.prototype.slice.call(bytes, 0, length));
  }

  listen(): void {}
}
