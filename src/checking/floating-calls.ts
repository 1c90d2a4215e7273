/** Statements that start something and do not wait for it: a call of a tool or of an async function of the script's, without `await`. */
import type { ApiDescription } from './api-description.ts';
import { syntaxKinds as kinds, type SyntaxNode, type SyntaxTree } from './syntax-tree.ts';
import type { TypeProject } from './type-project.ts';

export interface FloatingCall {
  /** As it is written: `work`, `server.tool`, `rows.forEach`. */
  readonly callee: string;
  /** What runs shows for itself where it is a tool's call. */
  readonly isTool: boolean;
  /** Offset in the source that was checked. */
  readonly start: number;
}

const callsMax = 10;
const calleeCharactersMax = 80;

/** A statement that begins with a name and a bracket, or goes through a list with an async function. */
const candidate =
  /(?:^|[;{}])[ \t]*(?:[\p{ID_Start}$_][\p{ID_Continue}$.]*\s*[([]|[^\n;]*\.forEach\(\s*async\b)/mu;

/** By the text's shape alone: no types are asked for. */
export async function floatingCalls(project: TypeProject, api: ApiDescription): Promise<FloatingCall[]> {
  if (!candidate.test(project.script)) return [];
  const tree = await project.tree();
  const asyncNames = namesOfAsyncFunctions(tree);
  const found: FloatingCall[] = [];
  for (const statement of tree.ofKind(kinds.ExpressionStatement)) {
    const [call] = tree.children(statement);
    if (call?.kind !== kinds.CallExpression || found.length >= callsMax) continue;
    const [callee, argument] = tree.children(call);
    if (!callee) continue;
    const text = tree.textOf(callee);
    const isTool = isToolName(text, api);
    if (isTool || asyncNames.has(text) || isAsyncForEach(tree, text, argument))
      found.push({ callee: text.slice(-calleeCharactersMax), isTool, start: call.start });
  }
  return found;
}

function namesOfAsyncFunctions(tree: SyntaxTree): Set<string> {
  const names = new Set<string>();
  const note = (node: SyntaxNode, pattern: RegExp) => {
    const name = pattern.exec(tree.textOf(node).slice(0, 300))?.[1];
    if (name !== undefined) names.add(name);
  };
  for (const node of tree.ofKind(kinds.FunctionDeclaration))
    note(node, /^(?:export\s+(?:default\s+)?)?async\s+function\s+([\p{ID_Continue}$]+)/u);
  for (const node of tree.ofKind(kinds.VariableDeclaration))
    note(node, /^([\p{ID_Continue}$]+)\s*=\s*async\b(?!\s*function\s*\*)/u);
  return names;
}

function isToolName(callee: string, { servers }: ApiDescription): boolean {
  const [, first = '', member] = /^([\p{ID_Continue}$]+)\s*([.[].*)?$/su.exec(callee) ?? [];
  if (member !== undefined) return servers.some(({ identifier }) => identifier === first);
  return servers.some(({ tools }) => tools.some(({ flatName }) => flatName === first));
}

function isAsyncForEach(tree: SyntaxTree, callee: string, argument: SyntaxNode | undefined): boolean {
  return (
    argument !== undefined &&
    callee.endsWith('.forEach') &&
    /^async\b/.test(tree.textOf(argument).slice(0, 20))
  );
}
