/**
 * The values that a script has written into it and that another run may want otherwise: literals in the arguments of its
 * tools, and constants at its top.
 */
import type { Tool } from '../catalog/tool.ts';
import type { ApiDescription } from './api-description.ts';
import { syntaxKinds as kinds, type SyntaxNode, type SyntaxTree } from './syntax-tree.ts';
import { ToolNames } from './tool-names.ts';
import type { TypeProject } from './type-project.ts';

export type LiteralValue = string | number | boolean | readonly (string | number | boolean)[];

export interface LiftableLiteral {
  /** Offsets in the source that was checked. */
  readonly start: number;
  readonly end: number;
  readonly value: LiteralValue;
  /** Of the property or constant that has it. */
  readonly name: string;
  /** The tool whose argument it is, and where in the arguments: names, and `[]` for the items of a list. */
  readonly tool?: Tool | undefined;
  readonly path: readonly string[];
}

interface Candidate {
  readonly node: SyntaxNode;
  readonly value: LiteralValue;
  readonly path: readonly string[];
  /** Offset of the name that is called. */
  readonly callee?: number;
  readonly constant?: string;
}

const plainKinds: readonly number[] = [
  kinds.StringLiteral,
  kinds.NoSubstitutionTemplateLiteral,
  kinds.NumericLiteral,
  kinds.TrueKeyword,
  kinds.FalseKeyword,
];

/**
 * In the order of the text.
 *
 * @param project the script in question is the one it has checked last
 * @param depth how many blocks stand around the author's statements
 */
export async function liftableLiterals(
  project: TypeProject,
  api: ApiDescription,
  depth: number,
): Promise<LiftableLiteral[]> {
  const candidates = new Candidates(await project.tree(), depth).all();
  const symbols = await project.symbolsAt(candidates.map(({ callee }) => callee ?? 0));
  const names = new ToolNames(project, api);
  const found = await Promise.all(
    candidates.map(async ({ node, value, path, callee, constant }, index) => {
      const called = callee === undefined ? undefined : await names.of(symbols[index]);
      const tool = called?.what === 'tool' ? called.tool : undefined;
      const name = path.findLast((part) => part !== '[]') ?? constant;
      if (name === undefined || (!tool && constant === undefined)) return [];
      return [{ start: node.start, end: node.end, value, name, tool, path }];
    }),
  );
  return found.flat().sort((a, b) => a.start - b.start);
}

class Candidates {
  readonly #tree: SyntaxTree;
  readonly #depth: number;
  /** Lists that were taken whole, by index. */
  readonly #lists = new Set<number>();

  constructor(tree: SyntaxTree, depth: number) {
    this.#tree = tree;
    this.#depth = depth;
  }

