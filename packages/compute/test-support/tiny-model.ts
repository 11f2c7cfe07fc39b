import { create, toBinary } from '@bufbuild/protobuf';
import type { StoredWeight } from '../src/bundle/store-weights.js';
import {
  AttributeProto_AttributeType,
  ModelProtoSchema,
  NodeProtoSchema,
  TensorProto_DataLocation,
  TensorProto_DataType,
  TensorProtoSchema,
  type GraphProto,
  type ModelProto,
} from '../src/gen/onnx_pb.js';

const FLOAT = TensorProto_DataType.FLOAT;

function valueInfo(name: string, dims: readonly (number | string)[]) {
  const dim = dims.map((size) => ({
    value:
      typeof size === 'string'
        ? { case: 'dimParam' as const, value: size }
        : { case: 'dimValue' as const, value: BigInt(size) },
  }));
  return { name, type: { value: { case: 'tensorType' as const, value: { elemType: FLOAT, shape: { dim } } } } };
}

/** y = x w, with `w` as an input of the graph. */
export function linearModel(rows: number, columns: number): ModelProto {
  return create(ModelProtoSchema, {
    irVersion: 9n,
    opsetImport: [{ domain: '', version: 21n }],
    graph: {
      name: 'linear',
      node: [{ opType: 'MatMul', input: ['x', 'w'], output: ['y'], name: 'product' }],
      input: [valueInfo('x', ['batch', rows]), valueInfo('w', [rows, columns])],
      output: [valueInfo('y', ['batch', columns])],
    },
  });
}

/** y = x w as an `.onnx` file, with `w` in a weights file and widened where it is a half float. */
export function linearGraph({ place, shape, dtype }: StoredWeight): Uint8Array {
  const model = linearModel(Number(shape[0]), Number(shape[1]));
  const graph = model.graph as GraphProto;
  const isHalf = dtype === 'float16';
  const stored = create(TensorProtoSchema, {
    name: isHalf ? 'w16' : 'w',
    dims: shape.map(BigInt),
    dataType: isHalf ? TensorProto_DataType.FLOAT16 : FLOAT,
    dataLocation: TensorProto_DataLocation.EXTERNAL,
    externalData: Object.entries(place).map(([key, value]) => ({ key, value: String(value) })),
  });
  graph.input = graph.input.filter(({ name }) => name !== 'w');
  graph.initializer = [stored];
  const to = { name: 'to', type: AttributeProto_AttributeType.INT, i: BigInt(FLOAT) };
  const widen = create(NodeProtoSchema, { opType: 'Cast', input: ['w16'], output: ['w'], attribute: [to] });
  if (isHalf) graph.node = [widen, ...graph.node];
  return modelBytes(model);
}

/** y = x + 1, squared `depth` times by a product with itself: takes as long as `side` and `depth` say. */
export function slowModel(side: number, depth: number): ModelProto {
  const node = Array.from({ length: depth }, (_, i) => ({
    opType: 'MatMul',
    input: [i ? `h${i}` : 'x', 'x'],
    output: [i === depth - 1 ? 'y' : `h${i + 1}`],
    name: `product${i}`,
  }));
  return create(ModelProtoSchema, {
    irVersion: 9n,
    opsetImport: [{ domain: '', version: 21n }],
    graph: { name: 'slow', node, input: [valueInfo('x', [side, side])], output: [valueInfo('y', [side, side])] },
  });
}

/** Encodes a model as the bytes of an `.onnx` file. */
export function modelBytes(model: ModelProto): Uint8Array {
  return toBinary(ModelProtoSchema, model);
}
