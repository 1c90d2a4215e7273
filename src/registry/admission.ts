/** What a client may register: names that are safe everywhere, and what the operator allows. */
import { matchesPattern } from '../config/pattern.ts';
import type { RegistrationSettings, ServerConfig } from '../config/types.ts';

/** Undefined where the name is sound. */
export function nameProblem(name: string): string | undefined {
  if (/^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/.test(name)) return undefined;
  return `The name ${JSON.stringify(name.slice(0, 80))} cannot be used: write 1 to 64 letters, digits, ".", "_" or "-", a letter or digit first.`;
}

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
