/** The tools that a script can call, by what its names stand for: exact, or "any of a server" where a name is computed. */
import type { CatalogServer, Tool } from '../catalog/tool.ts';
import type { ApiDescription } from './api-description.ts';
import { plainUses } from './plain-uses.ts';
import { syntaxKinds as kinds, type SyntaxNode, type SyntaxTree } from './syntax-tree.ts';
import { type ApiName, ToolNames, toolOf } from './tool-names.ts';
import type { ScriptSymbol, TypeProject } from './type-project.ts';

export interface ReachableTools {
  /** `server.tool`, sorted. */
  readonly tools: readonly string[];
  /** Servers, by identifier, of which any tool can be called, because the script chooses it as it runs; `*` is all servers. */
  readonly anyOf: readonly string[];
}

/** What stands around an expression without changing its value. */
const transparent: ReadonlySet<number> = new Set([
  kinds.ParenthesizedExpression,
  kinds.AsExpression,
  kinds.NonNullExpression,
  kinds.SatisfiesExpression,
]);

const literals: ReadonlySet<number> = new Set([kinds.StringLiteral, kinds.NoSubstitutionTemplateLiteral]);

/** @param project the script in question is the one it has checked last */
export async function callableTools(project: TypeProject, api: ApiDescription): Promise<ReachableTools> {
  return new Search(project, api, await project.tree()).run();
}

class Search {
  readonly #project: TypeProject;
  readonly #api: ApiDescription;
  readonly #tree: SyntaxTree;
  readonly #names: ToolNames;
  readonly #tools = new Set<Tool>();
  readonly #anyOf = new Set<string>();
  /** Names of the script's own that hold a server, by the symbol's id. */
  readonly #aliases = new Map<number, CatalogServer>();
  /** The same before their symbols are looked at: by the index of the name's node. */
  readonly #pendingAliases = new Map<number, CatalogServer>();
  readonly #aliasNames = new Set<string>();

  constructor(project: TypeProject, api: ApiDescription, tree: SyntaxTree) {
    this.#project = project;
    this.#api = api;
    this.#tree = tree;
    this.#names = new ToolNames(project, api);
  }

