/**
 * A workflow over three servers with error recovery: put the toys into the tray. The fast plan travels low, knocks
 * the vial over and stops the arm; the policy frees the arm, restores the scene, proves that it is as before, and
 * goes on with a careful plan. One toy is out of reach: it is left where it is, and said so.
 */
import { robot_arm, ToolError, vision, workspace } from '../generated/unified_api.ts';

const plans = [
  { name: 'fast', travel_mm: 60, force_n: 30 },
  { name: 'careful', travel_mm: 250, force_n: 30 },
];
type Plan = (typeof plans)[number];
type Spot = { x: number; y: number };

const { tray } = await workspace.reset({});
await workspace.save_scene({ name: 'before' });
const before = await vision.capture_scene({});
const ids = before.objects.map((object) => object.id);

const recovered: string[] = [];
let outcome: Awaited<ReturnType<typeof fillTray>> | undefined;
for (const plan of plans) {
  try {
    outcome = await fillTray(plan);
    break;
  } catch (error) {
    if (!(error instanceof ToolError) || !error.message.includes('collision')) throw error;
    await restore();
    recovered.push(`${plan.name} plan: ${error.message}`);
  }
}

if (!outcome) throw new Error('no plan worked');
const after = await vision.capture_scene({});
for (const { id, spot } of outcome.placed) {
  const seen = after.objects.find((object) => object.id === id);
  if (seen?.x !== spot.x || seen.y !== spot.y || !seen.upright)
    throw new Error(`${id} is not in its spot: ${JSON.stringify(seen)}`);
}
const placed = outcome.placed.map(({ id }) => id);
if (placed.join() !== 'red_cube,blue_cylinder,glass_vial') throw new Error(`placed ${placed}`);
if (outcome.unreachable.join() !== 'far_gear') throw new Error(`left ${outcome.unreachable}`);
if (recovered.length !== 1) throw new Error(`recovered ${recovered.length} times, not once`);

console.log(
  `placed ${placed.join(', ')}; left ${outcome.unreachable.join(', ')}; recovered from ${recovered.length} collision`,
);
export default { placed, unreachable: outcome.unreachable, recovered };

/** Puts each object that can be reached into the next free spot of the tray. */
async function fillTray(plan: Plan) {
  const placed: { id: string; spot: Spot }[] = [];
  const unreachable: string[] = [];
  for (const id of ids) {
    const spot = tray[placed.length];
    if (!spot) throw new Error(`no room in the tray for ${id}`);
    try {
      await carry(id, spot, plan);
      placed.push({ id, spot });
    } catch (error) {
      if (!(error instanceof ToolError) || !error.message.includes('unreachable')) throw error;
      unreachable.push(id);
    }
  }
  return { placed, unreachable };
}

async function carry(id: string, spot: Spot, { travel_mm, force_n }: Plan) {
  const { grasp } = await vision.locate({ id });
  await robot_arm.move_to({ ...grasp, z: travel_mm });
  await robot_arm.move_to(grasp);
  await robot_arm.close_gripper({ force_n });
  await robot_arm.move_to({ ...grasp, z: travel_mm });
  const { held, evidence } = await vision.verify_grasp({ id });
  if (!held) throw new Error(`${id} slipped: ${evidence}`);
  await robot_arm.move_to({ ...spot, z: travel_mm });
  await robot_arm.move_to({ ...spot, z: grasp.z });
  await robot_arm.open_gripper({});
  await robot_arm.move_to({ ...spot, z: travel_mm });
}

/** Back to the saved scene, and no further before the camera agrees. */
async function restore() {
  await robot_arm.home({});
  await robot_arm.open_gripper({});
  await workspace.restore_scene({ name: 'before' });
  const [arm, now] = await Promise.all([robot_arm.get_state({}), vision.capture_scene({})]);
  if (arm.stopped !== null) throw new Error(`the arm is still stopped: ${arm.stopped}`);
  if (JSON.stringify(now) !== JSON.stringify(before)) throw new Error('the scene is not as it was saved');
}
