import { fromBinary } from '@bufbuild/protobuf';
import { ModelProtoSchema } from '../src/gen/onnx_pb.js';

/** How many nodes of each operator a model has. */
export function operatorsOf(model: Uint8Array): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { opType } of fromBinary(ModelProtoSchema, model).graph!.node) counts[opType] = (counts[opType] ?? 0) + 1;
  return counts;
}

export function nodeCountOf(model: Uint8Array): number {
  return Object.values(operatorsOf(model)).reduce((a, b) => a + b, 0);
}