  async run(): Promise<ReachableTools> {
    const tree = this.#tree;
    const identifiers = tree.ofKind(kinds.Identifier);
    const elements = [...literals]
      .flatMap((kind) => tree.ofKind(kind))
      .filter((node) => this.#isElement(node));
    const named = [...identifiers, ...elements].filter((node) => this.#mayBeOfApi(node));
    // To ask what a name stands for takes another of the server's checkers, and as long as the check.
    const uses = plainUses(named, tree, (name) => this.#names.global(name) !== undefined);
    for (const node of uses ?? []) this.#lookAtUse(node, this.#names.global(tree.textOf(node)));
    if (!uses) await this.#lookAtSymbols(named, identifiers);
    await this.#lookAtNamespaces(identifiers);
    this.#lookAtStops();
    return {
      tools: [...this.#tools].map((tool) => `${tool.serverIdentifier}.${tool.identifier}`).sort(),
      anyOf: [...this.#anyOf].sort(),
    };
  }

  async #lookAtSymbols(named: readonly SyntaxNode[], identifiers: readonly SyntaxNode[]): Promise<void> {
    // Into a literal one goes by its first character, not by its quote.
    const offsets = named.map(({ kind, start }) => (literals.has(kind) ? start + 1 : start));
    const symbols = await this.#project.symbolsAt(offsets);
    for (const [index, node] of named.entries()) await this.#look(node, symbols[index]);
    await this.#followAliases(identifiers);
  }

  async #look(node: SyntaxNode, symbol: ScriptSymbol | undefined): Promise<void> {
    const parent = this.#tree.parent(node);
    if (parent?.kind === kinds.ImportSpecifier) return this.#lookAtImport(node, parent, symbol);
    const isShort = parent?.kind === kinds.ShorthandPropertyAssignment;
    const name = await this.#names.of(isShort ? await this.#project.shorthandValue(parent) : symbol);
    if (name) this.#lookAtUse(node, name);
    else if (this.#tree.textOf(node) === 'globalThis') this.#lookAtGlobal(node);
  }

  #lookAtUse(node: SyntaxNode, name: ApiName | undefined): void {
    if (name?.what === 'tool') this.#tools.add(name.tool);
    else if (name?.what === 'server') this.#lookAtServer(node, name.server);
  }

  /** `import { a__b, server as s }`: what is imported under a name of the script's own is followed by that name. */
  #lookAtImport(node: SyntaxNode, specifier: SyntaxNode, symbol: ScriptSymbol | undefined): void {
    const [imported] = this.#tree.children(specifier);
    const name = imported && this.#names.global(this.#tree.textOf(imported));
    if (name?.what === 'tool') this.#tools.add(name.tool);
    else if (name?.what === 'server' && symbol && node.end === specifier.end) {
      this.#aliases.set(symbol.id, name.server);
      this.#aliasNames.add(this.#tree.textOf(node));
    }
  }

  /** A place where a server stands as a value: harmless where one of its tools is picked by a name that can be read. */
  #lookAtServer(node: SyntaxNode, server: CatalogServer): void {
    const tree = this.#tree;
    let value = node;
    let parent = tree.parent(value);
    // `globalThis.server`: the name stands behind the dot.
    while (
      parent &&
      (transparent.has(parent.kind) ||
        (parent.kind === kinds.PropertyAccessExpression && tree.children(parent)[0]?.index !== value.index))
    ) {
      value = parent;
      parent = tree.parent(value);
    }
    switch (parent?.kind) {
      case kinds.TypeQuery:
        return;
      case kinds.PropertyAccessExpression:
        // By its text too: behind `as any` the name has lost its meaning.
        return this.#add(server, tree.textOf(tree.children(parent).at(-1) ?? parent));
      case kinds.ElementAccessExpression: {
        const [object, key] = [tree.children(parent)[0], tree.children(parent).at(-1)];
        if (object?.index !== value.index || !key || !literals.has(key.kind)) break;
        return this.#add(server, tree.textOf(key).slice(1, -1));
      }
      case kinds.VariableDeclaration:
        if (this.#lookAtVariable(parent, value, server)) return;
        break;
    }
    this.#anyOf.add(server.identifier);
  }

  /** `const s = server` and `const { tool } = server`. @returns false where it cannot be told which tools it takes */
  #lookAtVariable(declaration: SyntaxNode, value: SyntaxNode, server: CatalogServer): boolean {
    const tree = this.#tree;
    const [name] = tree.children(declaration);
    if (!name || name.index === value.index) return false;
    if (name.kind === kinds.Identifier) {
      this.#pendingAliases.set(name.index, server);
      this.#aliasNames.add(tree.textOf(name));
      return true;
    }
    if (name.kind !== kinds.ObjectBindingPattern) return false;
    for (const element of tree.children(name)) {
      const parts = tree.children(element);
      const [first] = parts;
      const isPlain = parts.every(
        ({ kind }) => kind !== kinds.DotDotDotToken && kind !== kinds.ComputedPropertyName,
      );
      if (!first || !isPlain) return false;
      this.#add(server, tree.textOf(first).replace(/^(['"`])(.*)\1$/, '$2'));
    }
    return true;
  }

  /** An alias may be given on to another one, so this goes on until nothing is new. */
  async #followAliases(identifiers: readonly SyntaxNode[]): Promise<void> {
    const seen = new Set<number>();
    for (let found = this.#aliasNames.size > 0; found; ) {
      found = false;
      const named = identifiers.filter((node) => this.#aliasNames.has(this.#tree.textOf(node)));
      const symbols = await this.#project.symbolsAt(named.map(({ start }) => start));
      for (const [index, node] of named.entries()) {
        const symbol = symbols[index];
        const declared = this.#pendingAliases.get(node.index);
        if (symbol && declared) this.#aliases.set(symbol.id, declared);
        const server = symbol && this.#aliases.get(symbol.id);
        if (!server || seen.has(node.index)) continue;
        seen.add(node.index);
        found = true;
        const isDeclaration =
          declared !== undefined || this.#tree.parent(node)?.kind === kinds.ImportSpecifier;
        if (!isDeclaration) this.#lookAtServer(node, server);
      }
    }
  }

  /** `import * as api`: what stands behind `api.` is read as any name; the whole of it in another's hands may be anything. */
  async #lookAtNamespaces(identifiers: readonly SyntaxNode[]): Promise<void> {
    const tree = this.#tree;
    const imported = tree.ofKind(kinds.NamespaceImport).filter((node) => isOfApi(this.#importOf(node)));
    const names = new Set(imported.map((node) => tree.textOf(tree.children(node).at(-1) ?? node)));
    if (names.size === 0) return;
    const named = identifiers.filter((node) => names.has(tree.textOf(node)));
    const symbols = await this.#project.symbolsAt(named.map(({ start }) => start));
    const own = new Set(
      named.flatMap((node, index) =>
        tree.parent(node)?.kind === kinds.NamespaceImport ? (symbols[index]?.id ?? []) : [],
      ),
    );
    for (const [index, node] of named.entries()) {
      const { kind } = tree.parent(node) ?? {};
      const isRead =
        kind === kinds.PropertyAccessExpression || kind === kinds.TypeQuery || isLiteralElement(tree, node);
      if (own.has(symbols[index]?.id ?? -1) && !isRead && kind !== kinds.NamespaceImport)
        this.#anyOf.add('*');
    }
  }

  /** `globalThis.server.tool` is read as the rest is; with a computed name it may be anything. */
  #lookAtGlobal(node: SyntaxNode): void {
    const parent = this.#tree.parent(node);
    if (parent?.kind === kinds.PropertyAccessExpression || parent?.kind === kinds.TypeQuery) return;
    this.#anyOf.add('*');
  }

  /** `onStop([{ tool: "server.tool" }])` names tools by text. */
  #lookAtStops(): void {
    const tree = this.#tree;
    const stops = tree
      .ofKind(kinds.CallExpression)
      .filter((call) => tree.textOf(call).startsWith('onStop') && tree.children(call).length > 1);
    if (stops.length === 0) return;
    for (const property of tree.ofKind(kinds.PropertyAssignment)) {
      const [name, value] = tree.children(property);
      const isInside = stops.some(({ start, end }) => start <= property.start && property.end <= end);
      if (!isInside || !name || !value || !/^(['"]?)tool\1$/.test(tree.textOf(name))) continue;
      const tool = literals.has(value.kind) ? this.#addressed(tree.textOf(value).slice(1, -1)) : undefined;
      if (tool) this.#tools.add(tool);
      else if (!literals.has(value.kind)) this.#anyOf.add('*');
    }
  }

  #add(server: CatalogServer, name: string): void {
    const tool = toolOf(server, name);
    if (tool) this.#tools.add(tool);
  }

  #addressed(address: string): Tool | undefined {
    const flat = this.#names.global(address);
    if (flat?.what === 'tool') return flat.tool;
    const [server = '', ...rest] = address.split('.');
    const found = this.#api.servers.find(({ identifier, name }) => identifier === server || name === server);
    return found && toolOf(found, rest.join('.'));
  }

  #mayBeOfApi(node: SyntaxNode): boolean {
    const text = this.#tree.textOf(node);
    const name = literals.has(node.kind) ? text.slice(1, -1) : text;
    return (
      this.#names.has(name) ||
      name === 'globalThis' ||
      this.#tree.parent(node)?.kind === kinds.ImportSpecifier
    );
  }

  #importOf(node: SyntaxNode): string {
    let statement: SyntaxNode | undefined = node;
    while (statement && statement.kind !== kinds.ImportDeclaration) statement = this.#tree.parent(statement);
    return statement ? this.#tree.textOf(statement) : '';
  }

  #isElement(node: SyntaxNode): boolean {
    return this.#tree.parent(node)?.kind === kinds.ElementAccessExpression;
  }
}

/** What an import takes it from. */
function isOfApi(statement: string): boolean {
  return /["'](?:[^"']*\/)?unified_api(?:\.(?:d\.)?ts|\.js)?["']\s*;?\s*$/.test(statement);
}

/** `name["..."]` */
function isLiteralElement(tree: SyntaxTree, object: SyntaxNode): boolean {
  const parent = tree.parent(object);
  if (parent?.kind !== kinds.ElementAccessExpression) return false;
  const key = tree.children(parent).at(-1);
  return key !== undefined && key.index !== object.index && literals.has(key.kind);
}
