#!/usr/bin/env node
import { templateKinds, writePlugin } from '../dist/index.js';

const [kind, name] = process.argv.slice(2);
if (!kind || !name) {
  console.error(`Usage: npm create sim4seg-plugin <${templateKinds.join('|')}> <name>`);
  process.exit(2);
}
try {
  const path = await writePlugin(kind, name, { folder: process.cwd() });
  console.log(`Wrote ${path}. Name it in a config: {"plugins": ["./${name}"], ...}; its README shows how.`);
} catch (error) {
  console.error(error.message);
  process.exit(2);
}
