import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { openTorchFile, type TorchFile } from '@sim4seg/compute/node';
import { isSim4SegError } from '@sim4seg/core';
import type { CaseRunner, Checker } from '../checker.js';

/** Reads every tensor of a file; each has to be equal to the expected one bit for bit. */
async function checkTensors(check: Checker, group: string, { label, file }: { label: string; file: TorchFile }) {
  for (const name of file.entries.keys()) check.bits(`${group}/out.${name}`, await file.read(name), label);
}

/** Integers beyond 2^53 have no JSON. */
const withoutBigints = (_: string, value: unknown): unknown => (typeof value === 'bigint' ? undefined : value);

/** Whether a file is answered with a coded error, and with which. */
async function refusal(path: string): Promise<string | undefined> {
  try {
    await using file = await openTorchFile(path);
    for (const name of file.entries.keys()) await file.read(name);
    return undefined;
  } catch (error) {
    return isSim4SegError(error) ? error.message : undefined;
  }
}

export const run: CaseRunner = async ({ folder, config }, check) => {
  for (const name of Object.keys(config['files'] as object)) {
    const group = name.split('.')[0] as string;
    await using file = await openTorchFile(join(folder, name));
    await checkTensors(check, group, { label: name, file });
    const plain = config[`${group}_metadata`];
    const content: unknown = JSON.parse(JSON.stringify(file.content, withoutBigints));
    if (plain) check.holds(`${name}: plain values`, isDeepStrictEqual(content, plain), 'differ from the metadata');
  }
  const hostile = new Set([...Object.keys(config['refuse'] as object), ...(await readdir(join(folder, 'refuse')))]);
  for (const name of hostile) {
    const message = await refusal(join(folder, 'refuse', name));
    check.holds(`refuse/${name}`, message !== undefined, 'was not refused with a coded error');
  }
};
