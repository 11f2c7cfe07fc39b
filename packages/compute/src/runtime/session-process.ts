import { spawn, type ChildProcess } from 'node:child_process';
import type { Duplex, Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import type { Sim4SegError } from '@sim4seg/core';
import { encodeFrame, FrameReader } from './frames.js';
import type { HostReply, HostRequest } from './protocol.js';
import { hostGone } from './transport.js';

/** A child process that holds a session host. */
export interface SessionProcess {
  readonly pid: number | undefined;
  /** Why it is gone; undefined while it lives. */
  readonly gone: Sim4SegError | undefined;
  /** One request at a time. @throws ENGINE_FAILED where the process ends before it answered */
  send(request: HostRequest): Promise<HostReply>;
  /** Ends it at once, whatever it does. */
  kill(): void;
  /** Lets it close its sessions and end. */
  end(): Promise<void>;
}

interface Waiting {
  resolve(reply: HostReply): void;
  reject(error: unknown): void;
}

/** How long an idle process may take to end before it is ended. */
const END_PATIENCE_MS = 5000;
/** What a process said last is part of the error when it crashes. */
const KEPT_ERROR_BYTES = 2000;

/**
 * The allocator of glibc keeps freed buffers up to this size: the runtime copies every output into a new one, and
 * fresh pages cost more than the copy. Read at start, so it cannot be set from inside.
 */
const ALLOCATOR = { MALLOC_MMAP_THRESHOLD_: String(2 ** 30), MALLOC_TRIM_THRESHOLD_: String(2 ** 30) };

/** Starts a session process. It keeps the caller's process alive only while a request is on its way. */
export function startSessionProcess(spawnChild: () => ChildProcess = spawnSessionChild): SessionProcess {
  const child = spawnChild();
  const pipe = child.stdio[3] as Duplex & Refable;
  const errors = child.stderr as Readable & Refable;
  let waiting: Waiting | undefined;
  let gone: Sim4SegError | undefined;
  let said = '';
  const kill = () => void child.kill('SIGKILL');
  endWithCaller(kill);
  const hold = (held: boolean) =>
    [child as Refable, pipe, errors].forEach((part) => (held ? part.ref() : part.unref()));
  const settle = (use: (waiting: Waiting) => void) => {
    const current = waiting;
    waiting = undefined;
    hold(false);
    if (current) use(current);
  };
  const lose = (got: string, cause?: unknown) => {
    if (kills.delete(kill) && kills.size === 0) process.off('exit', killAll);
    const error = (gone ??= hostGone(said ? `${got}: ${said.trim()}` : got, cause));
    settle(({ reject }) => reject(error));
  };
  const reader = new FrameReader((reply) => settle(({ resolve }) => resolve(reply as HostReply)));
  errors.on('data', (text: Buffer) => (said = `${said}${String(text)}`.slice(-KEPT_ERROR_BYTES)));
  pipe.on('data', (chunk: Buffer) => reader.push(chunk));
  pipe.on('error', () => undefined);
  child.on('error', (error) => lose(error.message, error));
  child.on('close', (code, signal) => lose(signal ? `it was ended by ${signal}` : `it ended with code ${code}`));
  hold(false);
  return {
    pid: child.pid,
    get gone() {
      return gone;
    },
    send(request) {
      if (gone) return Promise.reject(gone);
      return new Promise((resolve, reject) => {
        waiting = { resolve, reject };
        hold(true);
        writePieces(pipe, encodeFrame(request));
      });
    },
    kill,
    end: () => endChild(child, pipe, () => gone !== undefined),
  };
}

const kills = new Set<() => void>();

/** One listener for all processes, however many there are. */
function endWithCaller(kill: () => void): void {
  if (kills.size === 0) process.on('exit', killAll);
  kills.add(kill);
}

const killAll = () => kills.forEach((kill) => kill());

interface Refable {
  ref(): void;
  unref(): void;
}

function writePieces(pipe: Duplex, pieces: readonly Uint8Array[]): void {
  pipe.cork();
  for (const piece of pieces) pipe.write(piece);
  pipe.uncork();
}

async function endChild(child: ChildProcess, pipe: Duplex, isGone: () => boolean): Promise<void> {
  if (isGone()) return;
  child.ref();
  const closed = new Promise<void>((resolve) => child.once('close', () => resolve()));
  writePieces(pipe, encodeFrame({ type: 'close' } satisfies HostRequest));
  const impatient = setTimeout(() => child.kill('SIGKILL'), END_PATIENCE_MS);
  await closed;
  clearTimeout(impatient);
}

/** Compiled, the process runs a JavaScript file beside this one; from TypeScript sources it starts through tsx. */
function spawnSessionChild(): ChildProcess {
  const fromSource = import.meta.url.endsWith('.ts');
  const script = fileURLToPath(new URL(fromSource ? './child-from-source.mjs' : './child.js', import.meta.url));
  const flags = fromSource ? ['--conditions=sim4seg-source'] : [];
  return spawn(process.execPath, [...flags, script, String(process.pid)], {
    stdio: ['ignore', 'ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...ALLOCATOR },
    windowsHide: true,
  });
}
