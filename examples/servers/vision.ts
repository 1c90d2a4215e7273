/** Simulated camera over the cell: finds objects coarsely or exactly, and sees whether a grasp holds. Changes nothing. */
import { McpServer } from '@modelcontextprotocol/server';
import { serveStdio } from '@modelcontextprotocol/server/stdio';
import * as z from 'zod';
import { type Cell, type CellObject, distance, gripHeight, objectOf, reachMm, readCell } from './cell.ts';
import { structured } from './structured.ts';

const point = z.object({ x: z.number(), y: z.number() });
const objectId = z.object({ id: z.string().describe('as given by detect_objects') });

const detections = z.object({
  objects: z.array(
    z.object({
      id: z.string(),
      label: z.string(),
      confidence: z.number(),
      approximate: point.describe('millimetres, to the nearest 20: too coarse to grasp by; use locate'),
    }),
  ),
});

const location = z.object({
  id: z.string(),
  position: point,
  grasp: z.object({ x: z.number(), y: z.number(), z: z.number() }).describe('where to close the gripper'),
  width_mm: z.number(),
  upright: z.boolean(),
});

const picture = z.object({
  objects: z.array(
    z.object({ id: z.string(), x: z.number(), y: z.number(), upright: z.boolean(), held: z.boolean() }),
  ),
});

const graspCheck = z.object({
  held: z.boolean(),
  evidence: z.string().describe('what the camera sees, in words'),
});

const partCheck = z.object({ id: z.string(), ok: z.boolean(), defect: z.string().nullable() });

const annotations = { readOnlyHint: true, openWorldHint: false };

serveStdio(() => {
  const server = new McpServer({ name: 'vision', version: '1.0.0' });

  server.registerTool(
    'detect_objects',
    {
      description: 'What is on the table, with coarse positions. Things under the arm are not seen.',
      inputSchema: z.object({
        label: z.string().optional().describe('only objects whose label contains this'),
        min_confidence: z.number().min(0).max(1).default(0.5),
      }),
      outputSchema: detections,
      annotations,
    },
    ({ label = '', min_confidence }) => {
      const cell = readCell();
      const objects = cell.scene.objects
        .filter((object) => object.label.includes(label) && !hidden(cell, object))
        .map((object) => ({
          id: object.id,
          label: object.label,
          confidence: confidence(object),
          approximate: { x: coarse(object.position.x), y: coarse(object.position.y) },
        }))
        .filter((detection) => detection.confidence >= min_confidence);
      return structured({ objects });
    },
  );

  server.registerTool(
    'locate',
    {
      description:
        'Exact position of one object, and where to grasp it. Fails while the arm hides or holds it.',
      inputSchema: objectId,
      outputSchema: location,
      annotations,
    },
    ({ id }) => {
      const cell = readCell();
      const object = objectOf(cell.scene, id);
      if (cell.arm.holding === id) throw new Error(`${id} is in the gripper; it has no place on the table`);
      if (hidden(cell, object))
        throw new Error(`occluded: the arm is over ${id}; raise it to 200 mm or send it home`);
      const { position, width_mm, upright } = object;
      return structured({ id, position, grasp: { ...position, z: gripHeight(object) }, width_mm, upright });
    },
  );

  server.registerTool(
    'verify_grasp',
    {
      description:
        'Whether the gripper really holds the object. Lift it first: a weak grasp only shows then.',
      inputSchema: objectId,
      outputSchema: graspCheck,
      annotations,
    },
    ({ id }) => {
      const { arm, scene } = readCell();
      const object = objectOf(scene, id);
      const held = arm.holding === id;
      const where = `${object.label} at (${object.position.x}, ${object.position.y}) on the table`;
      const evidence = held
        ? `${object.label} between the fingers`
        : `fingers ${arm.gap_mm} mm apart, ${where}`;
      return structured({ held, evidence });
    },
  );

  server.registerTool(
    'capture_scene',
    {
      description:
        'All objects of the cell in one picture, hidden ones included (the camera takes it from the side).',
      inputSchema: z.object({}),
      outputSchema: picture,
      annotations,
    },
    () => {
      const { arm, scene } = readCell();
      const objects = scene.objects.map(({ id, position, upright }) => {
        const held = arm.holding === id;
        const { x, y } = held ? arm.position : position;
        return { id, x, y, upright, held };
      });
      return structured({ objects });
    },
  );

  server.registerTool(
    'inspect_part',
    {
      description: 'Look at a part closely, before it is built in.',
      inputSchema: objectId,
      outputSchema: partCheck,
      annotations,
    },
    ({ id }) => {
      const { defect } = objectOf(readCell().scene, id);
      return structured({ id, ok: defect === null, defect });
    },
  );

  return server;
});

function hidden({ arm }: Cell, object: CellObject): boolean {
  return arm.holding === object.id || (arm.position.z < 200 && distance(arm.position, object.position) < 60);
}

/** Fallen and far objects are harder to recognise. */
function confidence(object: CellObject): number {
  if (!object.upright) return 0.61;
  return distance(object.position, { x: 0, y: 0 }) > reachMm ? 0.74 : 0.97;
}

function coarse(millimetres: number): number {
  return Math.round(millimetres / 20) * 20;
}
