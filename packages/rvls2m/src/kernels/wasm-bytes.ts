/** Code of a WebAssembly module: bytes, and lists of them. */
export type Code = readonly (number | Code)[];

/** Value types. */
export const I32 = 0x7f;
export const V128 = 0x7b;

/** A function: parameters are all i32; locals follow them in the order of the list. */
export interface WasmFunction {
  readonly name: string;
  readonly params: number;
  readonly locals: readonly (readonly [count: number, type: number])[];
  readonly body: Code;
}

/** A module with one exported memory (`memory`) and exported functions. @source WebAssembly core specification 2.0, 5.5 */
export function wasmModule(functions: readonly WasmFunction[]): Uint8Array<ArrayBuffer> {
  const types = functions.map(({ params }) => [0x60, vector(Array<number>(params).fill(I32)), 0]);
  const names = functions.map(({ name }, i) => [text(name), 0x00, i]);
  const bodies = functions.map(({ locals, body }) => {
    const code = flat([vector(locals.map(([count, type]) => [count, type])), body, 0x0b]);
    return [unsigned(code.length), code];
  });
  const memory = [0x00, 1];
  return Uint8Array.from(
    flat([
      [0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
      section(1, vector(types)),
      section(3, vector(functions.map((_, i) => i))),
      section(5, vector([memory])),
      section(7, vector([[text('memory'), 0x02, 0], ...names])),
      section(10, vector(bodies)),
    ]),
  );
}

/** Unsigned LEB128. */
export function unsigned(value: number): number[] {
  const bytes: number[] = [];
  for (let rest = value; ; rest >>>= 7) {
    bytes.push(rest < 0x80 ? rest : (rest & 0x7f) | 0x80);
    if (rest < 0x80) return bytes;
  }
}

function vector(items: Code): Code {
  return [unsigned(items.length), items];
}

function section(id: number, content: Code): Code {
  const bytes = flat(content);
  return [id, unsigned(bytes.length), bytes];
}

function text(name: string): Code {
  return vector([...new TextEncoder().encode(name)]);
}

function flat(code: Code): number[] {
  return code.flatMap((item) => (typeof item === 'number' ? [item] : flat(item)));
}
