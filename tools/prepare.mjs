// What `npm start` and `npm test` share: install and build, each only when something changed since the last time.
// Plain Node without dependencies, because it runs before the install.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const stampFile = join(root, 'node_modules/.sim4seg-install');

/** Runs a command in the project's root with its output shown; returns the exit code. */
export const run = (command, args, { env = {}, cwd = root } = {}) =>
  spawnSync(command, args, { cwd, stdio: 'inherit', env: { ...process.env, NX_DAEMON: 'false', ...env } }).status ?? 1;

const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';

const requireNode = () => {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  if (major > 20 || (major === 20 && minor >= 19)) return;
  console.error(
    `sim4seg needs Node 20.19 or newer; this is ${process.versions.node}. Install a newer Node and run again.`,
  );
  process.exit(1);
};

export const install = () => {
  requireNode();
  const lock = createHash('sha256')
    .update(readFileSync(join(root, 'package-lock.json')))
    .digest('hex');
  if (existsSync(stampFile) && readFileSync(stampFile, 'utf8') === lock) return console.log('- packages are installed');
  console.log('- installing packages (npm ci)');
  // The runtime's install script would fetch CUDA files; the CPU engine is already inside the package.
  const code = run(npm, ['ci', '--no-audit', '--no-fund'], { env: { ONNXRUNTIME_NODE_INSTALL: 'skip' } });
  if (code !== 0) process.exit(code);
  mkdirSync(dirname(stampFile), { recursive: true });
  writeFileSync(stampFile, lock);
};

export const build = () => {
  console.log('- building (only what changed)');
  const code = run(npm, ['run', '--silent', 'build']);
  if (code !== 0) process.exit(code);
};
