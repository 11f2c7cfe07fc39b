import { expectWithin, refuseTorch } from './limits.js';
import { toPlain } from './pickle-cursor.js';
import type { PickleMachine } from './pickle-machine.js';
import { PickleDict, PickleSequence, type PickleValue } from './pickle-values.js';

type Operation = (machine: PickleMachine) => void;

const tuple = (items: PickleValue[]) => new PickleSequence('tuple', items);

function tupleOf(count: number): Operation {
  return (m) => m.push(tuple(Array.from({ length: count }, () => m.pop()).reverse()));
}

function dictOf(machine: PickleMachine, items: readonly PickleValue[]): void {
  machine.push(new PickleDict());
  machine.setItems(items);
}

/** Decimal digits as the oldest protocol has them; `00` and `01` are its booleans. */
function parseInteger(text: string): PickleValue {
  if (text === '00' || text === '01') return text === '01';
  const digits = text.replace(/L$/, '');
  expectWithin('digits', digits.length);
  if (/^-?\d+$/.test(digits)) return toPlain(BigInt(digits));
  throw refuseTorch('An integer of a pickle must have digits', JSON.stringify(text.slice(0, 40)));
}

function parseFloat64(text: string): number {
  const special: Readonly<Record<string, number>> = { nan: NaN, inf: Infinity, '-inf': -Infinity };
  const value = special[text] ?? (/^[-+\d.eE]+$/.test(text) ? Number(text) : undefined);
  if (value === undefined || (Number.isNaN(value) && text !== 'nan'))
    throw refuseTorch('A float of a pickle must be a number', JSON.stringify(text.slice(0, 40)));
  return value;
}

/** Quoted text without escapes: keys of storages and names of devices. */
function parseQuoted(text: string): string {
  const inner = /^(['"])([^\\'"]*)\1$/.exec(text)?.[2];
  if (inner === undefined)
    throw refuseTorch('Quoted text of a pickle must be plain', JSON.stringify(text.slice(0, 40)));
  return inner;
}

function parsePlain(text: string): string {
  if (text.includes('\\')) throw refuseTorch('Text of the oldest pickle protocol must be plain', 'an escape');
  return text;
}

function expectProtocol(version: number): void {
  if (version > 5) throw refuseTorch('The pickle protocol must be 0 to 5', String(version));
}

function stackGlobal(machine: PickleMachine): void {
  const [name, module] = [machine.pop(), machine.pop()];
  if (typeof name !== 'string' || typeof module !== 'string')
    throw refuseTorch('A pickle names classes by text', 'something else');
  machine.global(module, name);
}

const literals: readonly (readonly [number | string, Operation])[] = [
  ['N', (m) => m.push(null)],
  [0x88, (m) => m.push(true)],
  [0x89, (m) => m.push(false)],
  ['I', (m) => m.push(parseInteger(m.cursor.line()))],
  ['L', (m) => m.push(parseInteger(m.cursor.line()))],
  ['J', (m) => m.push(m.cursor.int32())],
  ['K', (m) => m.push(m.cursor.uint8())],
  ['M', (m) => m.push(m.cursor.uint16())],
  [0x8a, (m) => m.push(m.cursor.long(m.cursor.uint8()))],
  [0x8b, (m) => m.push(m.cursor.long(m.cursor.uint32()))],
  ['F', (m) => m.push(parseFloat64(m.cursor.line()))],
  ['G', (m) => m.push(m.cursor.float64())],
  ['S', (m) => m.push(parseQuoted(m.cursor.line()))],
  ['V', (m) => m.push(parsePlain(m.cursor.line()))],
  ['T', (m) => m.push(m.cursor.text(m.cursor.uint32()))],
  ['U', (m) => m.push(m.cursor.text(m.cursor.uint8()))],
  ['X', (m) => m.push(m.cursor.text(m.cursor.uint32()))],
  [0x8c, (m) => m.push(m.cursor.text(m.cursor.uint8()))],
  [0x8d, (m) => m.push(m.cursor.text(m.cursor.uint64()))],
];

const containers: readonly (readonly [number | string, Operation])[] = [
  [')', tupleOf(0)],
  [0x85, tupleOf(1)],
  [0x86, tupleOf(2)],
  [0x87, tupleOf(3)],
  ['t', (m) => m.push(tuple(m.popMark()))],
  [']', (m) => m.push(new PickleSequence('list'))],
  ['l', (m) => m.push(new PickleSequence('list', m.popMark()))],
  ['a', (m) => { const item = m.pop(); m.append([item]); }],
  ['e', (m) => { const items = m.popMark(); m.append(items); }],
  ['}', (m) => m.push(new PickleDict())],
  ['d', (m) => dictOf(m, m.popMark())],
  ['s', (m) => { const [value, key] = [m.pop(), m.pop()]; m.setItems([key, value]); }],
  ['u', (m) => { const items = m.popMark(); m.setItems(items); }],
]; // prettier-ignore

const machinery: readonly (readonly [number | string, Operation])[] = [
  [0x80, (m) => expectProtocol(m.cursor.uint8())],
  [0x95, (m) => void m.cursor.uint64()],
  ['(', (m) => m.mark()],
  ['0', (m) => void m.pop()],
  ['1', (m) => void m.popMark()],
  ['2', (m) => m.push(m.top())],
  ['p', (m) => m.remember(Number(parseInteger(m.cursor.line())))],
  ['q', (m) => m.remember(m.cursor.uint8())],
  ['r', (m) => m.remember(m.cursor.uint32())],
  [0x94, (m) => m.rememberNext()],
  ['g', (m) => m.recall(Number(parseInteger(m.cursor.line())))],
  ['h', (m) => m.recall(m.cursor.uint8())],
  ['j', (m) => m.recall(m.cursor.uint32())],
  ['c', (m) => { const module = m.cursor.line(); m.global(module, m.cursor.line()); }],
  ['i', (m) => { const module = m.cursor.line(); m.global(module, m.cursor.line()); refuse(0x69); }],
  [0x93, stackGlobal],
  ['R', (m) => m.reduce()],
  ['b', (m) => m.build()],
  ['Q', (m) => m.persistent(m.pop())],
  ['P', (m) => m.persistent(m.cursor.line())],
]; // prettier-ignore

const operations: ReadonlyMap<number, Operation> = new Map(
  [...literals, ...containers, ...machinery].map(([code, run]) => {
    return [typeof code === 'string' ? code.charCodeAt(0) : code, run] as const;
  }),
);

function refuse(code: number): never {
  const shown = code > 32 && code < 127 ? `"${String.fromCharCode(code)}"` : `0x${code.toString(16)}`;
  throw refuseTorch('A pickle of tensors needs only lists, dicts, text, numbers and tensors', `the operation ${shown}`);
}

/** @throws WEIGHTS_INVALID for an operation that tensors do not need */
export function findOpcode(code: number): Operation {
  return operations.get(code) ?? refuse(code);
}
