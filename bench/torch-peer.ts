// PyTorch as a peer: a script of bench/peers that answers commands, one JSON line each.
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { judgePeer, measureOrtGflops } from './peer-fitness.js';
import type { PeerFacts } from './peer-fitness.js';

const INSTALL = 'PyTorch is not there: apt-get install python3-torch libopenblas0-pthread';

export interface TorchPeer {
  readonly ask: (command: object) => Promise<unknown>;
  readonly end: () => void;
}

/** A peer that may be reported, or why there is none. */
export type OpenedPeer =
  { readonly peer: TorchPeer; readonly missing: null } | { readonly peer: null; readonly missing: string };

/** Two variables that cripple OpenBLAS where they are set. */
function peerEnvironment(): NodeJS.ProcessEnv {
  const { OPENBLAS_CORETYPE: _core, OPENBLAS_L2_SIZE: _l2, ...rest } = process.env;
  return rest;
}

function startScript(script: string): TorchPeer {
  const path = new URL(`./peers/${script}`, import.meta.url).pathname;
  const child = spawn('/usr/bin/python3', [path], { env: peerEnvironment(), stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  // A peer that could not start is told by its silence.
  child.once('error', () => child.stdout.destroy());
  child.stdin.on('error', () => {});
  const ask = async (command: object): Promise<unknown> => {
    child.stdin.write(`${JSON.stringify(command)}\n`);
    const line = await lines.next();
    if (line.done) throw new Error(`${script} ended before it answered`);
    return JSON.parse(line.value);
  };
  return { ask, end: () => child.stdin.end() };
}

/**
 * Starts `bench/peers/<script>`, prints what it is and refuses a peer that is not at its best: the bench goes on
 * without it and ends with an error. The script answers `{"facts": true}` with `fitness.facts()`.
 */
export async function openTorchPeer(script: string): Promise<OpenedPeer> {
  const peer = startScript(script);
  const facts = (): Promise<PeerFacts> => peer.ask({ facts: true }) as Promise<PeerFacts>;
  const first = await facts().catch(() => null);
  if (!first) {
    console.log(INSTALL);
    return { peer: null, missing: INSTALL };
  }
  const fitness = await judgePeer({ peer: facts, ours: measureOrtGflops });
  console.log(JSON.stringify({ ...fitness.facts, ortGflops: fitness.ortGflops }));
  if (fitness.refusal === null) return { peer, missing: null };
  peer.end();
  console.error(fitness.refusal);
  process.exitCode = 1;
  return { peer: null, missing: fitness.refusal };
}
