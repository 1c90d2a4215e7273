/** The syntax tree of a script as TypeScript's API server sends it: a flat table of nodes, read where it lies. */

/** The kinds of node that are looked at, by TypeScript's numbers. They change between its versions; a test compares them. */
export const syntaxKinds = {
  NumericLiteral: 8,
  StringLiteral: 10,
  NoSubstitutionTemplateLiteral: 14,
  DotDotDotToken: 25,
  Identifier: 79,
  FalseKeyword: 96,
  TrueKeyword: 111,
  ComputedPropertyName: 168,
  TypeQuery: 187,
  ObjectBindingPattern: 207,
  BindingElement: 209,
  ArrayLiteralExpression: 210,
  ObjectLiteralExpression: 211,
  PropertyAccessExpression: 212,
  ElementAccessExpression: 213,
  CallExpression: 214,
  ParenthesizedExpression: 218,
  PrefixUnaryExpression: 225,
  AsExpression: 235,
  NonNullExpression: 236,
  SatisfiesExpression: 239,
  Block: 242,
  ExpressionStatement: 245,
  VariableDeclaration: 261,
  FunctionDeclaration: 263,
  ModuleDeclaration: 268,
  ImportDeclaration: 273,
  NamespaceImport: 275,
  ImportSpecifier: 277,
  PropertyAssignment: 303,
  ShorthandPropertyAssignment: 304,
} as const;

export interface SyntaxNode {
  readonly index: number;
  readonly kind: number;
  /** Offset of the first character, without the blanks and comments before it. UTF-16 units, as `end`. */
  readonly start: number;
  readonly end: number;
}

const nodesOffsetAt = 40;
const nodeBytes = 28;
const nodeListKind = 0xffff_ffff;

export class SyntaxTree {
  readonly #text: string;
  readonly #table: DataView;
  readonly #count: number;
  #children: Map<number, number[]> | undefined;

  /**
   * @param text what the tree was made of
   * @param data as `getSourceFile` gives it, decoded
   */
  constructor(text: string, data: Buffer) {
    this.#text = text;
    const from = data.readUInt32LE(nodesOffsetAt);
    this.#table = new DataView(data.buffer, data.byteOffset + from, data.length - from);
    this.#count = Math.floor(this.#table.byteLength / nodeBytes);
  }

  /** Every node of a kind, in the order of the text. */
  ofKind(kind: number): SyntaxNode[] {
    const found: SyntaxNode[] = [];
    for (let index = 1; index < this.#count; index += 1)
      if (this.#field(index, 0) === kind) found.push(this.#node(index));
    return found;
  }

  /** The smallest node around an offset. */
  at(offset: number): SyntaxNode | undefined {
    let smallest: number | undefined;
    for (let index = 1; index < this.#count; index += 1) {
      if (this.#field(index, 0) === nodeListKind) continue;
      // A node's children follow it, so the last one that holds the offset is the smallest.
      if (this.#field(index, 1) <= offset && offset < this.#field(index, 2)) smallest = index;
    }
    return smallest === undefined ? undefined : this.#node(smallest);
  }

  parent({ index }: SyntaxNode): SyntaxNode | undefined {
    let at = this.#field(index, 4);
    while (at > 0 && this.#field(at, 0) === nodeListKind) at = this.#field(at, 4);
    return at > 0 ? this.#node(at) : undefined;
  }

  /** The direct children, those in lists included. */
  children({ index }: SyntaxNode): SyntaxNode[] {
    this.#children ??= this.#readChildren();
    return (this.#children.get(index) ?? []).map((child) => this.#node(child));
  }

  textOf({ start, end }: SyntaxNode): string {
    return this.#text.slice(start, end);
  }

  #readChildren(): Map<number, number[]> {
    const children = new Map<number, number[]>();
    for (let index = 2; index < this.#count; index += 1) {
      if (this.#field(index, 0) === nodeListKind) continue;
      let parent = this.#field(index, 4);
      while (parent > 0 && this.#field(parent, 0) === nodeListKind) parent = this.#field(parent, 4);
      const siblings = children.get(parent);
      if (siblings) siblings.push(index);
      else children.set(parent, [index]);
    }
    return children;
  }

  #node(index: number): SyntaxNode {
    const end = this.#field(index, 2);
    return { index, kind: this.#field(index, 0), start: this.#skipBlank(this.#field(index, 1), end), end };
  }

  #skipBlank(from: number, end: number): number {
    const blank = /(?:\s|\/\/[^\n\r\u2028\u2029]*|\/\*[^]*?\*\/)*/y;
    blank.lastIndex = from;
    blank.test(this.#text);
    return Math.min(blank.lastIndex, end);
  }

  /** 0 kind, 1 start with what stands before it, 2 end, 3 next sibling, 4 parent, 5 data, 6 flags. */
  #field(index: number, field: number): number {
    return this.#table.getUint32(index * nodeBytes + field * 4, true);
  }
}
