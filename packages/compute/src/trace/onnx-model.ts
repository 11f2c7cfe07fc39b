import { create, toBinary } from '@bufbuild/protobuf';
import {
  AttributeProtoSchema,
  AttributeProto_AttributeType,
  GraphProtoSchema,
  ModelProtoSchema,
  NodeProtoSchema,
  OperatorSetIdProtoSchema,
  StringStringEntryProtoSchema,
  TensorProtoSchema,
  TensorProto_DataLocation,
  TensorProto_DataType,
  TensorShapeProtoSchema,
  TensorShapeProto_DimensionSchema,
  TypeProtoSchema,
  TypeProto_TensorSchema,
  ValueInfoProtoSchema,
} from '../gen/onnx_pb.js';
import type { AttributeProto, NodeProto, TensorProto, ValueInfoProto } from '../gen/onnx_pb.js';
import type { AttributeValue, GraphType, Graph, GraphInitializer, GraphNode, Value } from './graph.js';

const IR_VERSION = 10n;
const OPSET = 21n;

const DATA_TYPES: Readonly<Record<GraphType, TensorProto_DataType>> = {
  float32: TensorProto_DataType.FLOAT,
  int32: TensorProto_DataType.INT32,
  int64: TensorProto_DataType.INT64,
  bool: TensorProto_DataType.BOOL,
  uint8: TensorProto_DataType.UINT8,
  float16: TensorProto_DataType.FLOAT16,
  bfloat16: TensorProto_DataType.BFLOAT16,
  float64: TensorProto_DataType.DOUBLE,
  int16: TensorProto_DataType.INT16,
  int8: TensorProto_DataType.INT8,
};

function attributeProto(name: string, value: AttributeValue): AttributeProto {
  if (typeof value === 'number') {
    return create(AttributeProtoSchema, { name, type: AttributeProto_AttributeType.INT, i: BigInt(value) });
  }
  if (typeof value === 'string') {
    const s = new TextEncoder().encode(value);
    return create(AttributeProtoSchema, { name, type: AttributeProto_AttributeType.STRING, s });
  }
  if ('float' in value) {
    return create(AttributeProtoSchema, { name, type: AttributeProto_AttributeType.FLOAT, f: value.float });
  }
  return create(AttributeProtoSchema, { name, type: AttributeProto_AttributeType.INTS, ints: value.map(BigInt) });
}

function nodeProto(node: GraphNode, rename: (name: string) => string): NodeProto {
  return create(NodeProtoSchema, {
    opType: node.op,
    domain: node.domain,
    input: node.inputs.map(rename),
    output: node.outputs.map(rename),
    attribute: Object.entries(node.attributes).map(([name, value]) => attributeProto(name, value)),
  });
}

function tensorProto({ value, data, external }: GraphInitializer): TensorProto {
  const base = { name: value.name, dims: value.shape.map(BigInt), dataType: DATA_TYPES[value.dtype] };
  if (external) {
    const entries = Object.entries(external).map(([key, entry]) =>
      create(StringStringEntryProtoSchema, { key, value: String(entry) }),
    );
    return create(TensorProtoSchema, {
      ...base,
      dataLocation: TensorProto_DataLocation.EXTERNAL,
      externalData: entries,
    });
  }
  const rawData = new Uint8Array(data!.buffer, data!.byteOffset, data!.byteLength) as Uint8Array<ArrayBuffer>;
  return create(TensorProtoSchema, { ...base, rawData });
}

function valueInfo(name: string, value: Value): ValueInfoProto {
  const dim = (value.dims ?? value.shape).map((size) =>
    create(TensorShapeProto_DimensionSchema, {
      value: typeof size === 'string' ? { case: 'dimParam', value: size } : { case: 'dimValue', value: BigInt(size) },
    }),
  );
  const tensor = create(TypeProto_TensorSchema, {
    elemType: DATA_TYPES[value.dtype],
    shape: create(TensorShapeProtoSchema, { dim }),
  });
  const type = create(TypeProtoSchema, { value: { case: 'tensorType', value: tensor } });
  return create(ValueInfoProtoSchema, { name, type });
}

interface OutputNaming {
  rename(name: string): string;
  readonly copies: readonly GraphNode[];
}

/**
 * A value that a node makes for one output takes the output's name. Inputs, constants and values behind several
 * outputs are copied by Identity nodes.
 */
function nameOutputs(graph: Graph): OutputNaming {
  const made = new Set(graph.nodes.flatMap(({ outputs }) => outputs));
  const renamed = new Map<string, string>();
  const copies: GraphNode[] = [];
  for (const { name, value } of graph.outputs) {
    if (made.has(value.name) && !renamed.has(value.name)) renamed.set(value.name, name);
    else copies.push({ op: 'Identity', domain: '', inputs: [value.name], outputs: [name], attributes: {} });
  }
  return { rename: (name) => renamed.get(name) ?? name, copies };
}

/** The graph as bytes of an ONNX model. */
export function encodeModel(graph: Graph): Uint8Array {
  const { rename, copies } = nameOutputs(graph);
  const proto = create(GraphProtoSchema, {
    name: graph.name,
    node: [...graph.nodes, ...copies].map((node) => nodeProto(node, rename)),
    input: graph.inputs.map((value) => valueInfo(value.name, value)),
    output: graph.outputs.map(({ name, value }) => valueInfo(name, value)),
    initializer: [...graph.constants, ...graph.initializers].map(tensorProto),
  });
  const opsets = [
    { domain: '', version: OPSET },
    { domain: 'com.microsoft', version: 1n },
  ].map((opset) => create(OperatorSetIdProtoSchema, opset));
  const model = { irVersion: IR_VERSION, producerName: 'sim4seg', opsetImport: opsets, graph: proto };
  return toBinary(ModelProtoSchema, create(ModelProtoSchema, model));
}
