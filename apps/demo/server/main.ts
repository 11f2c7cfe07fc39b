import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { createSim4Seg, readConfigFile } from 'sim4seg';
import type { ConfigTree } from 'sim4seg';
import { createDemoServer } from './create-server.js';

const DEFAULT_PORT = 4178;

const { values } = parseArgs({
  options: { port: { type: 'string' }, bundle: { type: 'string' }, config: { type: 'string' } },
});
const file = values.config === undefined ? null : await readConfigFile(values.config);
const tree = {
  ...((file?.tree ?? {}) as ConfigTree),
  ...(values.bundle === undefined ? {} : { bundle: values.bundle }),
};
const model = await createSim4Seg(tree, { folder: file?.folder, runIn: 'process' });
const server = await createDemoServer(model, { webRoot: fileURLToPath(new URL('../web', import.meta.url)) });

const listen = (port: number): Promise<string> => server.listen({ host: '127.0.0.1', port });
const isTaken = (error: unknown): boolean => (error as { code?: string }).code === 'EADDRINUSE';
const port = values.port === undefined ? DEFAULT_PORT : Number(values.port);
// Another demo may be running: take any free port then, unless a port was asked for.
const address = await listen(port).catch((error: unknown) => {
  if (values.port === undefined && isTaken(error)) return listen(0);
  throw error;
});
process.stdout.write(`demo: ${address}\nResearch use only. Press Ctrl-C to stop.\n`);

const stop = async (): Promise<void> => {
  await server.close();
  await model.close();
};
process.once('SIGINT', () => void stop());
process.once('SIGTERM', () => void stop());
