/**
 * Real published servers working together: reads incident reports and a price list through `filesystem`, works out
 * facts for each topic, keeps them as a graph in `memory`, reads the graph back, and has `everything` check a sum.
 * What it adds to the memory it takes out again, whatever happens. No file content reaches the agent.
 */
import { everything, filesystem, memory, ToolError } from '../generated/unified_api.ts';

const root = (await filesystem.list_allowed_directories({})).content.split('\n')[1];
if (!root) throw new Error('the filesystem server allows no folder');

// Read everything at once, then parse.
const search = { path: root, excludePatterns: ['**/node_modules/**'] };
const [reportPaths, pricePaths] = await Promise.all([
  filesystem.search_files({ ...search, pattern: '**/incidents/*.md' }),
  filesystem.search_files({ ...search, pattern: '**/parts.csv' }),
]);
const [priceText, ...reportTexts] = await Promise.all(
  [...lines(pricePaths.content), ...lines(reportPaths.content)].map((path) => readText(path)),
);

const prices = new Map(
  lines(priceText ?? '')
    .slice(1)
    .map((line) => {
      const [part = '', supplier = '', cents = '', stock = ''] = line.split(',');
      return [part, { supplier, cents: Number(cents), stock: Number(stock) }] as const;
    }),
);

type Topic = { name: string; incidents: number; minutes: number; parts: Set<string> };
const topics = new Map<string, Topic>();
for (const text of reportTexts) {
  const name = field(text, 'Topic');
  const topic = topics.get(name) ?? { name, incidents: 0, minutes: 0, parts: new Set() };
  topic.incidents += 1;
  topic.minutes += Number.parseInt(field(text, 'Downtime'), 10);
  for (const part of field(text, 'Parts').split(', ')) topic.parts.add(part);
  topics.set(name, topic);
}

// Names of this run only, so that nobody else's entities are touched.
const run = crypto.randomUUID();
const nameOf = (thing: string) => `${thing} (${run})`;
const partNames = [...new Set([...topics.values()].flatMap(({ parts }) => [...parts]))];
const entityNames = [...topics.keys(), ...partNames].map(nameOf);

let graph: Awaited<ReturnType<typeof memory.open_nodes>>;
try {
  // One after the other: the memory server rewrites one file, and writes at the same time would be lost.
  await memory.create_entities({
    entities: [
      ...[...topics.values()].map(({ name, incidents, minutes }) => ({
        name: nameOf(name),
        entityType: 'topic',
        observations: [`incidents: ${incidents}`, `minutes of downtime: ${minutes}`],
      })),
      ...partNames.map((part) => ({
        name: nameOf(part),
        entityType: 'part',
        observations: [`${prices.get(part)?.stock ?? 0} in stock`],
      })),
    ],
  });
  await memory.create_relations({
    relations: [...topics.values()].flatMap(({ name, parts }) =>
      [...parts].map((part) => ({ from: nameOf(name), to: nameOf(part), relationType: 'needs' })),
    ),
  });
  graph = await memory.open_nodes({ names: entityNames });
} finally {
  await memory.delete_entities({ entityNames });
}
const left = await memory.open_nodes({ names: entityNames });
if (left.entities.length + left.relations.length > 0)
  throw new Error(`left in the memory: ${JSON.stringify(left)}`);

// Which topic waits for a part that is out of stock? Answered from the graph, not from our own variables.
const outOfStock = graph.entities
  .filter((entity) => entity.observations.includes('0 in stock'))
  .map(({ name }) => name);
const waiting = new Set(graph.relations.filter(({ to }) => outOfStock.includes(to)).map(({ from }) => from));

// The same total twice: ours, and added up by the `everything` server, whose answer is plain text.
let checked = 0;
for (const { minutes } of topics.values()) {
  const answer: string = await everything.get_sum({ a: checked, b: minutes });
  checked = Number(/is (\d+)\.?$/.exec(answer)?.[1]);
}
const weather = await everything.get_structured_content({ location: 'Chicago' });
if (typeof weather.temperature !== 'number') throw new Error(`no temperature: ${JSON.stringify(weather)}`);

// What must not work: reading outside the folder that the server was given.
let refusal = '';
try {
  await readText(`${root}/../not-yours.txt`);
} catch (error) {
  if (!(error instanceof ToolError)) throw error;
  refusal = `${error.server}.${error.tool}: ${error.message}`;
}

const minutes = [...topics.values()].reduce((sum, topic) => sum + topic.minutes, 0);
if (reportTexts.length !== 5 || minutes !== 300 || checked !== minutes)
  throw new Error(`${minutes} and ${checked} minutes`);
if (graph.entities.length !== 8 || graph.relations.length !== 5)
  throw new Error(`graph: ${JSON.stringify(graph)}`);
if (![...waiting].join().startsWith('gripping')) throw new Error(`waiting: ${[...waiting]}`);
if (!refusal.includes('Access denied')) throw new Error(`not refused: ${refusal}`);

const worst = [...topics.values()].sort((a, b) => b.minutes - a.minutes)[0];
console.log(
  `${reportTexts.length} reports, ${minutes} minutes; worst: ${worst?.name}; refused as it should: ${refusal.split(':')[0]}`,
);
export default {
  reports: reportTexts.length,
  minutes,
  worst: worst?.name,
  waiting_for_parts: [...topics.keys()].filter((name) => waiting.has(nameOf(name))),
};

async function readText(path: string): Promise<string> {
  return (await filesystem.read_text_file({ path })).content;
}

function lines(text: string): string[] {
  return text.split(/\r?\n/).filter((line) => line !== '');
}

/** The value of a line such as `- Topic: gripping`. */
function field(text: string, name: string): string {
  const value = new RegExp(`^- ${name}: (.+)$`, 'm').exec(text)?.[1];
  if (value === undefined) throw new Error(`no "${name}" in: ${text.slice(0, 80)}`);
  return value.trim();
}
