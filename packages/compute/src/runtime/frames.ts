type View = (typeof VIEWS)[ViewName]['prototype'];

/** Arrays that travel as they lie in memory. */
const VIEWS = {
  Float32Array,
  Float64Array,
  Int8Array,
  Int16Array,
  Int32Array,
  BigInt64Array,
  Uint8Array,
  Uint8ClampedArray,
  Uint16Array,
  Uint32Array,
  BigUint64Array,
} as const;

type ViewName = keyof typeof VIEWS;

interface ViewMark {
  readonly $view: readonly [name: ViewName, index: number];
}

const PREFIX_BYTES = 4;

/**
 * A message as pieces to be written one after the other: length of the head, head, arrays. The head is JSON with marks
 * in the place of arrays, and the arrays' lengths; the arrays follow as raw bytes and are not copied here.
 */
export function encodeFrame(message: object): Uint8Array[] {
  const arrays: Uint8Array[] = [];
  const marked = JSON.stringify(message, (_, value: unknown) => {
    if (!ArrayBuffer.isView(value)) return value;
    const { buffer, byteOffset, byteLength } = value;
    const name = Buffer.isBuffer(value) ? 'Uint8Array' : value.constructor.name;
    arrays.push(new Uint8Array(buffer, byteOffset, byteLength));
    return { $view: [name, arrays.length - 1] };
  });
  const lengths = arrays.map(({ byteLength }) => byteLength);
  const head = Buffer.from(`${JSON.stringify(lengths)}\n${marked}`);
  const prefix = Buffer.alloc(PREFIX_BYTES);
  prefix.writeUInt32LE(head.byteLength);
  return [Buffer.concat([prefix, head]), ...arrays.filter(({ byteLength }) => byteLength > 0)];
}

function decodeHead(text: string, arrays: readonly Uint8Array[]): unknown {
  return JSON.parse(text, (_, value: unknown) => {
    const mark = (value as Partial<ViewMark> | null)?.$view;
    if (!mark) return value;
    const bytes = arrays[mark[1]] as Uint8Array<ArrayBuffer>;
    const Kind = VIEWS[mark[0]] as new (buffer: ArrayBuffer) => View;
    return new Kind(bytes.buffer);
  });
}

/** Puts frames together again from whatever pieces arrive; every array gets a buffer of its own. */
export class FrameReader {
  readonly #onMessage: (message: unknown) => void;
  #prefix = Buffer.alloc(PREFIX_BYTES);
  #head: Buffer | undefined;
  #arrays: Uint8Array[] | undefined;
  #text = '';
  /** What is being filled, and how far. */
  #part: Uint8Array = this.#prefix;
  #filled = 0;
  #next = 0;

  constructor(onMessage: (message: unknown) => void) {
    this.#onMessage = onMessage;
  }

  push(chunk: Uint8Array): void {
    let rest = chunk;
    while (rest.byteLength > 0) {
      const taken = Math.min(rest.byteLength, this.#part.byteLength - this.#filled);
      this.#part.set(rest.subarray(0, taken), this.#filled);
      this.#filled += taken;
      rest = rest.subarray(taken);
      if (this.#filled === this.#part.byteLength) this.#advance();
    }
  }

  #advance(): void {
    if (!this.#head) return this.#fill((this.#head = Buffer.allocUnsafeSlow(this.#prefix.readUInt32LE())));
    if (!this.#arrays) {
      const [lengths = '[]', text = ''] = splitOnce(this.#head.toString('utf8'));
      this.#text = text;
      this.#arrays = (JSON.parse(lengths) as number[]).map((bytes) => Buffer.allocUnsafeSlow(bytes));
      this.#next = 0;
    }
    for (; this.#next < this.#arrays.length; this.#next += 1) {
      const array = this.#arrays[this.#next] as Uint8Array;
      if (array.byteLength === 0) continue;
      this.#next += 1;
      return this.#fill(array);
    }
    const [text, arrays] = [this.#text, this.#arrays];
    this.#head = this.#arrays = undefined;
    this.#fill(this.#prefix);
    this.#onMessage(decodeHead(text, arrays));
  }

  #fill(part: Uint8Array): void {
    this.#part = part;
    this.#filled = 0;
  }
}

function splitOnce(head: string): [string, string] {
  const end = head.indexOf('\n');
  return [head.slice(0, end), head.slice(end + 1)];
}
