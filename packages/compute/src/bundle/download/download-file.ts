import { createHash, type Hash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open, rm, stat } from 'node:fs/promises';
import { expectNotAborted, isSim4SegError } from '@sim4seg/core';
import type { FileHash } from '../file-hash.js';
import { downloadFailed } from './failure.js';
import { reasonOf, request, type RequestOptions } from './request.js';

export interface DownloadFileOptions extends Pick<RequestOptions, 'fetch' | 'signal'> {
  readonly expected: FileHash;
  /** Hears how much of the file is there, also of what was there before. */
  readonly onBytes: (bytes: number) => void;
}

/**
 * Fetches a file whose length and hash are known. What is there already is hashed and kept, and only the rest is asked
 * for; a server that sends the whole file anyway is read from the start.
 * @throws DOWNLOAD_FAILED where it is longer, shorter or other than announced; ABORTED. What has arrived stays, except
 * where it is wrong.
 */
export async function downloadFile(url: string, path: string, options: DownloadFileOptions): Promise<void> {
  const { expected } = options;
  let state = await hashPresent(path, expected.bytes);
  options.onBytes(state.bytes);
  if (state.bytes < expected.bytes || expected.bytes === 0) state = await fetchRest(url, path, { ...options, state });
  const sha256 = state.hash.digest('hex');
  if (state.bytes === expected.bytes && sha256 === expected.sha256) return;
  const isShort = state.bytes < expected.bytes;
  if (!isShort) await rm(path, { force: true });
  throw downloadFailed(
    `${url} must have ${expected.bytes} bytes with sha256 ${expected.sha256}`,
    isShort ? `an end after ${state.bytes}` : `sha256 ${sha256}`,
    isShort ? {} : { fix: 'ask where the address and its hash come from; nothing of it was kept' },
  );
}

interface State {
  readonly hash: Hash;
  readonly bytes: number;
}

async function hashPresent(path: string, most: number): Promise<State> {
  const hash = createHash('sha256');
  const size = await stat(path).then(
    (found) => found.size,
    () => 0,
  );
  if (size > most) await rm(path);
  if (size === 0 || size > most) return { hash, bytes: 0 };
  for await (const piece of createReadStream(path, { highWaterMark: 2 ** 20 })) hash.update(piece as Uint8Array);
  return { hash, bytes: size };
}

async function fetchRest(
  url: string,
  path: string,
  { expected, state, onBytes, ...asking }: DownloadFileOptions & { readonly state: State },
): Promise<State> {
  const response = await request(url, { ...asking, from: state.bytes });
  const isRest = response.status === 206 && rangeStart(response) === state.bytes;
  if (!isRest && response.status !== 200) {
    await response.body?.cancel();
    throw downloadFailed(`${url} must be there`, `status ${response.status}`);
  }
  const start: State = isRest ? state : { hash: createHash('sha256'), bytes: 0 };
  await expectAnnounced(url, response, expected.bytes - start.bytes);
  const bytes = await writeBody(response, path, { url, start, most: expected.bytes, onBytes, signal: asking.signal });
  return { hash: start.hash, bytes };
}

const rangeStart = (response: Response): number =>
  Number(/^bytes (\d+)-/.exec(response.headers.get('content-range') ?? '')?.[1] ?? NaN);

async function expectAnnounced(url: string, response: Response, bytes: number): Promise<void> {
  const announced = response.headers.get('content-length');
  if (announced === null || Number(announced) <= bytes) return;
  await response.body?.cancel();
  throw downloadFailed(`${url} must send ${bytes} bytes`, `${announced} announced`);
}

interface Writing {
  readonly url: string;
  readonly start: State;
  readonly most: number;
  readonly onBytes: (bytes: number) => void;
  readonly signal: AbortSignal | undefined;
}

async function writeBody(response: Response, path: string, writing: Writing): Promise<number> {
  const { url, start, most, onBytes, signal } = writing;
  const file = await open(path, start.bytes ? 'a' : 'w');
  let bytes = start.bytes;
  try {
    for await (const piece of (response.body ?? []) as AsyncIterable<Uint8Array>) {
      bytes += piece.byteLength;
      if (bytes > most) throw downloadFailed(`${url} must have ${most} bytes`, 'more');
      start.hash.update(piece);
      await file.writeFile(piece);
      onBytes(bytes);
    }
    await file.sync();
  } catch (cause) {
    expectNotAborted(signal);
    if (isSim4SegError(cause) || isSystemError(cause)) throw cause;
    throw downloadFailed(`${url} must be read to its end`, reasonOf(cause), { cause });
  } finally {
    await file.close();
  }
  return bytes;
}

/** An error of the disk, which the caller turns into WRITE_FAILED. */
const isSystemError = (error: unknown): boolean => (error as { syscall?: unknown }).syscall === 'write';
