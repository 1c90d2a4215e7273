/** Which servers a call will want, as far as its text shows: they are started while the rest of the program is loaded. */
import { serverIdentifiers } from '../catalog/names.ts';
import { profileFilter } from '../catalog/tool-filter.ts';
import { findProfile } from '../config/profiles.ts';
import type { Config, ServerConfig } from '../config/types.ts';
import { mentionedNames } from '../execution/script-source.ts';
import type { Access } from './access.ts';

/** What a longer text names only behind this is started when it is called. */
const textCharactersMax = 100_000;

/**
 * Those servers that somebody sees, by their names in scripts.
 *
 * @throws OrchestratorError `profile_unknown`
 */
export function visibleServers(
  config: Config,
  { profile }: Pick<Access, 'profile'>,
): ReadonlyMap<string, ServerConfig> {
  const names = [...config.servers, ...config.unusableServers].map(({ name }) => name);
  const identifiers = serverIdentifiers(names);
  const own = profile === undefined ? undefined : findProfile(config.profiles, profile);
  const filters = [config.profile, own].flatMap((one) => (one ? [profileFilter(one)] : []));
  return new Map(
    config.servers
      .map((server) => ({
        server,
        name: server.name,
        identifier: identifiers.get(server.name) ?? server.name,
      }))
      .filter((names) => filters.every((filter) => filter.hasServer(names)))
      .map(({ identifier, server }) => [identifier, server]),
  );
}

/** @param text a script, or the address of a tool */
export function namedServers(text: string, config: Config, access: Pick<Access, 'profile'>): ServerConfig[] {
  const words = [...mentionedNames(text.slice(0, textCharactersMax))];
  return [...visibleServers(config, access)].flatMap(([identifier, server]) =>
    words.some((word) => word === identifier || word.startsWith(`${identifier}__`)) ? [server] : [],
  );
}
