/** Profiles: named parts of what there is, for somebody who is to see no more. */
import type * as z from 'zod';
import { OrchestratorError } from '../errors.ts';
import { type ConfigDocument, type KeyPath, keyText } from './document.ts';
import { nearestWord } from './nearest.ts';
import { matchesPattern } from './pattern.ts';
import { type Findings, isObject, shown } from './report.ts';
import { profileSchema } from './tool-schema.ts';

/** Absent parts leave nothing out. Patterns know `*` and `?`. */
export interface Profile {
  readonly name: string;
  /** Patterns of servers' names. */
  readonly servers?: readonly string[] | undefined;
  /** Patterns `server.tool`. */
  readonly includeTools?: readonly string[] | undefined;
  /** Patterns `server.tool`; they win. */
  readonly excludeTools?: readonly string[] | undefined;
  /** Only tools that say of themselves that they only read. */
  readonly readOnly?: boolean | undefined;
}

export type Profiles = ReadonlyMap<string, Profile>;

/** @throws OrchestratorError `profile_unknown` with the profiles that there are */
export function findProfile(profiles: Profiles, name: string): Profile {
  const profile = profiles.get(name);
  if (profile) return profile;
  throw new OrchestratorError('profile_unknown', `There is no profile ${shown(name)}.`, {
    hint: profilesHint(name, profiles),
  });
}

/** What to say where a profile is named that there is not. */
export function profilesHint(name: string, profiles: Profiles): string {
  const names = [...profiles.keys()];
  if (names.length === 0) return 'None is configured: orchestrator.profiles is where they are written.';
  const meant = nearestWord(name, names);
  return meant === undefined ? `Profiles: ${names.join(', ')}.` : `Did you mean "${meant}"?`;
}

/** A profile with a mistake must not give more than was meant: whatever is not understood is a problem. */
export function readProfiles(
  written: unknown,
  document: ConfigDocument | undefined,
  findings: Findings,
): Profiles {
  const profiles = new Map<string, Profile>();
  if (written === undefined || !document) return profiles;
  const path = ['orchestrator', 'profiles'];
  const problem = (at: KeyPath, text: string) =>
    findings.problem(`${document.at(at)}: ${keyText(at)} ${text}`);
  if (!isObject(written)) {
    problem(
      path,
      `must be an object of profiles by name, such as { "reader": { "readOnly": true } }, but is ${shown(written)}.`,
    );
    return profiles;
  }
  for (const [name, value] of Object.entries(written)) {
    const at = [...path, name];
    if (!/^[A-Za-z0-9_.-]{1,64}$/.test(name))
      problem(
        at,
        'has a name that cannot stand in an address: it takes 1 to 64 letters, digits, "_", "-" and ".".',
      );
    const known = Object.keys(profileSchema.shape);
    for (const key of isObject(value) ? Object.keys(value) : []) {
      if (known.includes(key)) continue;
      const meant = nearestWord(key, known);
      problem(
        [...at, key],
        `is not known. ${meant === undefined ? `Known here: ${known.join(', ')}.` : `Did you mean "${meant}"?`}`,
      );
    }
    const parsed = profileSchema.safeParse(value);
    if (parsed.success) profiles.set(name, { name, ...parsed.data });
    else for (const issue of parsed.error.issues) problem([...at, ...keysOf(issue)], `${issue.message}.`);
  }
  return profiles;
}

/** A pattern of servers that fits none of the file's is most likely misspelt. */
export function warnOfIdleProfiles(profiles: Profiles, names: readonly string[], findings: Findings): void {
  const inScripts = names.map((name) => name.replace(/\W/g, '_'));
  const fits = (pattern: string) => [...names, ...inScripts].some((name) => matchesPattern(name, pattern));
  for (const { name, servers = [] } of profiles.values()) {
    for (const pattern of servers) {
      if (!fits(pattern))
        findings.warning(
          `The profile ${shown(name)} names servers ${shown(pattern)}, and the configuration has none like that.`,
        );
    }
  }
}

function keysOf({ path }: z.core.$ZodIssue): (string | number)[] {
  return path.map((key) => (typeof key === 'number' ? key : String(key)));
}
