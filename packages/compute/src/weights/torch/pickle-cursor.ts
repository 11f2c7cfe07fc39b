import { expectWithin, refuseTorch } from './limits.js';

/** Thrown where the bytes end before the pickle does: more of the file is needed, or it was cut off. */
export class PickleEnds extends Error {
  override readonly name = 'PickleEnds';
}

/** Reads the operands of a pickle one after the other. */
export class PickleCursor {
  at = 0;
  readonly #bytes: Uint8Array;
  readonly #view: DataView;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  uint8(): number {
    return this.#view.getUint8(this.#skip(1));
  }

  uint16(): number {
    return this.#view.getUint16(this.#skip(2), true);
  }

  int32(): number {
    return this.#view.getInt32(this.#skip(4), true);
  }

  uint32(): number {
    return this.#view.getUint32(this.#skip(4), true);
  }

  uint64(): number {
    return Number(this.#view.getBigUint64(this.#skip(8), true));
  }

  /** Big-endian, unlike everything else. */
  float64(): number {
    return this.#view.getFloat64(this.#skip(8), false);
  }

  /** A signed little-endian integer of `length` bytes. */
  long(length: number): number | bigint {
    expectWithin('digits', length);
    let value = 0n;
    const start = this.#skip(length);
    for (let i = length - 1; i >= 0; i--) value = (value << 8n) | BigInt(this.#bytes[start + i] as number);
    return toPlain(BigInt.asIntN(8 * length, value));
  }

  text(length: number): string {
    expectWithin('textBytes', length);
    const start = this.#skip(length);
    return decode(this.#bytes.subarray(start, start + length));
  }

  /** Text up to the end of the line, as the oldest protocol has it. */
  line(): string {
    const end = this.#bytes.indexOf(10, this.at);
    if (end < 0) {
      expectWithin('textBytes', this.#bytes.length - this.at);
      throw new PickleEnds();
    }
    const text = this.text(end - this.at);
    this.at += 1;
    return text;
  }

  #skip(length: number): number {
    const start = this.at;
    if (length > this.#bytes.length - start) throw new PickleEnds();
    this.at += length;
    return start;
  }
}

/** Integers as numbers where they are exact. */
export function toPlain(value: bigint): number | bigint {
  const plain = Number(value);
  return Number.isSafeInteger(plain) ? plain : value;
}

function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw refuseTorch('Text in a torch file must be UTF-8', 'other bytes', cause);
  }
}
