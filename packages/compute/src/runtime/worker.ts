import { parentPort, workerData, type TransferListItem } from 'node:worker_threads';
import { answerRequest } from './answer.js';
import { ExitGuard } from './exit-guard.js';
import type { HostReply, HostRequest } from './protocol.js';
import { createSessionHost } from './session-host.js';

const host = createSessionHost();
const guard = new ExitGuard((workerData as { readonly busy: SharedArrayBuffer }).busy);
const port = parentPort;

function buffersOf(reply: HostReply): TransferListItem[] {
  if (reply.type !== 'outputs') return [];
  return [...new Set(Object.values(reply.outputs).map(({ data }) => data.buffer as ArrayBuffer))];
}

port?.on('message', async (request: HostRequest) => {
  const reply = await answerRequest(host, request);
  guard.markIdle();
  port.postMessage(reply, buffersOf(reply));
  if (request.type === 'close') port.close();
});
