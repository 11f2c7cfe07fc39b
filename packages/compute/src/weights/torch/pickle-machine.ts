import { expectWithin, refuseTorch } from './limits.js';
import { PickleCursor } from './pickle-cursor.js';
import { PickleDict, PickleGlobal, PickleSequence, type PickleKey, type PickleValue } from './pickle-values.js';
import { findOpcode } from './pickle-opcodes.js';

/** What a pickle may refer to outside itself. Both refuse everything that is not on their list. */
export interface PickleWorld {
  /** The value of a call of a known name. */
  call(callee: PickleGlobal, args: readonly PickleValue[]): PickleValue;
  isKnown(name: string): boolean;
  /** The value of a persistent id: a storage. */
  persistent(id: PickleValue): PickleValue;
}

/** The state of a pickle while it is read. It knows data and the names of its world; nothing is ever executed. */
export class PickleMachine {
  readonly cursor: PickleCursor;
  readonly #world: PickleWorld;
  readonly #memo = new Map<number, PickleValue>();
  readonly #marks: number[] = [];
  #stack: PickleValue[] = [];

  constructor(bytes: Uint8Array, world: PickleWorld) {
    this.cursor = new PickleCursor(bytes);
    this.#world = world;
  }

  /** Runs to the end of the pickle. @throws WEIGHTS_INVALID; PickleEnds where the bytes end before it. */
  run(): PickleValue {
    for (let count = 0; ; count++) {
      expectWithin('opcodes', count);
      const code = this.cursor.uint8();
      if (code === 0x2e) return this.pop();
      findOpcode(code)(this);
      expectWithin('stack', this.#stack.length);
    }
  }

  push(value: PickleValue): void {
    this.#stack.push(value);
  }

  pop(): PickleValue {
    const floor = this.#marks.at(-1) ?? 0;
    if (this.#stack.length <= floor) throw refuseTorch('A pickle takes only what it has put', 'an empty stack');
    return this.#stack.pop() as PickleValue;
  }

  top(): PickleValue {
    const value = this.pop();
    this.push(value);
    return value;
  }

  mark(): void {
    this.#marks.push(this.#stack.length);
    expectWithin('stack', this.#marks.length);
  }

  /** What was put since the last mark. */
  popMark(): PickleValue[] {
    const mark = this.#marks.pop();
    if (mark === undefined) throw refuseTorch('A pickle closes only what it has opened', 'no mark');
    return this.#stack.splice(mark);
  }

  remember(index: number): void {
    this.#memo.set(index, this.top());
    expectWithin('memo', this.#memo.size);
  }

  rememberNext(): void {
    this.remember(this.#memo.size);
  }

  recall(index: number): void {
    const value = this.#memo.get(index);
    if (value === undefined) throw refuseTorch('A pickle recalls only what it remembered', `number ${index}`);
    this.push(value);
  }

  /** @throws WEIGHTS_INVALID for any name that is not needed for tensors */
  global(module: string, name: string): void {
    const full = `${module}.${name}`;
    if (!this.#world.isKnown(full)) throw refuseTorch('A torch file may name nothing but what tensors need', full);
    this.push(new PickleGlobal(full));
  }

  reduce(): void {
    const args = this.pop();
    const callee = this.pop();
    if (!(callee instanceof PickleGlobal) || !(args instanceof PickleSequence))
      throw refuseTorch('A pickle of tensors calls only what rebuilds tensors', 'a call of something else');
    this.push(this.#world.call(callee, args.items));
  }

  persistent(id: PickleValue): void {
    this.push(this.#world.persistent(id));
  }

  /** Attributes of an OrderedDict (the versions of its modules); they steer nothing here. */
  build(): void {
    const state = this.pop();
    if (this.top() instanceof PickleDict && state instanceof PickleDict) return;
    throw refuseTorch('A pickle of tensors sets the state of no objects', 'BUILD');
  }

  append(items: readonly PickleValue[]): void {
    const list = this.top();
    if (!(list instanceof PickleSequence) || list.kind !== 'list')
      throw refuseTorch('A pickle appends to lists', 'something else');
    for (const item of items) list.items.push(item);
  }

  setItems(items: readonly PickleValue[]): void {
    const dict = this.top();
    if (!(dict instanceof PickleDict) || items.length % 2)
      throw refuseTorch('A pickle sets keys and values of dicts', 'something else');
    for (let i = 0; i < items.length; i += 2) dict.items.set(toKey(items[i] ?? null), items[i + 1] ?? null);
  }
}

function toKey(value: PickleValue): PickleKey {
  if (value === null || typeof value !== 'object') return value;
  throw refuseTorch('Keys of dicts must be text or numbers', 'an object');
}
