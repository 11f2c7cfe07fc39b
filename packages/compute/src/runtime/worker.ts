import { parentPort, workerData, type TransferListItem } from 'node:worker_threads';
import { answerRequest, buffersOf } from './answer.js';
import { ExitGuard } from './exit-guard.js';
import type { HostReply, HostRequest } from './protocol.js';
import { createSessionHost } from './session-host.js';

const host = createSessionHost();
const guard = new ExitGuard((workerData as { readonly busy: SharedArrayBuffer }).busy);
const port = parentPort;

/** Outputs are given away; inputs go back, because fresh memory costs more than filling used memory again. */
function leaving(reply: HostReply): TransferListItem[] {
  return reply.type === 'outputs' ? [...new Set([...buffersOf(reply.outputs), ...reply.returned])] : [];
}

port?.on('message', async (request: HostRequest) => {
  const reply = await answerRequest(host, request);
  guard.markIdle();
  port.postMessage(reply, leaving(reply));
  if (request.type === 'close') port.close();
});
