import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { crc32c, maskedCrc32c } from './crc32c.js';
import { createEventFile } from './event-file.js';
import { scalarEvent, versionEvent } from './event-message.js';
import { tfRecord } from './tf-record.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sim4seg-events-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
const ascii = (text: string): string => hex(Buffer.from(text, 'ascii'));

it('computes CRC-32C as RFC 3720 prints it', () => {
  expect(crc32c(new Uint8Array(32))).toBe(0x8a9136aa);
  expect(crc32c(new Uint8Array(32).fill(255))).toBe(0x62a8ab43);
  expect(crc32c(Uint8Array.from({ length: 32 }, (_, i) => i))).toBe(0x46dd794e);
  expect(crc32c(Buffer.from('123456789'))).toBe(0xe3069283);
});

it('writes events field by field as the proto files number them', () => {
  // 1: double, 3: "brain.Event:2" of 13 bytes.
  expect(hex(versionEvent(1))).toBe(`09000000000000f03f1a0d${ascii('brain.Event:2')}`);
  // 1: double, 2: varint 300, 5: summary of 13 bytes { 1: value of 11 bytes { 1: "loss", 2: float 0.5 } }.
  const event = scalarEvent({ wallTimeSeconds: 1, step: 300, values: { loss: 0.5 } });
  expect(hex(event)).toBe(`09000000000000f03f10ac022a0d0a0b0a04${ascii('loss')}150000003f`);
});

it('frames records with masked checksums', () => {
  const record = tfRecord(versionEvent(1));
  const view = new DataView(record.buffer);
  expect([view.getBigUint64(0, true), record.length]).toEqual([24n, 40]);
  expect(view.getUint32(8, true)).toBe(maskedCrc32c(record.subarray(0, 8)));
  expect(view.getUint32(36, true)).toBe(maskedCrc32c(record.subarray(12, 36)));
  // The checksum 0 of no bytes becomes the constant alone.
  expect(maskedCrc32c(new Uint8Array(0))).toBe(0xa282ead8);
});

it('never goes back in time, and names a resumed file by its step', () => {
  const times = [100, 90, 120];
  const file = createEventFile(folder, { resumedAt: 40, nowSeconds: () => times.shift() as number });
  file.scalars(41, { loss: 1 });
  file.scalars(42, { loss: 2 });
  expect(readdirSync(folder)).toEqual(['events.out.tfevents.0000000040.sim4seg']);
  const bytes = readFileSync(join(folder, 'events.out.tfevents.0000000040.sim4seg'));
  const seen: number[] = [];
  for (let at = 0; at < bytes.length; at += Number(bytes.readBigUInt64LE(at)) + 16)
    seen.push(bytes.readDoubleLE(at + 13));
  expect(seen).toEqual([100, 100, 120]);
});
