/**
 * The one file that speaks to TypeScript's API server by its methods. That API is marked unstable, so package.json pins
 * the exact version, and an update means reading this file, type-server.ts and syntax-tree.ts against the new one.
 *
 * A project of four files that exist only here: the script, the API's declarations, its globals, the guest's library.
 */
import type { ApiDescription } from './api-description.ts';
import { guestLibrary, libraryNames } from './guest-library.ts';
import { policyModulePaths, readPolicyModule } from './policy-modules.ts';
import { type SyntaxNode, SyntaxTree } from './syntax-tree.ts';
import { TypeServer } from './type-server.ts';

/** As the server gives it; offsets and lengths in UTF-16 units. */
export interface RawDiagnostic {
  readonly pos: number;
  readonly end: number;
  readonly code: number;
  readonly text: string;
  /** The reasons, the outermost first, each with its own. */
  readonly messageChain?: readonly RawDiagnostic[];
  readonly relatedInformation?: readonly RawDiagnostic[];
}

/** What a name in the script stands for. */
export interface ScriptSymbol {
  readonly id: number;
  readonly name: string;
  readonly parent?: number;
  /** `INDEX.KIND.PATH` of each place that declares it. */
  readonly declarations?: readonly string[];
}

export interface CheckedScript {
  /** Where there are any, the types were not looked at. */
  readonly isMalformed: boolean;
  readonly diagnostics: readonly RawDiagnostic[];
}

const folder = '/checked';
const projectFile = `${folder}/tsconfig.json`;
const scriptFile = `${folder}/script.ts`;
const declarationsFile = `${folder}/unified_api.d.ts`;
const globalsFile = `${folder}/globals.d.ts`;
const guestFile = `${folder}/guest.d.ts`;
/** Read only where a script imports them, as policies do. */
const modulesFolder = `${folder}/modules`;
const apiSpecifiers = ['unified_api', 'unified_api.ts', 'unified_api.js'];

/** docs/decisions/type-gate.md says why each of the flags of `strict` is on or off. */
const projectText = JSON.stringify({
  compilerOptions: {
    strict: true,
    useUnknownInCatchVariables: false,
    target: 'esnext',
    lib: libraryNames,
    types: [],
    module: 'esnext',
    moduleResolution: 'bundler',
    moduleDetection: 'force',
    allowImportingTsExtensions: true,
    noEmit: true,
    skipLibCheck: true,
    paths: {
      ...Object.fromEntries(apiSpecifiers.map((specifier) => [specifier, [declarationsFile]])),
      ...policyModulePaths(modulesFolder),
    },
  },
  files: [scriptFile, globalsFile, guestFile],
});

/** A relative import of the generated file, from wherever: it is the same API. */
const otherPathsText = 'export * from "unified_api";\n';

