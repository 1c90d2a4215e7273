/** Reads the body of a request to `/mcp`: bounded, and JSON. */
import type { IncomingMessage } from 'node:http';
import { HttpProblem } from './answers.ts';

/**
 * @throws HttpProblem 413 for more than `bytesMax`, 415 for another content type, 400 for what is no JSON
 */
export async function readJson(request: IncomingMessage, bytesMax: number): Promise<unknown> {
  const type = request.headers['content-type']?.split(';')[0]?.trim().toLowerCase();
  if (type !== 'application/json') {
    throw new HttpProblem(415, `The body must be application/json, not ${JSON.stringify(type ?? '')}.`, {
      hint: 'Send the header Content-Type: application/json.',
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
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > bytesMax) throw tooLarge(bytesMax);
    chunks.push(chunk);
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(chunks));
  } catch {
    throw new HttpProblem(400, 'The body is not text in UTF-8.', { code: -32_700 });
  }
}

/** The rest of the body is not read: the connection ends. */
function tooLarge(bytesMax: number): HttpProblem {
  return new HttpProblem(413, `The body is larger than ${bytesMax} bytes (httpBodyBytesMax).`, {
    hint: 'Send less at once.',
    headers: { Connection: 'close' },
  });
}
