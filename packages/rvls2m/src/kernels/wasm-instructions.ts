import { unsigned } from './wasm-bytes.js';
import type { Code } from './wasm-bytes.js';

// Instructions in folded form: operands first. @source WebAssembly core specification 2.0, 5.4
export const get = (local: number): Code => [0x20, local];
export const set = (local: number, value: Code): Code => [value, 0x21, local];
/** An i32 constant from 0 to 63. */
export const small = (value: number): Code => [0x41, value];
export const timesFour = (value: Code): Code => [value, small(2), 0x74];
export const add = (a: Code, b: Code): Code => [a, b, 0x6a];
export const increase = (local: number, by: Code): Code => set(local, add(get(local), by));
export const loadByte = (address: Code): Code => [address, 0x2d, 0, 0];
export const loadI32 = (address: Code): Code => [address, 0x28, 2, 0];
export const storeF32 = (address: Code, value: Code, offset: number): Code => [address, value, 0x38, 2, offset];
export const demote = (value: Code): Code => [value, 0xb6];
export const addF64 = (a: Code, b: Code): Code => [a, b, 0xa0];

/** A loop that starts again while `again` (i32) is not zero. */
export const repeatWhile = (body: Code, again: Code): Code => [0x03, 0x40, body, again, 0x0d, 0, 0x0b];
export const lessThan = (a: Code, b: Code): Code => [a, b, 0x49];
/** Not below zero. */
export const isPositive = (value: Code): Code => [value, 0x41, 0x7f, 0x4a];
/** Decreases a counter and leaves it on the stack. */
export const countDown = (local: number): Code => [get(local), small(1), 0x6b, 0x22, local];

const simd = (opcode: number): Code => [0xfd, unsigned(opcode)];
export const zeros: Code = [simd(0x0c), Array<number>(16).fill(0)];
/** Four times one float32. */
export const constantF32x4 = (value: number): Code => {
  const bytes = [...new Uint8Array(Float32Array.of(value).buffer)];
  return [simd(0x0c), bytes, bytes, bytes, bytes];
};
export const loadV128 = (address: Code, offset = 0): Code => [address, simd(0x00), 2, offset];
export const storeV128 = (address: Code, value: Code, offset = 0): Code => [address, value, simd(0x0b), 2, offset];
export const loadSplat = (address: Code, offset: number): Code => [address, simd(0x09), 2, offset];
/** Sixteen times the lowest byte. */
export const splatByte = (value: Code): Code => [value, simd(0x0f)];
/** Two float32 as float64x2. */
export const loadTwoPromoted = (address: Code): Code => [address, simd(0x5d), 2, 0, simd(0x5f)];
export const laneF64 = (value: Code, lane: number): Code => [value, simd(0x21), lane];
export const mulF64 = (a: Code, b: Code): Code => [a, b, 0xa2];
export const loadF64 = (address: Code, offset: number): Code => [address, 0x2b, 2, offset];
/** A float32 as float64. */
export const loadPromoted = (address: Code, offset: number): Code => [address, 0x2a, 2, offset, 0xbb];
export const addF64x2 = (a: Code, b: Code): Code => [a, b, simd(0xf0)];
export const mulF64x2 = (a: Code, b: Code): Code => [a, b, simd(0xf2)];
export const addF32x4 = (a: Code, b: Code): Code => [a, b, simd(0xe4)];
export const mulF32x4 = (a: Code, b: Code): Code => [a, b, simd(0xe6)];
export const minF32x4 = (a: Code, b: Code): Code => [a, b, simd(0xe8)];
export const maxF32x4 = (a: Code, b: Code): Code => [a, b, simd(0xe9)];
/** Lanes in which a > b: all bits set, or none. */
export const greaterF32x4 = (a: Code, b: Code): Code => [a, b, simd(0x44)];
export const addI8x16 = (a: Code, b: Code): Code => [a, b, simd(0x6e)];
export const subI32x4 = (a: Code, b: Code): Code => [a, b, simd(0xb1)];
/** Lanes of two vectors in one, held to half their width, signed. */
export const narrowI32x4 = (a: Code, b: Code): Code => [a, b, simd(0x85)];
export const narrowI16x8 = (a: Code, b: Code): Code => [a, b, simd(0x65)];
export const andV128 = (a: Code, b: Code): Code => [a, b, simd(0x4e)];
/** `a` in lanes where x >= y, `b` elsewhere. */
export const selectGreaterEqual = (a: Code, b: Code, [x, y]: readonly [Code, Code]): Code => [
  a,
  b,
  [x, y, simd(0x46)],
  simd(0x52),
];