export class TypeProject {
  readonly server: TypeServer;
  readonly #files = new Map([
    [projectFile, projectText],
    [guestFile, guestLibrary],
  ]);
  #api: ApiDescription | undefined;
  #snapshot: number | undefined;
  /** The one before, until nobody waits for an answer. */
  #staleSnapshot: number | undefined;
  #project = '';
  #tree: Promise<SyntaxTree> | undefined;
  /** What members of the API are members of, by the owner's id: the server numbers its symbols once and for all. */
  readonly #owners = new Map<number, Promise<string | undefined>>();

  /** @throws Error where TypeScript has no program for this platform */
  constructor(mebibytesMax: number) {
    this.server = new TypeServer({
      folder,
      mebibytesMax,
      read: (path) =>
        this.#files.get(path) ??
        readPolicyModule(modulesFolder, path) ??
        (/\/unified_api\.ts$/.test(path) ? otherPathsText : undefined),
    });
  }

  /** Checks one script; what is asked afterwards is about this one. Rejects once the server has ended. */
  async check(script: string, api: ApiDescription): Promise<CheckedScript> {
    await this.load(script, api);
    return this.diagnose();
  }

  /** Has the server read a script: everything else is about this one. Rejects once the server has ended. */
  async load(script: string, api: ApiDescription): Promise<void> {
    const apiChanged = api !== this.#api;
    this.#api = api;
    if (apiChanged) this.#owners.clear();
    this.#tree = undefined;
    this.#files.set(scriptFile, script);
    this.#files.set(declarationsFile, api.declarations);
    this.#files.set(globalsFile, api.globals);
    await this.#update([scriptFile, ...(apiChanged ? [declarationsFile, globalsFile] : [])]);
  }

  async diagnose(): Promise<CheckedScript> {
    const [malformed, mistyped] = await Promise.all([
      this.#ask<RawDiagnostic[]>('getSyntacticDiagnostics', { file: scriptFile }),
      this.#ask<RawDiagnostic[]>('getSemanticDiagnostics', { file: scriptFile }),
    ]);
    const isMalformed = (malformed ?? []).length > 0;
    return { isMalformed, diagnostics: (isMalformed ? malformed : mistyped) ?? [] };
  }

  /** To be called when the last answer about a script is there: what the server kept of the one before is let go of. */
  settle(): void {
    const snapshot = this.#staleSnapshot;
    this.#staleSnapshot = undefined;
    // Nobody waits for it; where it fails, so does what comes next.
    if (snapshot !== undefined) this.server.request('release', { snapshot }).catch(() => {});
  }

  /** The one that was checked last. */
  get script(): string {
    return this.#files.get(scriptFile) ?? '';
  }

  /** Fetched once a script. */
  tree(): Promise<SyntaxTree> {
    this.#tree ??= this.#fetchTree();
    return this.#tree;
  }

  /** What the names at these offsets stand for; undefined where there is no name. */
  async symbolsAt(offsets: readonly number[]): Promise<(ScriptSymbol | undefined)[]> {
    if (offsets.length === 0) return [];
    const positions = { file: scriptFile, positions: offsets };
    const found = await this.#ask<(ScriptSymbol | null)[]>('getSymbolsAtPositions', positions);
    return offsets.map((_, index) => found?.[index] ?? undefined);
  }

  /** What the value of `name` in `{ name }` stands for; the name itself is that of the property. */
  async shorthandValue({ index, kind }: SyntaxNode): Promise<ScriptSymbol | undefined> {
    const location = `${index}.${kind}.${scriptFile}`;
    return (await this.#ask<ScriptSymbol>('getShorthandAssignmentValueSymbol', { location })) ?? undefined;
  }

  /** The name of what a symbol of the API is a member of. */
  async ownerOf({ id, parent }: ScriptSymbol): Promise<string | undefined> {
    if (!parent) return undefined;
    const known = this.#owners.get(parent) ?? this.#askForOwner(id);
    this.#owners.set(parent, known);
    return known;
  }

  isOfApi({ declarations }: ScriptSymbol): boolean {
    return (declarations ?? []).some((at) => at.endsWith(declarationsFile) || at.endsWith(globalsFile));
  }

  isOfScript({ declarations }: ScriptSymbol): boolean {
    return (declarations ?? []).some((at) => at.endsWith(scriptFile));
  }

  async #update(changed: readonly string[]): Promise<void> {
    const before = this.#snapshot;
    if (before === undefined) await this.server.request('initialize', null);
    const changes = before === undefined ? { openProjects: [projectFile] } : { fileChanges: { changed } };
    const answer = (await this.server.request('updateSnapshot', changes)) as {
      snapshot: number;
      projects: { id: string }[];
    };
    this.settle();
    this.#snapshot = answer.snapshot;
    this.#staleSnapshot = before;
    this.#project = answer.projects[0]?.id ?? this.#project;
  }

  async #fetchTree(): Promise<SyntaxTree> {
    const answer = await this.#ask<{ data: string }>('getSourceFile', { file: scriptFile });
    return new SyntaxTree(this.script, Buffer.from(answer?.data ?? '', 'base64'));
  }

  async #askForOwner(objectId: number): Promise<string | undefined> {
    return (await this.#ask<ScriptSymbol>('getParentOfSymbol', { objectId }))?.name;
  }

  async #ask<Answer>(method: string, parameters: object): Promise<Answer | undefined> {
    const where = { snapshot: this.#snapshot, project: this.#project };
    return (await this.server.request(method, { ...where, ...parameters })) as Answer | undefined;
  }
}
