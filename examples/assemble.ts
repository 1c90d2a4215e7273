/**
 * Assembly with resource tracking: build units of a plate and four screws until the screws run out. Each part is
 * reserved, inspected and booked; bent screws are thrown away and replaced; the unit that cannot be finished is taken
 * apart, its reservations are given back, and at the end the books must balance to the last screw.
 */
import { robot_arm, ToolError, vision, workspace } from '../generated/unified_api.ts';

type Resource = 'plate' | 'screw';
type Slot = 'base' | 'corner_1' | 'corner_2' | 'corner_3' | 'corner_4';
type Reservation = { id: string; resource: Resource; left: number };

const corners: Slot[] = ['corner_1', 'corner_2', 'corner_3', 'corner_4'];
const travel_mm = 250;

const { feeder, slots } = await workspace.reset({});
const start = await workspace.list_resources({});

const bent: string[] = [];
let finished = 0;
let stoppedBy: string | undefined;
while (stoppedBy === undefined) {
  const reservations: Reservation[] = [];
  try {
    await buildUnit(reservations);
    finished = (await workspace.unload_unit({})).units_finished;
  } catch (error) {
    if (!(error instanceof ToolError) || !error.message.includes('exhausted')) throw error;
    stoppedBy = error.message;
    const { filled } = await workspace.inspect_unit({});
    if (filled.length > 0) await workspace.unload_unit({});
  } finally {
    for (const { id } of reservations) await workspace.release({ reservation_id: id });
  }
}
await robot_arm.home({});

const stock = await workspace.list_resources({});
for (const resource of ['plate', 'screw'] as const) {
  const { available, reserved, in_cell, used, scrapped } = stock[resource];
  const sum = available + reserved + in_cell + used + scrapped;
  if (sum !== start[resource].available)
    throw new Error(`${resource}: ${sum} of ${start[resource].available} found`);
  if (reserved + in_cell !== 0)
    throw new Error(`${resource}: ${reserved} still reserved, ${in_cell} in the cell`);
}
if (stock.plate.used !== finished || stock.screw.used !== 4 * finished)
  throw new Error('parts and units do not match');
if (finished !== 2 || bent.length !== 2) throw new Error(`${finished} units finished, bent: ${bent}`);

const { used, scrapped, available } = stock.screw;
console.log(`${finished} units; screws: ${used} used, ${scrapped} bent, ${available} left`);
export default { finished, bent, stoppedBy, stock };

/** Notes each reservation as it is made, so that the caller can give them back however this ends. */
async function buildUnit(reservations: Reservation[]) {
  reservations.push(await reserve('plate', 1));
  reservations.push(await reserve('screw', corners.length));
  await install(await goodPart('plate', reservations), 'base');
  for (const corner of corners) await install(await goodPart('screw', reservations), corner);
  const { complete, missing } = await workspace.inspect_unit({});
  if (!complete) throw new Error(`unit incomplete: ${missing}`);
}

async function reserve(resource: Resource, count: number): Promise<Reservation> {
  const { reservation_id } = await workspace.reserve({ resource, count });
  return { id: reservation_id, resource, left: count };
}

/** The next part without a defect; one more is reserved for each that had to be thrown away. */
async function goodPart(resource: Resource, reservations: Reservation[]): Promise<string> {
  for (;;) {
    let reservation = reservations.find((each) => each.resource === resource && each.left > 0);
    if (!reservation) {
      reservation = await reserve(resource, 1);
      reservations.push(reservation);
    }
    const { part, left } = await workspace.present_part({ reservation_id: reservation.id });
    reservation.left = left;
    const { ok } = await vision.inspect_part({ id: part });
    if (ok) return part;
    await workspace.discard_part({ part });
    bent.push(part);
  }
}

/** Carries a part from the feeder to its slot and fastens it. */
async function install(part: string, slot: Slot) {
  const target = slots.find((each) => each.slot === slot)?.position;
  if (!target) throw new Error(`the fixture has no ${slot}`);
  await robot_arm.open_gripper({});
  await robot_arm.move_to({ ...feeder, z: travel_mm });
  const { grasp } = await vision.locate({ id: part });
  await robot_arm.move_to(grasp);
  await robot_arm.close_gripper({ force_n: 10 });
  await robot_arm.move_to({ ...feeder, z: travel_mm });
  const { held, evidence } = await vision.verify_grasp({ id: part });
  if (!held) throw new Error(`${part} slipped: ${evidence}`);
  await robot_arm.move_to({ ...target, z: travel_mm });
  await robot_arm.move_to({ ...target, z: grasp.z });
  await robot_arm.open_gripper({});
  await robot_arm.move_to({ ...target, z: travel_mm });
  await workspace.place_part({ part, slot });
}
