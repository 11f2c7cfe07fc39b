import { Socket } from 'node:net';
import { Worker } from 'node:worker_threads';
import { answerRequest } from './answer.js';
import { encodeFrame, FrameReader } from './frames.js';
import type { HostReply, HostRequest } from './protocol.js';
import { createSessionHost } from './session-host.js';

/** The pipe to the caller; see `session-process.ts`. */
const PIPE = 3;
const parent = Number(process.argv[2]);

/**
 * The caller may die while a run blocks this thread, which then does not see the pipe's end. Ended by a signal, because
 * the runtime's own threads are at work.
 */
const WATCH = `
  const { workerData: parent } = require('node:worker_threads');
  setInterval(() => process.ppid !== parent && process.kill(process.pid, 'SIGKILL'), 500);`;

const host = createSessionHost();
const pipe = new Socket({ fd: PIPE, readable: true, writable: true });
let watch: Worker | undefined;

/** Buffers of inputs do not go back over a pipe. */
const leaving = (reply: HostReply): HostReply => (reply.type === 'outputs' ? { ...reply, returned: [] } : reply);

async function answer(request: HostRequest): Promise<void> {
  if (process.platform !== 'win32') watch ??= new Worker(WATCH, { eval: true, workerData: parent });
  const reply = await answerRequest(host, request);
  pipe.cork();
  for (const piece of encodeFrame(leaving(reply))) pipe.write(piece);
  pipe.uncork();
  if (request.type === 'close') pipe.end(() => process.exit(0));
}

const reader = new FrameReader((request) => void answer(request as HostRequest));
pipe.on('data', (chunk: Buffer) => reader.push(chunk));
pipe.on('error', () => process.exit(1));
pipe.on('end', () => process.exit(0));
// A terminal sends Ctrl-C to both processes; the caller decides what it means.
process.on('SIGINT', () => undefined);
