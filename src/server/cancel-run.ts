/** `cancel_run`: ends a run that is under way. */
import * as z from 'zod';
import { cancelRun } from '../execution/cancel-run.ts';
import { renderRunAnswer } from '../execution/render-run.ts';
import { answer, defineTool } from './tool.ts';

export const cancelRunTool = defineTool({
  name: 'cancel_run',
  description: 'End a run',
  input: z.strictObject({ run_id: z.string() }),
  async handle({ run_id }, { runs }, context, { principal }) {
    const seen = await cancelRun(runs, run_id, { principal, signal: context.mcpReq.signal });
    return answer(seen, renderRunAnswer(seen));
  },
});
