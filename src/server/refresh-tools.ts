/** `refresh_tools`: asks every server anew and says what changed. */
import * as z from 'zod';
import { answer, defineTool } from './tool.ts';

const rowsShownMax = 200;

export const refreshTools = defineTool({
  name: 'refresh_tools',
  title: 'Ask all servers for their tools again',
  description:
    'Asks every server for its tools again, reconnecting those that failed; reports what was added, removed, changed and what failed.',
  input: z.strictObject({}),
  annotations: { readOnlyHint: true, openWorldHint: false },
  // It keeps servers busy.
  scope: 'run',
  async handle(_, { catalog }, context) {
    return answer(shortened(await catalog.refreshAll(context.mcpReq.signal)));
  },
});

/** A list that is cut has its length beside it, as `added_total`. */
function shortened(report: object): object {
  const entries = Object.entries(report).flatMap(([key, value]) =>
    Array.isArray(value) && value.length > rowsShownMax
      ? [
          [key, value.slice(0, rowsShownMax)],
          [`${key}_total`, value.length],
        ]
      : [[key, value]],
  );
  return Object.fromEntries(entries);
}
