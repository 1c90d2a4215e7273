/** The embedding endpoint: its address in both ways, and a key that is named and never written. */
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: ${...} is what users write.
import { expect, test } from 'vitest';
import { load, refusal } from './folder.ts';

const environment = { HOME: '/home/tester', KEY: 'sk-secret', HOST: 'models.example.com' };
const read = (orchestrator: object, more: object = {}) =>
  load({ mcpServers: {}, orchestrator }, { environment: { ...environment, ...more } });

test.each<[string, string]>([
  ['https://api.example.com/v1', 'https://api.example.com/v1/embeddings'],
  ['https://api.example.com/v1/', 'https://api.example.com/v1/embeddings'],
  ['https://api.example.com/v1/embeddings', 'https://api.example.com/v1/embeddings'],
  ['http://127.0.0.1:8000', 'http://127.0.0.1:8000/embeddings'],
  ['https://${HOST}/v1?api-version=2', 'https://models.example.com/v1/embeddings?api-version=2'],
])('%s is %s', async (written, url) => {
  const { embeddings } = await read({ embeddings_url: written, embeddings_model: 'small' });
  expect(embeddings).toEqual({ url, model: 'small', key: undefined });
});

test('from the environment, with a key', async () => {
  const { embeddings } = await read(
    { embeddings_url: 'https://file.example.com', embeddings_model: 'small' },
    {
      MCP_ORCHESTRATOR_EMBEDDINGS_URL: 'https://variable.example.com/v1',
      MCP_ORCHESTRATOR_EMBEDDINGS_MODEL: 'large',
      MCP_ORCHESTRATOR_EMBEDDINGS_KEY_ENV: 'KEY',
    },
  );
  expect(embeddings).toEqual({
    url: 'https://variable.example.com/v1/embeddings',
    model: 'large',
    key: 'sk-secret',
  });
});

test('none, where none is written, and what has no effect is said', async () => {
  expect((await read({})).embeddings).toBeUndefined();
  const config = await read({ embeddings_model: 'small' });
  expect(config.embeddings).toBeUndefined();
  expect(config.warnings).toContainEqual(
    expect.stringContaining('embeddings_model has no effect without embeddings_url'),
  );
});

test.each<[object, RegExp]>([
  [{ embeddings_url: 'https://x.example.com' }, /embeddings_url needs embeddings_model beside it/],
  [{ embeddings_url: 'api.example.com', embeddings_model: 'a' }, /embeddings_url must be an address such as/],
  [{ embeddings_url: 'https://', embeddings_model: 'a' }, /embeddings_url must be an address such as/],
  [{ embeddings_url: 'https://${NOWHERE}', embeddings_model: 'a' }, /embeddings_url cannot be filled in/],
  [
    { embeddings_url: 'https://x.example.com', embeddings_model: '' },
    /embeddings_model must be the name of a model/,
  ],
  [
    { embeddings_url: 'https://x.example.com', embeddings_model: 'a', embeddings_key_env: 'sk-abc' },
    /embeddings_key_env must be the name of an environment variable, not a key, but is a text/,
  ],
  [
    { embeddings_url: 'https://x.example.com', embeddings_model: 'a', embeddings_key_env: 'NO_KEY' },
    /embeddings_key_env is "NO_KEY", and there is no such environment variable/,
  ],
])('%j is refused', async (orchestrator, reason) => {
  const { message } = await refusal({ mcpServers: {}, orchestrator }, { environment });
  expect(message).toMatch(reason);
  expect(message).not.toContain('sk-');
});
