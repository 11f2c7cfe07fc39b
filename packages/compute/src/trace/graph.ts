/** Element types of recorded graphs; int64 only where ONNX asks for it, half floats and uint8 only as stored weights. */
export type GraphType = 'float32' | 'int32' | 'int64' | 'bool' | 'float16' | 'bfloat16' | 'uint8' | StoredType;

/** Types of stored weights alone: a cast follows at once. */
export type StoredType = 'float64' | 'int16' | 'int8';

/** One value of a graph: the output of a node, an input, or a constant. */
export interface Value {
  readonly name: string;
  readonly shape: readonly number[];
  readonly dtype: GraphType;
  /** Of inputs and outputs whose size is free: sizes, symbols, and expressions of symbols. */
  readonly dims?: readonly (number | string)[];
}

/** Integers are plain numbers; a float says so, because ONNX tells the two apart. */
export type AttributeValue = number | readonly number[] | string | { readonly float: number };
export type Attributes = Readonly<Record<string, AttributeValue>>;

export interface GraphNode {
  readonly op: string;
  readonly domain: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: Attributes;
}

export type ConstantData = Float32Array | Int32Array | BigInt64Array | Uint8Array;

export interface GraphConstant {
  readonly value: Value;
  readonly data: ConstantData;
}

/** Where an external initializer lies: a file, and a range of bytes in it. */
export interface ExternalData {
  readonly location: string;
  readonly offset: number;
  readonly length: number;
}

export interface GraphInitializer {
  readonly value: Value;
  readonly data?: ConstantData;
  readonly external?: ExternalData;
}

export interface GraphOutput {
  readonly name: string;
  readonly value: Value;
}

/** What a node gives: shape and element type of one output. */
export interface OutputSpec {
  readonly shape: readonly number[];
  readonly dtype: GraphType;
}

export interface GraphOptions {
  /** Told the name of every value when it is recorded, so that its place in the program can be noted. */
  readonly locate?: (value: string) => void;
  /** Begins the names of values, so that they do not meet those of adopted nodes. */
  readonly prefix?: string;
  /** Some sizes stand for symbols: constants of one number are spread by the graph, however short they are. */
  readonly symbolic?: boolean;
}

export function sameBytes(a: ConstantData, b: ConstantData): boolean {
  const x = new Uint8Array(a.buffer, a.byteOffset, a.byteLength);
  const y = new Uint8Array(b.buffer, b.byteOffset, b.byteLength);
  return x.length === y.length && x.every((byte, i) => byte === y[i]);
}

function hashBytes(data: ConstantData): number {
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  let hash = 0x811c9dc5;
  for (const byte of bytes) hash = Math.imul(hash ^ byte, 0x01000193);
  return hash >>> 0;
}

/**
 * A graph under construction. Every recorded operation is pure, so that equal nodes and equal constants are stored
 * once: gradients ask for the same transposes, ones and scalars many times.
 */
export class Graph {
  readonly nodes: GraphNode[] = [];
  readonly inputs: Value[] = [];
  readonly outputs: GraphOutput[] = [];
  readonly constants: GraphConstant[] = [];
  readonly initializers: GraphInitializer[] = [];
  /** Every value by name, as its recording declared it. */
  readonly values = new Map<string, Value>();
  readonly #known = new Map<string, readonly Value[]>();
  readonly #constantsByHash = new Map<string, GraphConstant[]>();
  #count = 0;

  constructor(
    readonly name: string,
    readonly options: GraphOptions = {},
  ) {}

  input(name: string, spec: OutputSpec): Value {
    const value: Value = { name, shape: [...spec.shape], dtype: spec.dtype };
    this.inputs.push(value);
    return this.#remember(value);
  }

  /** A named tensor that travels with the model or lies in a file beside it. */
  initializer(name: string, spec: OutputSpec, source: { data: ConstantData } | { external: ExternalData }): Value {
    const value: Value = { name, shape: [...spec.shape], dtype: spec.dtype };
    this.initializers.push({ value, ...source });
    return this.#remember(value);
  }

  constant(data: ConstantData, shape: readonly number[], dtype: GraphType): Value {
    const key = `${dtype}[${shape.join(',')}]${hashBytes(data)}`;
    const bucket = this.#constantsByHash.get(key) ?? [];
    const known = bucket.find((constant) => sameBytes(constant.data, data));
    if (known) return known.value;
    const constant = { value: { name: this.#fresh('c'), shape: [...shape], dtype }, data: data.slice() };
    bucket.push(constant);
    this.#constantsByHash.set(key, bucket);
    this.constants.push(constant);
    return this.#remember(constant.value);
  }

  node(
    op: string,
    inputs: readonly (Value | null)[],
    outputs: readonly OutputSpec[],
    attributes: Attributes = {},
    domain = '',
  ): readonly Value[] {
    const names = inputs.map((input) => input?.name ?? '');
    const settings = Object.keys(attributes).length === 0 ? '' : JSON.stringify(attributes);
    const key = `${domain}:${op}(${names.join()})${settings}x${outputs.length}`;
    const known = this.#known.get(key);
    if (known) return known;
    const values = outputs.map(({ shape, dtype }) => ({ name: this.#fresh('v'), shape: [...shape], dtype }));
    this.nodes.push({ op, domain, inputs: names, outputs: values.map(({ name }) => name), attributes });
    this.#known.set(key, values);
    values.forEach((value) => this.#remember(value));
    return values;
  }

  /** Takes a constant of another graph over under its name. */
  adoptConstant(constant: GraphConstant): void {
    this.constants.push(constant);
    this.#remember(constant.value);
  }

  /** Takes a node of another graph over, with the names of its values. */
  adoptNode(node: GraphNode, values: readonly Value[]): void {
    this.nodes.push(node);
    values.forEach((value) => this.#remember(value));
  }

  output(name: string, value: Value): void {
    this.outputs.push({ name, value });
  }

  #remember(value: Value): Value {
    this.values.set(value.name, value);
    this.options.locate?.(value.name);
    return value;
  }

  #fresh(prefix: string): string {
    this.#count += 1;
    return `${this.options.prefix ?? ''}${prefix}${this.#count}`;
  }
}
