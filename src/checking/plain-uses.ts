/** Scripts that use the names of the API and declare none of them: what a name stands for there is seen without asking. */
import { syntaxKinds as kinds, type SyntaxNode, type SyntaxTree } from './syntax-tree.ts';

/**
 * The places where a global of the API is called, read a member of, or given to a function, as in `server.tool(...)` and
 * `server__tool(...)`.
 *
 * @param named every place whose text is that of a name in the API
 * @returns undefined where one of them is neither such a place nor the member read there: it may declare the name anew
 */
export function plainUses(
  named: readonly SyntaxNode[],
  tree: SyntaxTree,
  isGlobal: (name: string) => boolean,
): readonly SyntaxNode[] | undefined {
  const uses = named.filter((node) => isGlobal(tree.textOf(node)) && isUse(node, tree));
  const used = new Set(uses.map(({ index }) => index));
  const isKnown = (node: SyntaxNode) => used.has(node.index) || used.has(objectOf(node, tree)?.index ?? 0);
  return named.every(isKnown) ? uses : undefined;
}

function isUse(node: SyntaxNode, tree: SyntaxTree): boolean {
  if (node.kind !== kinds.Identifier) return false;
  const parent = tree.parent(node);
  if (parent?.kind === kinds.CallExpression) return true;
  return isAccess(parent) && tree.children(parent)[0]?.index === node.index;
}

/** `server` for the name in `server.tool` and for the text in `server["tool"]`. */
function objectOf(node: SyntaxNode, tree: SyntaxTree): SyntaxNode | undefined {
  const parent = tree.parent(node);
  if (!isAccess(parent)) return undefined;
  const isComputed = parent.kind === kinds.ElementAccessExpression && node.kind === kinds.Identifier;
  const [object] = tree.children(parent);
  return isComputed || object?.index === node.index ? undefined : object;
}

function isAccess(node: SyntaxNode | undefined): node is SyntaxNode {
  return node?.kind === kinds.PropertyAccessExpression || node?.kind === kinds.ElementAccessExpression;
}
