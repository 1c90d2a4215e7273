/** Simulated robot arm: moves, grips, and fails as an arm does (out of reach, collision, protective stop). */
import { McpServer } from '@modelcontextprotocol/server';
import { serveStdio } from '@modelcontextprotocol/server/stdio';
import * as z from 'zod';
import {
  type Arm,
  type Cell,
  changeCell,
  distance,
  gripHeight,
  gripperOpenMm,
  homePosition,
  objectOf,
  type Point,
  reachMm,
  readCell,
} from './cell.ts';
import { structured } from './structured.ts';

const position = z.object({
  x: z.number().describe('millimetres from the base'),
  y: z.number().describe('millimetres from the base'),
  z: z.number().min(5).max(500).describe('millimetres above the table'),
});

const armState = z.object({
  position,
  gripper: z.object({ gap_mm: z.number(), force_n: z.number() }),
  stopped: z.string().nullable().describe('why the arm will not move until it is sent home, or null'),
  motions: z.number().int().describe('motions since the last reset'),
});

const contact = z.object({
  contact: z.boolean().describe('whether the fingers met something'),
  gap_mm: z.number().describe('millimetres between the fingers'),
});

const motion = { readOnlyHint: false, destructiveHint: true, idempotentHint: true, openWorldHint: false };
const gripping = { ...motion, destructiveHint: false };

serveStdio(() => {
  const server = new McpServer({ name: 'robot-arm', version: '1.0.0' });

  server.registerTool(
    'get_state',
    {
      description: 'Where the arm is, how far its gripper is open, and whether it is stopped.',
      inputSchema: z.object({}),
      outputSchema: armState,
      annotations: { readOnlyHint: true, openWorldHint: false },
    },
    () => structured(stateOf(readCell().arm)),
  );

  server.registerTool(
    'move_to',
    {
      description: `Move the fingertips in a straight line. Reaches ${reachMm} mm around the base. Fails without moving where the target is unreachable; a collision knocks the object over and stops the arm until it is sent home.`,
      inputSchema: position,
      outputSchema: armState,
      annotations: motion,
    },
    (target) => structured(orThrow(changeCell((cell) => move(cell, target)))),
  );

  server.registerTool(
    'open_gripper',
    {
      description:
        'Open the gripper; what it holds stays where it is, and falls over if that is above the table.',
      inputSchema: z.object({}),
      outputSchema: z.object({ gap_mm: z.number() }),
      annotations: gripping,
    },
    () => structured({ gap_mm: changeCell(release) }),
  );

  server.registerTool(
    'close_gripper',
    {
      description:
        'Close the gripper on what is between its fingers. Contact is no proof of a grasp: with too little force the object slips out when it is lifted.',
      inputSchema: z.object({
        force_n: z.number().min(1).max(40).default(15).describe('newtons; smooth things need more'),
      }),
      outputSchema: contact,
      annotations: gripping,
    },
    ({ force_n }) => structured(orThrow(changeCell((cell) => grip(cell, force_n)))),
  );

  server.registerTool(
    'home',
    {
      description: 'Lift the arm straight up and bring it home. Ends a stop.',
      inputSchema: z.object({}),
      outputSchema: armState,
      annotations: gripping,
    },
    () => structured(changeCell(goHome)),
  );

  server.registerTool(
    'stop',
    {
      description: 'Stop the arm. It will not move until it is sent home.',
      inputSchema: z.object({ reason: z.string().default('asked to stop') }),
      outputSchema: armState,
      annotations: gripping,
    },
    ({ reason }) => structured(changeCell(({ arm }) => stateOf(Object.assign(arm, { stopped: reason })))),
  );

  return server;
});

/** What the caller gets, or why it failed. A failed motion changes the cell too, so it is no exception inside. */
type Outcome<Value> = { value: Value } | { problem: string };

function orThrow<Value>(outcome: Outcome<Value>): Value {
  if ('problem' in outcome) throw new Error(outcome.problem);
  return outcome.value;
}

