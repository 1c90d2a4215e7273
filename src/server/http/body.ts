/** Reads the body of a request to `/mcp`: bounded, and JSON. */
import type { IncomingMessage } from 'node:http';
import { HttpProblem } from './answers.ts';
import { quoted } from './guards.ts';

/**
 * @throws HttpProblem 413 for more than `bytesMax`, 415 for another content type or a compressed body, 400 for what is no JSON
 */
export async function readJson(request: IncomingMessage, bytesMax: number): Promise<unknown> {
  const type = request.headers['content-type']?.split(';')[0]?.trim().toLowerCase();
  if (type !== 'application/json') {
    throw new HttpProblem(415, `The body must be application/json, not ${quoted(type || undefined)}.`, {
      hint: 'Send the header Content-Type: application/json.',
    });
  }
  const encoding = request.headers['content-encoding']?.trim().toLowerCase() ?? 'identity';
  if (encoding !== 'identity') {
    throw new HttpProblem(415, `The body must not be compressed, but is ${quoted(encoding)}.`, {
      hint: 'Send it without Content-Encoding.',
      headers: { 'Accept-Encoding': 'identity' },
    });
  }
  const text = await readText(request, bytesMax);
  try {
    return JSON.parse(text);
  } catch (error) {
    const detail = text.trim() === '' ? 'it is empty' : (error as Error).message;
    throw new HttpProblem(400, `The body is not JSON: ${detail}.`, { code: -32_700 });
  }
}

async function readText(request: IncomingMessage, bytesMax: number): Promise<string> {
  if (Number(request.headers['content-length']) > bytesMax) throw tooLarge(bytesMax);
  const bytes = await readBytes(request, bytesMax);
  try {
    return utf8.decode(bytes);
  } catch {
    throw new HttpProblem(400, 'The body is not text in UTF-8.', { code: -32_700 });
  }
}

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** By events: an iterator of the stream takes several times as long. */
function readBytes(request: IncomingMessage, bytesMax: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    request
      .on('data', (chunk: Buffer) => {
        bytes += chunk.length;
        if (bytes <= bytesMax) return void chunks.push(chunk);
        request.pause();
        reject(tooLarge(bytesMax));
      })
      .once('end', () => resolve(chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks)))
      .once('error', () => reject(new HttpProblem(400, 'The body broke off.', { code: -32_700 })));
  });
}

/** The rest of the body is not read: the connection ends. */
function tooLarge(bytesMax: number): HttpProblem {
  return new HttpProblem(413, `The body is larger than ${bytesMax} bytes (httpBodyBytesMax).`, {
    hint: 'Send less at once.',
    headers: { Connection: 'close' },
  });
}
