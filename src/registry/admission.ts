/** What a client may register: names that are safe everywhere, and what the operator allows. */
import { serverIdentifiers } from '../catalog/names.ts';
import { matchesPattern } from '../config/pattern.ts';
import type { RegistrationSettings, ServerConfig } from '../config/types.ts';

/** Undefined where the name is sound. */
export function nameProblem(name: string): string | undefined {
  if (/^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/.test(name)) return undefined;
  return `The name ${JSON.stringify(name.slice(0, 80))} cannot be used: write 1 to 64 letters, digits, ".", "_" or "-", a letter or digit first.`;
}

/**
 * A server that comes later must not become what scripts, policies and permissions mean by the name of one that is there:
 * `my_files` would be called instead of `my-files`, and `a__b` instead of the tool `b__...` of `a`.
 *
 * @param present names of the servers that are there
 * @returns undefined where none of them is called otherwise because of it
 */
export function takeoverProblem(name: string, present: readonly string[]): string | undefined {
  const before = serverIdentifiers(present);
  const after = serverIdentifiers([...present, name]);
  const own = after.get(name) ?? name;
  const taken = present.find((one) => {
    const identifier = before.get(one) ?? one;
    return one !== name && (after.get(one) !== identifier || own.startsWith(`${identifier}__`));
  });
  if (taken === undefined) return undefined;
  return `In scripts, the name "${name}" would take over names of server "${taken}". Choose another name.`;
}

/** Whether an entry that came at runtime may read this variable of ours. */
export function mayUseVariable(name: string, { variables }: RegistrationSettings): boolean {
  return variables.some((pattern) => matchesPattern(name, pattern));
}

/** Undefined where the operator allows such a server. */
export function admissionProblem(server: ServerConfig, settings: RegistrationSettings): string | undefined {
  const { commands } = settings;
  const source = readsOf(server);
  if (source !== undefined) {
    return `The "auth" of an entry that is registered at runtime may not name a ${source}: what is in it would go to the address that the entry names. Write the entry into the configuration file.`;
  }
  if (commands === undefined || server.transport !== 'stdio') return undefined;
  const { command, args, env } = server;
  if (!commands.some((pattern) => allowsCommand(pattern, [command, ...args]))) {
    return `The command line is not among orchestrator.allowed_commands: ${commands.map((one) => `"${one}"`).join(', ') || 'none is'}.`;
  }
  // Variables such as PATH and NODE_OPTIONS decide what a command is.
  const refused = Object.keys(env).filter((name) => !mayUseVariable(name, settings));
  if (refused.length === 0) return undefined;
  return `With orchestrator.allowed_commands, an entry may set only variables of orchestrator.allowed_variables; it sets ${refused.join(', ')}.`;
}

/** What an entry would have us read or start for its address. */
function readsOf(server: ServerConfig): 'file' | 'command' | undefined {
  if (server.transport === 'stdio' || !server.auth) return undefined;
  const { auth } = server;
  const parts = auth.type === 'bearer' ? auth.source : 'proof' in auth ? (auth.proof ?? {}) : {};
  if ('command' in parts) return 'command';
  return ['file', 'secretFile', 'keyFile'].some((key) => key in parts) ? 'file' : undefined;
}

/** Word for word, so that no argument can pass for two. */
function allowsCommand(pattern: string, words: readonly string[]): boolean {
  const parts = pattern.trim().split(/\s+/);
  const isOpen = parts.at(-1) === '**';
  if (isOpen) parts.pop();
  if (isOpen ? words.length < parts.length : words.length !== parts.length) return false;
  return parts.every((part, index) => wordPattern(part).test(words[index] ?? ''));
}

/** What a star stands for has neither `/` nor `@` nor `:`, with which a package could be another. */
function wordPattern(part: string): RegExp {
  const literal = part.split('*').map((text) => text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'));
  return new RegExp(`^${literal.join('[A-Za-z0-9._-]*')}$`);
}
