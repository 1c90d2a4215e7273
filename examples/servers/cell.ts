/** The simulated robot cell that the arm, the vision and the workspace server share: one small file, gone when they end. */
import { rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

/** Millimetres from the arm's base, which is the middle of the table. */
export type Point = { x: number; y: number };

export type PartKind = 'plate' | 'screw';

export type CellObject = {
  id: string;
  kind: 'toy' | PartKind;
  label: string;
  width_mm: number;
  height_mm: number;
  /** Held with less force than this, it slips out of the gripper when it is lifted. */
  grip_n: number;
  /** What is wrong with it, as vision sees it. */
  defect: string | null;
  position: Point;
  upright: boolean;
};

/** Where the pieces of one resource are. The sum never changes. */
export type Ledger = { available: number; reserved: number; in_cell: number; used: number; scrapped: number };

export type Reservation = { id: string; resource: PartKind; left: number };

/** What `save_scene` keeps: everything but the arm. */
export type Scene = {
  objects: CellObject[];
  stock: Record<PartKind, Ledger>;
  /** Pieces that the feeder has handed out so far; numbers the next one. */
  fed: Record<PartKind, number>;
  reservations: Reservation[];
  reservationsMade: number;
  /** Part by slot of the unit in the fixture. */
  unit: { [slot in Slot]?: string };
  unitsFinished: number;
};

export type Arm = {
  position: Point & { z: number };
  gap_mm: number;
  force_n: number;
  holding: string | null;
  /** Why the arm stands still until it is sent home, or null. */
  stopped: string | null;
  motions: number;
};

export type Cell = { arm: Arm; scene: Scene; saved: Record<string, Scene> };

export const reachMm = 600;
export const gripperOpenMm = 80;
export const homePosition = { x: 200, y: 0, z: 300 };
export const traySpots: readonly Point[] = [
  { x: 300, y: 180 },
  { x: 300, y: 260 },
  { x: 400, y: 180 },
];
export const feederSpot: Point = { x: 0, y: 350 };
export const slotNames = ['base', 'corner_1', 'corner_2', 'corner_3', 'corner_4'] as const;
export type Slot = (typeof slotNames)[number];
export const slots: Record<Slot, Point> = {
  base: { x: 100, y: -350 },
  corner_1: { x: 60, y: -390 },
  corner_2: { x: 140, y: -390 },
  corner_3: { x: 60, y: -310 },
  corner_4: { x: 140, y: -310 },
};

/** The state in which every cell starts, and to which `workspace.reset` returns it. */
export function initialCell(): Cell {
  return {
    arm: {
      position: homePosition,
      gap_mm: gripperOpenMm,
      force_n: 0,
      holding: null,
      stopped: null,
      motions: 0,
    },
    scene: {
      objects: [
        toy('red_cube', { width_mm: 40, height_mm: 40, grip_n: 12, position: { x: 320, y: -180 } }),
        toy('far_gear', { width_mm: 50, height_mm: 20, grip_n: 15, position: { x: 640, y: 150 } }),
        toy('blue_cylinder', { width_mm: 30, height_mm: 80, grip_n: 9, position: { x: 420, y: -120 } }),
        toy('glass_vial', { width_mm: 16, height_mm: 110, grip_n: 24, position: { x: 330, y: 0 } }),
      ],
      stock: { plate: ledger(3), screw: ledger(13) },
      fed: { plate: 0, screw: 0 },
      reservations: [],
      reservationsMade: 0,
      unit: {},
      unitsFinished: 0,
    },
    saved: {},
  };
}

/** The cell as it is now. */
export function readCell(): Cell {
  return changeCell((cell) => cell);
}

/** Reads the cell, lets `change` alter it, and keeps it, as one transaction between the three processes. */
export function changeCell<Result>(change: (cell: Cell) => Result): Result {
  // Opened for each change, so that a server that crashed, or was started anew, finds the same file as the others.
  const database = new DatabaseSync(cellFile, { timeout: 5_000 });
  try {
    database.exec(
      'BEGIN IMMEDIATE; CREATE TABLE IF NOT EXISTS cell (id INTEGER PRIMARY KEY, json TEXT NOT NULL)',
    );
    const row = database.prepare('SELECT json FROM cell WHERE id = 1').get();
    const cell: Cell = row === undefined ? initialCell() : JSON.parse(String(row.json));
    const result = change(cell);
    database.prepare('INSERT OR REPLACE INTO cell VALUES (1, ?)').run(JSON.stringify(cell));
    database.exec('COMMIT');
    return result;
  } finally {
    database.close(); // rolls back what was not committed
  }
}

/** Removes the cell's file when this process ends. The workspace server calls it, as the owner of the cell. */
export function removeCellAtExit(): void {
  process.on('exit', () => rmSync(cellFile, { force: true }));
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => process.exit(0));
}

/** The object of that id. @throws Error naming the objects that there are */
export function objectOf(scene: Scene, id: string): CellObject {
  const object = scene.objects.find((candidate) => candidate.id === id);
  if (object) return object;
  throw new Error(`unknown object "${id}"; on the table: ${scene.objects.map((each) => each.id).join(', ')}`);
}

/** Fingertip height at which an object is gripped. */
export function gripHeight(object: CellObject): number {
  return (object.upright ? object.height_mm : object.width_mm) / 2;
}

export function distance(a: Point, b: Point): number {
  return Math.hypot(a.x - b.x, a.y - b.y);
}

/**
 * The servers that one program started share one cell; those of another program have another. An argument
 * names the cell instead, where a launcher stands between the program and the servers.
 */
const cellFile = join(
  tmpdir(),
  `robot-cell-${(process.argv[2] ?? String(process.ppid)).replace(/\W/g, '_')}.sqlite`,
);

function toy(
  id: string,
  traits: Pick<CellObject, 'width_mm' | 'height_mm' | 'grip_n' | 'position'>,
): CellObject {
  return { id, kind: 'toy', label: id.replace('_', ' '), defect: null, upright: true, ...traits };
}

function ledger(available: number): Ledger {
  return { available, reserved: 0, in_cell: 0, used: 0, scrapped: 0 };
}
