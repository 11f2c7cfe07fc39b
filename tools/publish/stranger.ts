import { execFile, spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
/** Nobody listens there: what is not on loopback cannot be reached through it. */
const NOWHERE = 'http://127.0.0.1:9/';
/** Linux can take the network away from a process altogether. */
const cut = spawnSync('unshare', ['-rn', 'true']).status === 0 ? ['unshare', '-rn'] : [];

/** Somebody with an empty folder, an empty npm cache and no network but one registry on loopback. */
export interface Stranger extends AsyncDisposable {
  readonly home: string;
  /** An empty folder to install into. */
  readonly folder: string;
  npm(args: readonly string[], options?: { readonly cwd?: string; readonly path?: string }): Promise<string>;
  /** Runs a program of the folder without network; returns what it printed. */
  run(program: string, args: readonly string[]): Promise<string>;
}

export async function openStranger(registry: string): Promise<Stranger> {
  const home = await mkdtemp(join(tmpdir(), 'sim4seg-stranger-'));
  const folder = join(home, 'project');
  await mkdir(folder);
  const { host } = new URL(registry);
  const settings = [`registry=${registry}`, `//${host}/:_authToken=loopback`, `cache=${join(home, 'cache')}`];
  await writeFile(
    join(home, 'npmrc'),
    [...settings, 'audit=false', 'fund=false', 'update-notifier=false', ''].join('\n'),
  );
  const env = environment(home);
  return {
    home,
    folder,
    npm: async (args, { cwd = folder, path = '' } = {}) => {
      const PATH = `${path}${path && ':'}${process.env['PATH']}`;
      return (await run('npm', [...args], { cwd, env: { ...env, PATH }, maxBuffer: 1 << 26 })).stdout;
    },
    run: async (program, args) => {
      const [command = program, ...words] = [...cut, program, ...args];
      return (await run(command, words, { cwd: folder, env: { ...env, HOME: home }, maxBuffer: 1 << 26 })).stdout;
    },
    [Symbol.asyncDispose]: () => rm(home, { recursive: true, force: true }),
  };
}

/** Ours, without what an npm around us has set, and without a way outside. */
function environment(home: string): Record<string, string | undefined> {
  const kept = Object.entries(process.env).filter(
    ([key]) => !/^(npm_|NODE_OPTIONS|NODE_PATH|.*proxy$|VITEST)/i.test(key),
  );
  return {
    ...Object.fromEntries(kept),
    NPM_CONFIG_USERCONFIG: join(home, 'npmrc'),
    HTTPS_PROXY: NOWHERE,
    HTTP_PROXY: NOWHERE,
    NO_PROXY: '127.0.0.1',
    ONNXRUNTIME_NODE_INSTALL: 'skip',
  };
}
