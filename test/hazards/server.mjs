// The tools of the hazards: answers of every size and speed, and the bystander's question whether its hazard is over.
import { serve, text, tool } from '../fixtures/servers/raw.mjs';

const over = new Set();
const calls = {
  echo: (args) => text(JSON.stringify(args)),
  fail: () => ({ ...text('it failed, as always'), isError: true }),
  slow: ({ ms }) => new Promise((resolve) => setTimeout(resolve, ms, text('late'))),
  never: () => new Promise(() => {}),
  large: ({ characters }) => text('x'.repeat(characters)),
  deep: ({ levels }) => text('['.repeat(levels) + ']'.repeat(levels)),
  polluted: () => text('{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}'),
  over: ({ id }) => {
    over.add(id);
    return text('true');
  },
  isOver: ({ id }) => text(String(over.has(id))),
};
serve({
  name: 'hazard',
  tools: Object.keys(calls).map((name) => tool(name)),
  call: (name, args) => calls[name](args),
});
