#!/usr/bin/env node
import { existsSync } from 'node:fs';

const built = new URL('../dist/cli.js', import.meta.url);
if (!existsSync(built)) {
  console.error(
    'sim4seg: the command has not been built yet. Run "npm run build" in the project once, then try again.',
  );
  process.exit(2);
}
const { main } = await import(built.href);
await main(process.argv.slice(2));