  all(): Candidate[] {
    const nodes = plainKinds.flatMap((kind) => this.#tree.ofKind(kind));
    return nodes.flatMap((node) => this.#candidate(node) ?? []);
  }

  #candidate(literal: SyntaxNode): Candidate | undefined {
    const tree = this.#tree;
    let node = literal;
    let value: LiteralValue | undefined = this.#valueOf(node);
    const sign = tree.parent(node);
    if (sign?.kind === kinds.PrefixUnaryExpression) {
      node = sign;
      value = this.#valueOf(node);
    }
    const list = tree.parent(node);
    const items = list?.kind === kinds.ArrayLiteralExpression ? this.#items(list) : undefined;
    if (list && items) {
      if (this.#lists.has(list.index)) return undefined;
      this.#lists.add(list.index);
      node = list;
      value = items;
    }
    return value === undefined ? undefined : this.#place(node, value);
  }

  /** Goes outwards from a literal to the call or the constant that it belongs to. */
  #place(node: SyntaxNode, value: LiteralValue): Candidate | undefined {
    const tree = this.#tree;
    const path: string[] = [];
    let inner = node;
    for (let outer = tree.parent(node); outer; outer = tree.parent(outer)) {
      const [first] = tree.children(outer);
      switch (outer.kind) {
        case kinds.PropertyAssignment:
          if (!first || first.index === inner.index || first.kind === kinds.ComputedPropertyName)
            return undefined;
          path.unshift(tree.textOf(first).replace(/^(['"])(.*)\1$/, '$2'));
          break;
        case kinds.ArrayLiteralExpression:
          path.unshift('[]');
          break;
        case kinds.ObjectLiteralExpression:
          break;
        case kinds.CallExpression: {
          const callee = first && first.index !== inner.index ? this.#nameCalled(first) : undefined;
          return callee === undefined ? undefined : { node, value, path, callee };
        }
        case kinds.VariableDeclaration: {
          const isPlain = first?.kind === kinds.Identifier && this.#isTopConstant(outer);
          return isPlain ? { node, value, path, constant: tree.textOf(first) } : undefined;
        }
        default:
          return undefined;
      }
      inner = outer;
    }
    return undefined;
  }

  /** `name` of `name(...)`, `server.name(...)`, `server["name"](...)`, and with `.raw`. */
  #nameCalled(callee: SyntaxNode): number | undefined {
    const tree = this.#tree;
    if (callee.kind === kinds.Identifier) return callee.start;
    const isRaw = callee.kind === kinds.PropertyAccessExpression && /\.\s*raw$/.test(tree.textOf(callee));
    if (isRaw) {
      const [inner] = tree.children(callee);
      return inner && this.#nameCalled(inner);
    }
    const name = tree.children(callee).at(-1);
    if (callee.kind === kinds.PropertyAccessExpression) return name?.start;
    return callee.kind === kinds.ElementAccessExpression && name ? name.start + 1 : undefined;
  }

  #isTopConstant(declaration: SyntaxNode): boolean {
    const tree = this.#tree;
    const list = tree.parent(declaration);
    if (!list || !/^const\b/.test(tree.textOf(list))) return false;
    let blocks = 0;
    for (let outer = tree.parent(list); outer; outer = tree.parent(outer)) {
      if (outer.kind === kinds.Block) blocks += 1;
    }
    return blocks === this.#depth;
  }

  /** Of a list that holds literals of one kind only. */
  #items(list: SyntaxNode): (string | number | boolean)[] | undefined {
    const values = this.#tree.children(list).map((item) => this.#valueOf(item));
    const type = typeof values[0];
    if (values.length === 0 || values.some((value) => value === undefined || typeof value !== type))
      return undefined;
    return values as (string | number | boolean)[];
  }

  #valueOf(node: SyntaxNode): string | number | boolean | undefined {
    const text = this.#tree.textOf(node);
    switch (node.kind) {
      case kinds.TrueKeyword:
        return true;
      case kinds.FalseKeyword:
        return false;
      case kinds.NumericLiteral:
      case kinds.PrefixUnaryExpression: {
        const value = /^[-+]?\s*[\d.]/.test(text) ? Number(text.replace(/[_\s]/g, '')) : Number.NaN;
        return Number.isFinite(value) ? value : undefined;
      }
      case kinds.StringLiteral:
      case kinds.NoSubstitutionTemplateLiteral:
        return textValue(text);
      default:
        return undefined;
    }
  }
}

const escapes: { readonly [letter: string]: string } = {
  n: '\n',
  r: '\r',
  t: '\t',
  b: '\b',
  f: '\f',
  v: '\v',
  0: '\0',
  '\n': '',
};

/** What a string literal stands for. */
function textValue(literal: string): string {
  return literal
    .slice(1, -1)
    .replace(
      /\\(?:u\{([0-9a-fA-F]+)\}|u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2})|([^]))/g,
      (_, point, unit, byte, letter) => {
        const code = point ?? unit ?? byte;
        return code === undefined
          ? (escapes[letter] ?? letter)
          : String.fromCodePoint(Number.parseInt(code, 16));
      },
    );
}
