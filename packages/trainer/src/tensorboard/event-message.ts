/** Wire types of protocol buffers that events use. */
const [VARINT, FIXED64, BYTES, FIXED32] = [0, 1, 2, 5];

/** Scalars of one step. */
export interface ScalarEvent {
  readonly wallTimeSeconds: number;
  readonly step: number;
  readonly values: Readonly<Record<string, number>>;
}

/** The first event of a file: `wall_time` and `file_version`. @source TensorFlow, event.proto */
export function versionEvent(wallTimeSeconds: number): Uint8Array {
  return joined([double(1, wallTimeSeconds), bytes(3, new TextEncoder().encode('brain.Event:2'))]);
}

/** `wall_time`, `step`, and a `summary` with `tag` and `simple_value` a scalar. @source TensorFlow, event.proto, summary.proto */
export function scalarEvent({ wallTimeSeconds, step, values }: ScalarEvent): Uint8Array {
  const scalars = Object.entries(values).map(([tag, value]) =>
    bytes(1, joined([bytes(1, new TextEncoder().encode(tag)), float(2, value)])),
  );
  return joined([double(1, wallTimeSeconds), [key(2, VARINT), ...varint(step)], bytes(5, joined(scalars))]);
}

type Chunk = ArrayLike<number>;

const key = (field: number, wire: number): number => (field << 3) | wire;

function varint(value: number): number[] {
  const out = [];
  let rest = value;
  for (; rest > 127; rest = Math.floor(rest / 128)) out.push((rest % 128) | 128);
  return [...out, rest];
}

function double(field: number, value: number): Chunk {
  const out = new Uint8Array(9);
  out[0] = key(field, FIXED64);
  new DataView(out.buffer).setFloat64(1, value, true);
  return out;
}

function float(field: number, value: number): Chunk {
  const out = new Uint8Array(5);
  out[0] = key(field, FIXED32);
  new DataView(out.buffer).setFloat32(1, value, true);
  return out;
}

function bytes(field: number, content: Uint8Array): Chunk {
  return joined([[key(field, BYTES), ...varint(content.length)], content]);
}

function joined(chunks: readonly Chunk[]): Uint8Array {
  const out = new Uint8Array(chunks.reduce((sum, { length }) => sum + length, 0));
  let offset = 0;
  for (const chunk of chunks) {
    out.set(chunk, offset);
    offset += chunk.length;
  }
  return out;
}
