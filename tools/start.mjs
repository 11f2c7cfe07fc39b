// `npm start`: installs, builds, makes a phantom, diagnoses it with the embedded model and opens the demo.
// `npm start -- path/to/image.png -q "..."` answers about that image and exits; without a terminal it answers and exits.
// Plain Node without dependencies, because it runs before the install.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { build, install, root } from './prepare.mjs';

const bin = join(root, 'packages/sim4seg/bin/sim4seg.js');
const startFolder = join(root, '.cache/start');

const sim4seg = (args) => spawnSync(process.execPath, [bin, ...args], { stdio: 'inherit' }).status ?? 1;

/** The arguments behind `npm start --`: a path, and options that go to `sim4seg diagnose` as they are. */
const given = process.argv.slice(2);

const answerGiven = () => {
  console.log('- answering');
  return sim4seg(['diagnose', ...given]);
};

/** A phantom of the validation split with something to find; the model was trained on none of these. */
const makePhantom = () => {
  const folder = join(startFolder, 'phantom');
  const cases = join(folder, 'cases.jsonl');
  if (!existsSync(cases)) {
    console.log('- drawing a phantom');
    mkdirSync(startFolder, { recursive: true });
    const args = ['--kind', 'breast-ultrasound', '--n', '4', '--seed', '3', '--split', 'val', '--out', folder];
    const code = sim4seg(['data', 'phantoms', ...args]);
    if (code !== 0) process.exit(code);
  }
  const described = readFileSync(cases, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  const shown = described.find(({ target, diagnosis, mask }) => target === 'breast lesion' && diagnosis && mask);
  const { image, diagnosis } = shown ?? described[0];
  return { image: join(folder, image), drawn: diagnosis };
};

const answerPhantom = () => {
  const { image, drawn } = makePhantom();
  const question = 'Is there a breast lesion in this ultrasound? Outline it.';
  console.log(`- asking about the phantom: ${question}\n`);
  const out = join(startFolder, 'answer');
  const code = sim4seg(['diagnose', image, '-q', question, '--out', out]);
  console.log(`\nWhat was drawn: ${drawn ?? 'nothing of that kind'}`);
  return code;
};

const openDemo = () => {
  console.log('\n- starting the demo');
  const demo = spawn(process.execPath, [join(root, 'apps/demo/dist/server/main.js')], {
    stdio: ['inherit', 'pipe', 'inherit'],
  });
  demo.stdout.on('data', (text) => {
    process.stdout.write(text);
    const address = /^demo: (http:\S+)/m.exec(String(text))?.[1];
    if (address) openBrowser(address);
  });
  const stop = () => demo.kill('SIGTERM');
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  demo.on('close', (code) => process.exit(code ?? 0));
};

/** Opens the page where there is a screen; the printed address is enough where there is none. */
const openBrowser = (address) => {
  const hasScreen = process.platform !== 'linux' || process.env.DISPLAY || process.env.WAYLAND_DISPLAY;
  if (!hasScreen) return;
  const commands = { darwin: ['open'], win32: ['cmd', '/c', 'start', ''], linux: ['xdg-open'] };
  const [command, ...args] = commands[process.platform] ?? ['xdg-open'];
  spawn(command, [...args, address], { stdio: 'ignore', detached: true })
    .on('error', () => undefined)
    .unref();
};

install();
build();
if (given.length > 0) process.exit(answerGiven());
const code = answerPhantom();
if (code !== 0 || !process.stdout.isTTY) process.exit(code);
openDemo();
