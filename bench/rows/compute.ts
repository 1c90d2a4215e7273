/** Pure computing in a script against the same code in Node, with all its compilers. */
import { inTurns, timed } from '../measure.ts';
import { runScript } from '../subjects.ts';
import { withOurs } from './connected.ts';
import type { RowGroup } from './group.ts';

const programs: Readonly<Record<string, string>> = {
  JSON: `const rows = Array.from({ length: 2000 }, (_, id) => ({ id, name: 'n' + id, tags: ['a', 'b'] }));
let characters = 0;
for (let i = 0; i < 60; i += 1) characters += JSON.stringify(JSON.parse(JSON.stringify(rows))).length;
return characters;`,
  'sorting numbers': `let sum = 0;
for (let k = 0; k < 10; k += 1) sum += Array.from({ length: 50000 }, (_, i) => (i * 7919) % 50021).sort((a, b) => a - b)[5];
return sum;`,
  'building strings': `let characters = 0;
for (let k = 0; k < 10; k += 1) {
  let text = '';
  for (let i = 0; i < 100000; i += 1) text += 'x' + i;
  characters += text.length;
}
return characters;`,
  'map, filter, reduce': `let sum = 0;
for (let k = 0; k < 20; k += 1)
  sum += Array.from({ length: 50000 }, (_, i) => i).map((x) => x * 2).filter((x) => x % 3 === 0).reduce((a, b) => a + b, 0);
return sum;`,
  'a tight loop': `let sum = 0;
for (let i = 0; i < 2e7; i += 1) sum = (sum + i * 3) % 1000003;
return sum;`,
};

export const computeGroups: readonly RowGroup[] = Object.entries(programs).map(([name, code]) => ({
  rows: [{ name: `computing: ${name}`, unit: 'ms' as const }],
  measure: ({ batches }) =>
    withOurs({}, async (ours) => {
      const inNode = new Function(code);
      const sides = await inTurns(
        Math.min(batches, 3),
        async () => [await timed(() => runScript(ours, code, { check: 'off' }))],
        async () => [await timed(async () => inNode())],
      );
      return [{ ours: sides.ours[0] ?? Number.NaN, floor: sides.floor[0] ?? Number.NaN }];
    }),
}));
