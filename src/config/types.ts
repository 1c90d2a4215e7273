/** The configuration as the rest of the program sees it: expanded, checked, with every default filled in. */
import type { Limits } from '../limits.ts';
import type { LogLevel } from '../log.ts';
import type { AuthConfig } from './auth-types.ts';
import type { connectionScopes, pinModes } from './gateway-schema.ts';
import type { HttpConfig } from './http-types.ts';
import type { Profile, Profiles } from './profiles.ts';
import type { checkModes, isolations, serveModes } from './schema.ts';
import type { ToolRule } from './tool-table.ts';

/** What type errors of a script do. */
export type CheckMode = (typeof checkModes)[number];

/** Whose a connection to a server is. */
export type ConnectionScope = (typeof connectionScopes)[number];

export type Isolation = (typeof isolations)[number];

/** Which tools of a server there are, and how they are called. Patterns (`*`, `?`) speak of the server's own names. */
export interface ToolRules {
  /** Only these; all where absent. */
  readonly include?: readonly string[];
  /** Not these, whatever `include` says. */
  readonly exclude?: readonly string[];
  /** Our name by the server's own. */
  readonly rename?: Readonly<Record<string, string>>;
  /** Our description by the server's own name. */
  readonly descriptions?: Readonly<Record<string, string>>;
}

/** What a client of ours sees: our own tools, those of all servers, or both. */
export type ServeMode = (typeof serveModes)[number];

interface ServerCommon {
  /** The user's name for the server: the key under `mcpServers`. */
  readonly name: string;
  /** One call without progress, in milliseconds. */
  readonly callMsMax: number;
  /** Connecting, first answer included, in milliseconds. */
  readonly connectMsMax: number;
  /** Calls under way at once. */
  readonly callsMax: number;
  /** Without a request for so long, in milliseconds, it is stopped until the next one; never where absent. */
  readonly idleMs?: number;
  /** Whose connection it is: that of one run, or of one principal; of all where absent. */
  readonly scope?: 'run' | 'principal';
  /** It is asked so often, in milliseconds, whether it is still there; never where absent. */
  readonly healthMs?: number;
  /** False where nothing is to be learned from its results; absent otherwise. */
  readonly learnTypes?: false;
  /** False where its tools are shown by their own names in the direct mode; absent otherwise. */
  readonly prefix?: false;
  /** Absent where every tool is there as its server has it. */
  readonly toolRules?: ToolRules;
  /**
   * What `${VAR}` and its defaults put into the entry. Hidden in messages, as the values of `env` and `headers` are
   * without being repeated here.
   */
  readonly secrets?: readonly string[];
}

export interface StdioServerConfig extends ServerCommon {
  readonly transport: 'stdio';
  readonly command: string;
  readonly args: readonly string[];
  /** Given to the server on top of the few harmless variables that every server gets (PATH, HOME, ...). */
  readonly env: Readonly<Record<string, string>>;
  /** Absolute. */
  readonly cwd: string;
}

export interface HttpServerConfig extends ServerCommon {
  /**
   * `http`: Streamable HTTP, falling back to SSE where the server knows only that. `sse`: SSE at once. `client`: not the
   * server itself, but the client that started us and calls it in our stead.
   */
  readonly transport: 'http' | 'sse' | 'client';
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Absent where the headers are all there is. */
  readonly auth?: AuthConfig;
  /** Headers of whoever calls us that may go on to the server: its name there by its name here, in lower case. */
  readonly forwardHeaders?: Readonly<Record<string, string>>;
}

export type ServerConfig = StdioServerConfig | HttpServerConfig;

/** An entry that cannot be used, or is not to be used: listed with its reason, never connected to. */
export interface UnusableServer {
  readonly name: string;
  readonly status: 'disabled' | 'invalid';
  /** For `invalid`: file, line, key, the value seen and the fix. */
  readonly reason: string;
}

/** Where what outlives a request is kept. */
export interface StorageSettings {
  readonly driver: 'memory' | 'file' | 'redis';
  /** Of the `file` driver: absolute, or undefined where the user has no folder of their own. */
  readonly folder: string | undefined;
  /** Of the `redis` driver; may hold credentials. */
  readonly redisUrl: string;
  /** Of the `redis` driver: before every key. */
  readonly redisPrefix: string;
}

/** Where embeddings come from. */
export interface EmbeddingSettings {
  /** The whole address: `.../v1/embeddings`. */
  readonly url: string;
  readonly model: string;
  readonly key: string | undefined;
}

/** What clients may do to the set of servers. */
export interface RegistrationSettings {
  /** Undefined leaves it to the way in which a client reaches us. */
  readonly allow: boolean | undefined;
  /** Patterns of whole command lines; undefined allows any. */
  readonly commands: readonly string[] | undefined;
  /** Patterns of environment variables that entries may use. */
  readonly variables: readonly string[];
}

export type PinMode = (typeof pinModes)[number];

/** The way that a configuration came, to go it once more. */
export interface ConfigSource {
  /** Whether the file is another one than was read. Never rejects. */
  isStale(): Promise<boolean>;
  /** Reads everything anew. @throws OrchestratorError as `loadConfig` does */
  reload(): Promise<Config>;
  /**
   * Reads an entry of `mcpServers` that is in no file.
   *
   * @param mayUse whether it may use an environment variable
   */
  readEntry(name: string, value: unknown, mayUse: (variable: string) => boolean): EntryReading;
}

export type EntryReading =
  | { readonly server: ServerConfig; readonly warnings: readonly string[] }
  | { readonly problem: string };

export interface Config {
  /** Absolute path of the file read, if there was one. */
  readonly file: string | undefined;
  /** Relative paths of the configuration start here: the file's folder, or the working directory. */
  readonly directory: string;
  readonly servers: readonly ServerConfig[];
  readonly unusableServers: readonly UnusableServer[];
  /** Absolute path of `unified_api.ts`, or undefined where none is to be written. */
  readonly generatedFile: string | undefined;
  /** Absolute path of the folder for introspection results, or undefined where nothing is to be kept. */
  readonly cacheDirectory: string | undefined;
  readonly logLevel: LogLevel;
  readonly storage: StorageSettings;
  /** How `serve` reaches its clients. */
  readonly transport: 'stdio' | 'http';
  readonly http: HttpConfig;
  readonly registration: RegistrationSettings;
  /** What a changed definition of a tool does. */
  readonly pins: PinMode;
  /** Absent where it was put together by hand. */
  readonly source?: ConfigSource;
  /** Where scripts run. */
  readonly isolation: Isolation;
  /** For scripts that do not say. */
  readonly check: CheckMode;
  readonly mode: ServeMode;
  /** That of everybody whom this process serves. */
  readonly profile: Profile | undefined;
  readonly profiles: Profiles;
  /** Undefined where search is by words alone. */
  readonly embeddings: EmbeddingSettings | undefined;
  /** Absolute paths of the folders with policies; none need exist. */
  readonly policyFolders: readonly string[];
  /** Whether agents may save policies. */
  readonly allowSave: boolean;
  /** What tools do to the world, where the user says so. */
  readonly effects: readonly ToolRule<'read' | 'write'>[];
  /** Which calls are made, refused, or put to a person first. */
  readonly approval: readonly ToolRule<'allow' | 'ask' | 'deny'>[];
  readonly limits: Limits;
  /** What is odd but not wrong (an unknown key and its nearest known one), one sentence each. */
  readonly warnings: readonly string[];
}
