import { dotRows, mixColumns, mixRows } from './kernel-code.js';
import { addRows, countAbove, markAbove, paintRows, range } from './select-code.js';
import { wasmModule } from './wasm-bytes.js';

type Kernel = (a: number, b: number, c: number, d: number, e: number) => void;
type FourPlaces = (a: number, b: number, c: number, d: number) => void;

/** The vector form of the loops that take nearly all time; every address is in bytes of `memory`. */
export interface SimdKernel {
  readonly memory: WebAssembly.Memory;
  readonly dotRows: Kernel;
  readonly mixColumns: Kernel;
  readonly keepRows: Kernel;
  readonly clampRows: Kernel;
  readonly cutRows: Kernel;
  readonly range: (a: number, b: number, c: number) => void;
  readonly countAbove: FourPlaces;
  readonly markAbove: FourPlaces;
  readonly paintRows: Kernel;
  readonly spreadRows: Kernel;
  readonly addRows: Kernel;
}

const PAGE_BYTES = 65536;
/** Beyond this the plain loops run: copying would cost more than it saves, and the memory is never given back. */
const MOST_BYTES = 32 * 2 ** 20;

let known: SimdKernel | null | undefined;

/** The kernel, made at its first use; null where the engine has no vectors or forbids compilation. */
export function simdKernel(): SimdKernel | null {
  known ??= compileKernel();
  return known;
}

/** Whether `bytes` fit into the kernel's memory, which is enlarged for them. */
export function reserve({ memory }: SimdKernel, bytes: number): boolean {
  if (bytes > MOST_BYTES) return false;
  const missing = bytes - memory.buffer.byteLength;
  if (missing > 0) memory.grow(Math.ceil(missing / PAGE_BYTES));
  return true;
}

function compileKernel(): SimdKernel | null {
  try {
    const mixes = [mixRows('keepRows'), mixRows('clampRows'), mixRows('cutRows')];
    const cells = [range(), countAbove(), markAbove(), paintRows('paintRows'), paintRows('spreadRows'), addRows()];
    const bytes = wasmModule([dotRows(), mixColumns(), ...mixes, ...cells]);
    return new WebAssembly.Instance(new WebAssembly.Module(bytes)).exports as unknown as SimdKernel;
  } catch {
    return null; // A page's security policy or an old engine: the plain loops give the same numbers.
  }
}