function move(cell: Cell, target: Arm['position']): Outcome<z.infer<typeof armState>> {
  const { arm } = cell;
  if (arm.stopped !== null) return { problem: stoppedMessage(arm.stopped) };
  const away = Math.round(distance(target, { x: 0, y: 0 }));
  if (away > reachMm) {
    const where = `(${target.x}, ${target.y}) is ${away} mm from the base`;
    return { problem: `unreachable: ${where}, and the arm reaches ${reachMm} mm; choose a nearer point` };
  }
  const crash = firstCollision(cell, target);
  arm.motions += 1;
  if (crash) {
    crash.object.upright = false;
    arm.position = crash.at;
    arm.stopped = `collision with ${crash.object.id}`;
    return {
      problem: `collision: ${crash.object.id} was knocked over at z=${Math.round(crash.at.z)}; ${recovery}`,
    };
  }
  const lifted = target.z > arm.position.z;
  if (lifted && arm.holding !== null && arm.force_n < objectOf(cell.scene, arm.holding).grip_n) slip(cell);
  arm.position = target;
  return { value: stateOf(arm) };
}

const recovery = 'the arm is stopped: call home, and travel higher next time';

function stoppedMessage(reason: string): string {
  return `stopped (${reason}): call home first`;
}

/** Samples the straight path for an object in the way, other than the one held and those at either end. */
function firstCollision({ arm, scene }: Cell, target: Arm['position']) {
  const fingersMm = 35;
  const from = arm.position;
  const steps = 40;
  for (let step = 1; step <= steps; step++) {
    const along = (start: number, end: number) => start + ((end - start) * step) / steps;
    const at = { x: along(from.x, target.x), y: along(from.y, target.y), z: along(from.z, target.z) };
    const object = scene.objects.find(
      (each) =>
        each.id !== arm.holding &&
        at.z < gripHeight(each) * 2 + 10 &&
        distance(at, each.position) < fingersMm &&
        distance(target, each.position) >= fingersMm &&
        distance(from, each.position) >= fingersMm,
    );
    if (object) return { object, at };
  }
  return undefined;
}

/** The object stays behind, pushed a little to the side: whoever wants it must look for it again. */
function slip({ arm, scene }: Cell): void {
  if (arm.holding === null) return;
  const object = objectOf(scene, arm.holding);
  object.position = { x: arm.position.x, y: arm.position.y + 12 };
  arm.holding = null;
  arm.gap_mm = 0;
}

function grip({ arm, scene }: Cell, force_n: number): Outcome<z.infer<typeof contact>> {
  if (arm.stopped !== null) return { problem: stoppedMessage(arm.stopped) };
  arm.force_n = force_n;
  if (arm.holding !== null) return { value: { contact: true, gap_mm: arm.gap_mm } };
  const between = scene.objects.find(
    (each) => distance(each.position, arm.position) <= 5 && Math.abs(gripHeight(each) - arm.position.z) <= 10,
  );
  arm.holding = between?.id ?? null;
  arm.gap_mm = between ? (between.upright ? between.width_mm : between.height_mm) : 0;
  return { value: { contact: between !== undefined, gap_mm: arm.gap_mm } };
}

function release({ arm, scene }: Cell): number {
  if (arm.holding !== null) {
    const object = objectOf(scene, arm.holding);
    const spot: Point = { x: arm.position.x, y: arm.position.y };
    object.position = spot;
    if (arm.position.z - gripHeight(object) > 20) object.upright = false;
  }
  arm.holding = null;
  arm.force_n = 0;
  arm.gap_mm = gripperOpenMm;
  return gripperOpenMm;
}

function goHome(cell: Cell): z.infer<typeof armState> {
  const { arm, scene } = cell;
  if (arm.holding !== null && arm.force_n < objectOf(scene, arm.holding).grip_n) slip(cell);
  arm.position = homePosition;
  arm.stopped = null;
  arm.motions += 1;
  return stateOf(arm);
}

function stateOf({ position, gap_mm, force_n, stopped, motions }: Arm): z.infer<typeof armState> {
  return { position, gripper: { gap_mm, force_n }, stopped, motions };
}
