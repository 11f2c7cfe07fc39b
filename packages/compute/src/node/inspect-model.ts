import { readFile, stat } from 'node:fs/promises';
import { fromBinary } from '@bufbuild/protobuf';
import { Sim4SegError } from '@sim4seg/core';
import { ModelProtoSchema, TensorProto_DataLocation, TensorProto_DataType } from '../gen/onnx_pb.js';
import type { GraphProto, ModelProto, TensorProto, ValueInfoProto } from '../gen/onnx_pb.js';

/** Input or output of a graph; a dim with a name is free, one without name or size is `?`. */
export interface PortSummary {
  readonly name: string;
  readonly dtype: string;
  readonly dims: readonly (number | string)[];
}

/** A tensor that travels with a graph, or lies in a file beside it. */
export interface InitializerSummary {
  readonly name: string;
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly bytes: number;
  readonly external?: { readonly file: string; readonly offset: number; readonly length: number };
}

/** What an ONNX model holds, without its numbers. */
export interface ModelSummary {
  readonly producer: string;
  /** Version of each operator set, by domain; the standard one is `ai.onnx`. */
  readonly opset: Readonly<Record<string, number>>;
  readonly inputs: readonly PortSummary[];
  readonly outputs: readonly PortSummary[];
  readonly nodes: { readonly total: number; readonly byOp: Readonly<Record<string, number>> };
  readonly initializers: readonly InitializerSummary[];
  /** Bytes of all initializers, also of those in other files. */
  readonly totalBytes: number;
}

/** Protobuf itself ends at 2 GiB; a file of such a size is no graph whose weights lie beside it. */
const LARGEST_MODEL = 2 ** 31;

const ELEMENT_BYTES: Readonly<Record<string, number>> = {
  float32: 4,
  int32: 4,
  uint32: 4,
  int64: 8,
  uint64: 8,
  double: 8,
  float16: 2,
  bfloat16: 2,
  int16: 2,
  uint16: 2,
  int4: 0.5,
  uint4: 0.5,
};

function invalid(where: string, got: string, cause?: unknown): Sim4SegError {
  return new Sim4SegError('GRAPH_INVALID', {
    must: `${where} is an ONNX model`,
    got,
    fix: 'name an .onnx file, or export the model again',
    ...(cause !== undefined && { cause }),
  });
}

function dtypeOf(type: number): string {
  const name = TensorProto_DataType[type]?.toLowerCase() ?? `type ${type}`;
  return name === 'float' ? 'float32' : name;
}

function portOf({ name, type }: ValueInfoProto): PortSummary {
  const tensor = type?.value.case === 'tensorType' ? type.value.value : undefined;
  const dims = (tensor?.shape?.dim ?? []).map(({ value }) => {
    if (value.case === 'dimValue') return Number(value.value);
    return value.case === 'dimParam' && value.value ? value.value : '?';
  });
  return { name, dtype: tensor ? dtypeOf(tensor.elemType) : 'unknown', dims };
}

function externalPlace({ externalData }: TensorProto): NonNullable<InitializerSummary['external']> {
  const entries = new Map(externalData.map(({ key, value }) => [key, value]));
  const number = (key: string): number => Number(entries.get(key) ?? 0);
  return { file: entries.get('location') ?? '', offset: number('offset'), length: number('length') };
}

function initializerOf(tensor: TensorProto): InitializerSummary {
  const { name, dims, dataType, dataLocation } = tensor;
  const shape = dims.map(Number);
  const dtype = dtypeOf(dataType);
  const bytes = Math.ceil(shape.reduce((a, b) => a * b, 1) * (ELEMENT_BYTES[dtype] ?? 1));
  const external = dataLocation === TensorProto_DataLocation.EXTERNAL ? { external: externalPlace(tensor) } : {};
  return { name, dtype, shape, bytes, ...external };
}

function countOps({ node }: GraphProto): Record<string, number> {
  const counts = new Map<string, number>();
  for (const { opType, domain } of node) {
    const op = domain && domain !== 'ai.onnx' ? `${domain}.${opType}` : opType;
    counts.set(op, (counts.get(op) ?? 0) + 1);
  }
  return Object.fromEntries([...counts].sort((a, b) => b[1] - a[1]));
}

function summaryOf({ producerName, opsetImport }: ModelProto, graph: GraphProto): ModelSummary {
  const initializers = graph.initializer.map(initializerOf);
  const held = new Set(initializers.map(({ name }) => name));
  return {
    producer: producerName,
    opset: Object.fromEntries(opsetImport.map(({ domain, version }) => [domain || 'ai.onnx', Number(version)])),
    // Older files list their weights among the inputs.
    inputs: graph.input.filter(({ name }) => !held.has(name)).map(portOf),
    outputs: graph.output.map(portOf),
    nodes: { total: graph.node.length, byOp: countOps(graph) },
    initializers,
    totalBytes: initializers.reduce((sum, { bytes }) => sum + bytes, 0),
  };
}

async function readModel(path: string): Promise<Uint8Array> {
  try {
    const { size } = await stat(path);
    if (size >= LARGEST_MODEL) throw invalid(path, `a file of ${size} bytes`);
    return await readFile(path);
  } catch (cause) {
    throw cause instanceof Sim4SegError ? cause : invalid(path, (cause as Error).message, cause);
  }
}

function decode(where: string, bytes: Uint8Array): ModelProto {
  try {
    return fromBinary(ModelProtoSchema, bytes);
  } catch (cause) {
    throw invalid(where, `bytes that no protobuf message has (${(cause as Error).message})`, cause);
  }
}

/**
 * Describes an ONNX model: nodes, inputs, outputs and weights with their places. Weights in other files are not read.
 * @param source path or bytes of the model
 * @throws GRAPH_INVALID for an absent file, and for one that is damaged or no model
 */
export async function inspectModel(source: string | Uint8Array): Promise<ModelSummary> {
  const where = typeof source === 'string' ? source : 'the given content';
  const bytes = typeof source === 'string' ? await readModel(source) : source;
  const model = decode(where, bytes);
  const { graph, opsetImport } = model;
  if (!graph || opsetImport.length === 0 || graph.output.length === 0) {
    throw invalid(where, 'a message without graph, outputs or operator set');
  }
  return summaryOf(model, graph);
}
