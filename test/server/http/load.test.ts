/** 200 clients of every kind at once, for a few seconds; `npm run bench -- http` does it for a minute. */
import { expect, it } from 'vitest';
import { runLoad } from '../../../bench/http-load.ts';
import { serveHttp } from '../../support/http.ts';
import { fixture, setUp } from '../../support/orchestrator.ts';

it('loses no answer, mixes none up, and keeps nothing', { timeout: 300_000 }, async () => {
  const { url } = await serveHttp(setUp({ echo: fixture('echo.mjs') }, { check: 'off' }));
  const { answered, wrong, lost, memory } = await runLoad({
    url,
    clients: 200,
    seconds: 3,
    echo: 'echo.echo',
  });
  expect({ wrong, lost }).toEqual({ wrong: 0, lost: [] });
  expect(answered).toBeGreaterThanOrEqual(400);
  expect((memory.after - memory.before) / 1e6).toBeLessThan(150);
});
