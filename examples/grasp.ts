/**
 * Simple grasp with verification: grip, lift, look whether the object is really held, and if it slipped find it
 * again and grip harder. The vial is smooth: the first grasp slips, and leaves it 12 mm from where it was.
 */
import { robot_arm, vision, workspace } from '../generated/unified_api.ts';

const clear_mm = 250; // above everything, and out of the camera's view

await workspace.reset({});

const { objects } = await vision.detect_objects({ label: 'vial', min_confidence: 0.9 });
const vial = objects[0];
if (!vial) throw new Error('no vial on the table');

const attempts = [];
let held = false;
for (let force_n = 15; force_n <= 40 && !held; force_n += 10) {
  // Located anew each time: a grasp that slipped has moved it.
  const { grasp } = await vision.locate({ id: vial.id });
  await robot_arm.open_gripper({});
  await robot_arm.move_to({ ...grasp, z: clear_mm });
  await robot_arm.move_to(grasp);
  const { contact } = await robot_arm.close_gripper({ force_n });
  await robot_arm.move_to({ ...grasp, z: clear_mm });

  const check = await vision.verify_grasp({ id: vial.id });
  held = check.held;
  attempts.push({ force_n, contact, held });
  console.log(`${force_n} N: ${check.evidence}`);
}

if (!held) throw new Error(`the vial slipped every time: ${JSON.stringify(attempts)}`);
// The point of verifying: contact was reported on the grasp that failed, too.
if (attempts.length !== 2 || !attempts[0]?.contact)
  throw new Error(`unexpected attempts: ${JSON.stringify(attempts)}`);

export default { grasped: vial.id, attempts };
