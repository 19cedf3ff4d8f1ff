import type { SyntaxNode } from "@lezer/common";
import { type QueryError, refuse, type Span } from "./query-error.ts";

/** A node of the grammar's tree beside the text it was read from. */
export class Cursor implements Span {
  readonly node: SyntaxNode;
  readonly query: string;

  constructor(node: SyntaxNode, query: string) {
    this.node = node;
    this.query = query;
  }

  get from(): number {
    return this.node.from;
  }

  get to(): number {
    return this.node.to;
  }

  get name(): string {
    return this.node.name;
  }

  get text(): string {
    return this.query.slice(this.from, this.to);
  }

  child(name: string): Cursor | undefined {
    const node = this.node.getChild(name);
    return node === null ? undefined : new Cursor(node, this.query);
  }

  children(name?: string): Cursor[] {
    if (name !== undefined) return this.node.getChildren(name).map((node) => new Cursor(node, this.query));
    const all: Cursor[] = [];
    for (let node = this.node.firstChild; node !== null; node = node.nextSibling) all.push(new Cursor(node, this.query));
    return all;
  }

  /** The only child of a group that the grammar promises. */
  need(name: string): Cursor {
    const child = this.child(name);
    if (child === undefined) throw this.refuse(`unexpected ${JSON.stringify(this.text)}`);
    return child;
  }

  refuse(what: string): QueryError {
    return refuse(this.query, this, what);
  }
}
