import { maskedCrc32c } from './crc32c.js';

/** A record: length uint64, its checksum, the bytes, their checksum; little endian. @source TensorFlow, TFRecord format */
export function tfRecord(payload: Uint8Array): Uint8Array {
  const out = new Uint8Array(payload.length + 16);
  const view = new DataView(out.buffer);
  view.setBigUint64(0, BigInt(payload.length), true);
  view.setUint32(8, maskedCrc32c(out.subarray(0, 8)), true);
  out.set(payload, 12);
  view.setUint32(12 + payload.length, maskedCrc32c(payload), true);
  return out;
}
