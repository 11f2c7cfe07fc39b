import { bytesOf, toFloat32, type WeightTensor } from '@sim4seg/compute';
import { closeTo, type Closeness, type ReferenceCase, type Tolerance } from '@sim4seg/testing';
import type { Engine } from './engines.js';

/** What a case file exports as `run`: computes every expected tensor of a case and hands it to the checker. */
export type CaseRunner = (reference: ReferenceCase, check: Checker, engines: readonly Engine[]) => Promise<void> | void;

/** A computed tensor; `shape` is compared where it is given. */
export interface Computed {
  readonly data: ArrayLike<number> | ArrayLike<bigint>;
  readonly shape?: readonly number[];
  /** Which engine computed it, where there are several. */
  readonly engine?: string;
}

/** One comparison with a stored tensor. */
export interface Comparison {
  readonly name: string;
  readonly tolerance: Tolerance;
  readonly closeness: Closeness;
  readonly passed: boolean;
  readonly remark: string;
}

const exactly: Tolerance = { atol: 0, rtol: 0 };

const expected = /(^|\/)(out|grad|after)\./;

/** Collects the comparisons of one case and says at the end what was never compared. */
export class Checker {
  readonly #reference: ReferenceCase;
  readonly #comparisons: Comparison[] = [];
  readonly #compared = new Set<string>();

  constructor(reference: ReferenceCase) {
    this.#reference = reference;
  }

  get comparisons(): readonly Comparison[] {
    return this.#comparisons;
  }

  /** The case's tolerance for values: `strict` where the case gives one. */
  get tolerance(): Tolerance {
    const given = this.#reference.config['tolerance'] as Partial<Tolerance> & { readonly strict?: Partial<Tolerance> };
    const { atol = 0, rtol = 0 } = given.strict ?? given;
    return { atol, rtol };
  }

  /** Compares with the stored tensor of this name. @throws CASES_INVALID where there is none. */
  close(name: string, computed: Computed, tolerance: Tolerance = this.tolerance): void {
    const reference = this.#reference.io.take(name);
    this.#compared.add(name);
    const values = reference.data instanceof Uint16Array ? toFloat32(reference) : reference.data;
    const closeness = closeTo(computed.data, values, tolerance);
    const sameShape = !computed.shape || String(computed.shape) === String(reference.shape);
    const remark = sameShape ? '' : `shape [${computed.shape}] instead of [${reference.shape}]`;
    const label = computed.engine ? `${name} (${computed.engine})` : name;
    this.#comparisons.push({ name: label, tolerance, closeness, passed: sameShape && closeness.isClose, remark });
  }

  /** Compares integers, masks and 8-bit pictures: no difference is allowed. */
  exact(name: string, computed: Computed): void {
    this.close(name, computed, exactly);
  }

  /** Compares type, shape and every bit, also those of NaN. */
  bits(name: string, tensor: WeightTensor, engine: string): void {
    const reference = this.#reference.io.take(name);
    this.#compared.add(name);
    const described = ({ dtype, shape }: WeightTensor) => `${dtype}[${shape}]`;
    const [mine, theirs] = [bytesOf(tensor), bytesOf(reference)];
    const closeness = closeTo(mine, theirs, { atol: 0, rtol: 0 });
    const isSame = described(tensor) === described(reference);
    const remark = isSame ? '' : `${described(tensor)} instead of ${described(reference)}`;
    const label = `${name} (${engine})`;
    this.#comparisons.push({ name: label, tolerance: exactly, closeness, passed: isSame && closeness.isClose, remark });
  }

  /** Notes whether a statement about the case holds. */
  holds(name: string, passed: boolean, remark: string): void {
    const closeness = closeTo([passed ? 0 : 1], [0], exactly);
    this.#comparisons.push({ name, tolerance: exactly, closeness, passed, remark: passed ? '' : remark });
  }

  /** Compares rows of integers as sets: the order means nothing. */
  sameRows(name: string, rows: readonly (readonly number[])[]): void {
    const { data, shape } = this.#reference.io.ints(name);
    const width = shape[1] ?? 1;
    const stored = Array.from({ length: shape[0] ?? 0 }, (_, i) => [...data.subarray(i * width, (i + 1) * width)]);
    this.#compared.add(name);
    const sorted = (list: readonly (readonly number[])[]) => list.map(String).sort();
    const [mine, theirs] = [sorted(rows), sorted(stored)];
    const wrong = theirs.findIndex((row, i) => row !== mine[i]);
    const passed = mine.length === theirs.length && wrong < 0;
    const closeness = closeTo([passed ? 0 : 1], [0], exactly);
    const remark = passed ? '' : `rows differ: ${mine.length} computed, ${theirs.length} stored, first at ${wrong}`;
    this.#comparisons.push({ name, tolerance: exactly, closeness, passed, remark });
  }

  /** Expected tensors and sub-cases that nothing was compared with: each is a failure. */
  get skipped(): readonly string[] {
    const tensors = this.#reference.io.names.filter((name) => expected.test(name) && !this.#compared.has(name));
    const listed = Object.keys((this.#reference.config['subcases'] as object | undefined) ?? {});
    const subCases = listed.filter((name) => ![...this.#compared].some((tensor) => tensor.startsWith(`${name}/`)));
    return [...tensors, ...subCases.map((name) => `sub-case ${name}`)];
  }
}
