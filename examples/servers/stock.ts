/** The books of the simulated workspace: reservations, the feeder, and the unit in the fixture. */
import {
  type Cell,
  type CellObject,
  distance,
  feederSpot,
  objectOf,
  type PartKind,
  type Scene,
  type Slot,
  slotNames,
  slots,
} from './cell.ts';

export type UnitState = { filled: Slot[]; missing: Slot[]; complete: boolean };

export function reserve(scene: Scene, kind: PartKind, count: number) {
  const stock = scene.stock[kind];
  if (stock.available < count) {
    throw new Error(
      `exhausted: ${count} of ${kind} asked for, ${stock.available} available; release what is not needed`,
    );
  }
  stock.available -= count;
  stock.reserved += count;
  scene.reservationsMade += 1;
  const id = `reservation-${scene.reservationsMade}`;
  scene.reservations.push({ id, resource: kind, left: count });
  return { reservation_id: id, available: stock.available };
}

/** Releasing twice returns nothing the second time. */
export function release(scene: Scene, id: string) {
  const reservation = scene.reservations.find((each) => each.id === id);
  const returned = reservation?.left ?? 0;
  if (reservation) {
    scene.stock[reservation.resource].reserved -= returned;
    scene.stock[reservation.resource].available += returned;
    reservation.left = 0;
  }
  return { returned };
}

export function present(scene: Scene, id: string) {
  const reservation = scene.reservations.find((each) => each.id === id);
  if (!reservation || reservation.left === 0)
    throw new Error(`nothing is left of "${id}"; make another reservation`);
  const occupant = scene.objects.find((each) => distance(each.position, feederSpot) < 20);
  if (occupant) throw new Error(`${occupant.id} is still at the feeder; move or discard it first`);
  const kind = reservation.resource;
  reservation.left -= 1;
  scene.stock[kind].reserved -= 1;
  scene.stock[kind].in_cell += 1;
  scene.fed[kind] += 1;
  const part = newPart(kind, scene.fed[kind]);
  scene.objects.push(part);
  return { part: part.id, left: reservation.left };
}

/** Every fifth screw is bent. */
function newPart(kind: PartKind, serial: number): CellObject {
  const size = kind === 'plate' ? { width_mm: 60, height_mm: 10 } : { width_mm: 6, height_mm: 20 };
  const defect = kind === 'screw' && serial % 5 === 0 ? 'bent shaft' : null;
  const id = `${kind}_${serial}`;
  return {
    id,
    kind,
    label: id.replace('_', ' '),
    ...size,
    grip_n: 8,
    defect,
    position: { ...feederSpot },
    upright: true,
  };
}

export function place(cell: Cell, id: string, target: Slot): UnitState {
  const { arm, scene } = cell;
  const part = objectOf(scene, id);
  const wanted: PartKind = target === 'base' ? 'plate' : 'screw';
  if (part.kind !== wanted) throw new Error(`${target} takes a ${wanted}; ${id} is a ${part.kind}`);
  if (scene.unit[target] !== undefined)
    throw new Error(`${target} is already filled with ${scene.unit[target]}`);
  if (target !== 'base' && scene.unit.base === undefined)
    throw new Error('place the plate at the base first');
  if (arm.holding === id) throw new Error(`${id} is still in the gripper; open it first`);
  const off = Math.round(distance(part.position, slots[target]));
  if (off > 5) throw new Error(`misaligned: ${id} is ${off} mm from ${target}; at most 5`);
  if (part.defect !== null)
    throw new Error(`cross-threaded: ${id} has a ${part.defect}; discard it and take another`);
  scene.unit[target] = id;
  takeOff(cell, part, 'used');
  return unitOf(scene);
}

/** Takes a part off the table and books it where it went. */
export function takeOff({ arm, scene }: Cell, part: CellObject, to: 'used' | 'scrapped') {
  if (part.kind === 'toy') throw new Error(`${part.id} is no part of the stock`);
  if (arm.holding === part.id) throw new Error(`${part.id} is still in the gripper; open it first`);
  scene.objects = scene.objects.filter((each) => each !== part);
  const stock = scene.stock[part.kind];
  stock.in_cell -= 1;
  stock[to] += 1;
  return stock;
}

export function unitOf(scene: Scene): UnitState {
  const filled = slotNames.filter((name) => scene.unit[name] !== undefined);
  const missing = slotNames.filter((name) => scene.unit[name] === undefined);
  return { filled, missing, complete: missing.length === 0 };
}

export function unload(scene: Scene) {
  const { complete, filled } = unitOf(scene);
  if (filled.length === 0) throw new Error('the fixture is empty');
  if (complete) scene.unitsFinished += 1;
  else {
    for (const name of filled) {
      const stock = scene.stock[name === 'base' ? 'plate' : 'screw'];
      stock.used -= 1;
      stock.available += 1;
    }
  }
  scene.unit = {};
  return { complete, units_finished: scene.unitsFinished };
}
