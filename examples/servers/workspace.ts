/** Simulated workspace: the layout, saved scenes, the stock of parts with reservations, and the assembly fixture. */
import { McpServer } from '@modelcontextprotocol/server';
import { serveStdio } from '@modelcontextprotocol/server/stdio';
import * as z from 'zod';
import {
  type Cell,
  changeCell,
  feederSpot,
  initialCell,
  objectOf,
  reachMm,
  readCell,
  removeCellAtExit,
  slotNames,
  slots,
  traySpots,
} from './cell.ts';
import { place, present, release, reserve, takeOff, unitOf, unload } from './stock.ts';
import { structured } from './structured.ts';

const point = z.object({ x: z.number(), y: z.number() });
const resource = z.enum(['plate', 'screw']);
const slot = z.enum(slotNames);
const sceneName = z.object({ name: z.string().min(1).max(40) });
const sceneSummary = z.object({ name: z.string(), objects: z.number().int() });
const reservationId = z.object({ reservation_id: z.string() });
const partId = z.object({ part: z.string().describe('as given by present_part') });
const ledger = z.object({
  available: z.number().int(),
  reserved: z.number().int(),
  in_cell: z.number().int().describe('handed out by the feeder, not yet built in'),
  used: z.number().int(),
  scrapped: z.number().int(),
});
const layout = z.object({
  reach_mm: z.number(),
  tray: z.array(point),
  feeder: point.describe('where present_part puts a part'),
  slots: z.array(z.object({ slot, position: point })),
});
const resources = z.object({ plate: ledger, screw: ledger });
const unit = z.object({ filled: z.array(slot), missing: z.array(slot), complete: z.boolean() });

const reading = { readOnlyHint: true, openWorldHint: false };
const adding = { readOnlyHint: false, destructiveHint: false, idempotentHint: false, openWorldHint: false };
const replacing = { readOnlyHint: false, destructiveHint: true, idempotentHint: true, openWorldHint: false };

removeCellAtExit();

serveStdio(() => {
  const server = new McpServer({ name: 'workspace', version: '1.0.0' });
  registerScenes(server);
  registerStock(server);
  registerAssembly(server);
  return server;
});

function registerScenes(server: McpServer): void {
  server.registerTool(
    'reset',
    {
      description:
        'Put the whole cell (objects, stock, fixture, arm) into its first state and forget saved scenes.',
      inputSchema: z.object({}),
      outputSchema: layout,
      annotations: replacing,
    },
    () => {
      changeCell((cell) => Object.assign(cell, initialCell()));
      return structured(currentLayout());
    },
  );

  server.registerTool(
    'get_layout',
    {
      description: 'Fixed points of the cell: reach of the arm, tray, feeder, fixture slots.',
      inputSchema: z.object({}),
      outputSchema: layout,
      annotations: reading,
    },
    () => structured(currentLayout()),
  );

  server.registerTool(
    'save_scene',
    {
      description: 'Remember everything but the arm under a name.',
      inputSchema: sceneName,
      outputSchema: sceneSummary,
      annotations: { ...replacing, destructiveHint: false },
    },
    ({ name }) =>
      structured(
        changeCell(({ scene, saved }) => {
          saved[name] = structuredClone(scene);
          return { name, objects: scene.objects.length };
        }),
      ),
  );

  server.registerTool(
    'restore_scene',
    {
      description: 'Put everything but the arm back as it was saved. The gripper must be empty.',
      inputSchema: sceneName,
      outputSchema: sceneSummary,
      annotations: replacing,
    },
    ({ name }) => structured(changeCell((cell) => restore(cell, name))),
  );
}

function registerStock(server: McpServer): void {
  server.registerTool(
    'list_resources',
    {
      description: 'Where the pieces of each resource are. Their sum never changes.',
      inputSchema: z.object({}),
      outputSchema: resources,
      annotations: reading,
    },
    () => structured(readCell().scene.stock),
  );

  server.registerTool(
    'reserve',
    {
      description: 'Set pieces of a resource aside. Fails, reserving nothing, where there are too few.',
      inputSchema: z.object({ resource, count: z.number().int().min(1).max(100) }),
      outputSchema: z.object({ reservation_id: z.string(), available: z.number().int() }),
      annotations: adding,
    },
    (wanted) => structured(changeCell(({ scene }) => reserve(scene, wanted.resource, wanted.count))),
  );

  server.registerTool(
    'release',
    {
      description: 'Give back what is left of a reservation.',
      inputSchema: reservationId,
      outputSchema: z.object({ returned: z.number().int() }),
      annotations: { ...replacing, destructiveHint: false },
    },
    ({ reservation_id }) => structured(changeCell(({ scene }) => release(scene, reservation_id))),
  );

  server.registerTool(
    'present_part',
    {
      description:
        'Have the feeder put the next piece of a reservation at the feeder spot. Some pieces are faulty.',
      inputSchema: reservationId,
      outputSchema: z.object({
        part: z.string(),
        left: z.number().int().describe('left in the reservation'),
      }),
      annotations: adding,
    },
    ({ reservation_id }) => structured(changeCell(({ scene }) => present(scene, reservation_id))),
  );

  server.registerTool(
    'discard_part',
    {
      description: 'Throw a presented part away.',
      inputSchema: partId,
      outputSchema: z.object({ scrapped: z.number().int() }),
      annotations: { ...replacing, idempotentHint: false },
    },
    ({ part }) =>
      structured(
        changeCell((cell) => ({ scrapped: takeOff(cell, objectOf(cell.scene, part), 'scrapped').scrapped })),
      ),
  );
}

function registerAssembly(server: McpServer): void {
  server.registerTool(
    'place_part',
    {
      description:
        'Fasten the part that lies at a slot of the fixture. The plate goes to the base first, screws to the corners.',
      inputSchema: z.object({ part: z.string(), slot }),
      outputSchema: unit,
      annotations: adding,
    },
    ({ part, slot: target }) => structured(changeCell((cell) => place(cell, part, target))),
  );

  server.registerTool(
    'inspect_unit',
    {
      description: 'Which slots of the unit in the fixture are filled.',
      inputSchema: z.object({}),
      outputSchema: unit,
      annotations: reading,
    },
    () => structured(unitOf(readCell().scene)),
  );

  server.registerTool(
    'unload_unit',
    {
      description:
        'Take the unit out of the fixture. A complete one counts as finished; the parts of another go back to stock.',
      inputSchema: z.object({}),
      outputSchema: z.object({ complete: z.boolean(), units_finished: z.number().int() }),
      annotations: { ...replacing, idempotentHint: false },
    },
    () => structured(changeCell(({ scene }) => unload(scene))),
  );
}

function currentLayout(): z.infer<typeof layout> {
  const corners = slotNames.map((name) => ({ slot: name, position: slots[name] }));
  return { reach_mm: reachMm, tray: [...traySpots], feeder: feederSpot, slots: corners };
}

function restore(cell: Cell, name: string): z.infer<typeof sceneSummary> {
  const scene = cell.saved[name];
  if (!scene)
    throw new Error(`no scene "${name}" was saved; saved: ${Object.keys(cell.saved).join(', ') || 'none'}`);
  if (cell.arm.holding !== null) throw new Error(`the gripper holds ${cell.arm.holding}; open it first`);
  cell.scene = structuredClone(scene);
  return { name, objects: scene.objects.length };
}
