/** `get_run`: what a run has done so far, or gave in the end. */
import * as z from 'zod';
import { renderRunAnswer } from '../execution/render-run.ts';
import { answerOf } from '../execution/run-view.ts';
import { answer, defineTool } from './tool.ts';

export const getRun = defineTool({
  name: 'get_run',
  description: 'A run so far',
  input: z.strictObject({ run_id: z.string(), wait_seconds: z.number().optional() }),
  annotations: { readOnlyHint: true },
  // What a run was told by its servers is for those who may run scripts.
  scope: 'run',
  async handle({ run_id, wait_seconds = 0 }, { runs, config }, context, { principal }) {
    const ms = Math.min(Math.max(wait_seconds, 0), config.limits.runWaitSecondsMax) * 1_000;
    const record = await runs.wait(run_id, { principal, ms, signal: context.mcpReq.signal });
    if (!record) throw runs.unknown(run_id);
    const seen = answerOf(record);
    return answer(seen, renderRunAnswer(seen));
  },
});
