import { crc32 } from 'node:zlib';

/** Bytes of the PNG signature and of the IHDR chunk, behind which text may stand. */
const HEADER_BYTES = 8 + 25;

/** Adds text fields to an encoded PNG (`tEXt` chunks behind the header); pixels stay as they are. */
export function withPngText(png: Uint8Array, fields: Readonly<Record<string, string>>): Uint8Array {
  const chunks = Object.entries(fields).map(([key, value]) => textChunk(`${key}\0${value}`));
  return Buffer.concat([png.subarray(0, HEADER_BYTES), ...chunks, png.subarray(HEADER_BYTES)]);
}

function textChunk(text: string): Buffer {
  const body = Buffer.from(`tEXt${text}`, 'latin1');
  const chunk = Buffer.alloc(body.length + 8);
  chunk.writeUInt32BE(body.length - 4, 0);
  body.copy(chunk, 4);
  chunk.writeUInt32BE(crc32(body), chunk.length - 4);
  return chunk;
}
