const question = 'Is there a skin lesion in this image? Outline it.';

/** What both scripts of an answer share: a phantom's answer, told as JSON. */
const answer = `
  const heard = [];
  const sim4seg = await createSim4Seg({}, { onAnnounce: ({ type, fix }) => heard.push({ type, fix }) });
  const asked = { image: process.argv[2], question: '${question}' };
  const { presence, maskBits } = await sim4seg.diagnose(asked).result();
  await sim4seg.close();
  console.log(JSON.stringify({ presence, mask: [...maskBits.words], heard }));
`;

/** Answers in a project of modules. */
export const esmScript = `import { createSim4Seg } from 'sim4seg';${answer}`;

/** Answers in a project of CommonJS. */
export const commonJsScript = `const { createSim4Seg } = require('sim4seg');\n(async () => {${answer}})();\n`;

/** One answer for each config of the file that is named second, by the same model; tells each one's plugins and mask. */
export const configsScript = `
import { readFile } from 'node:fs/promises';
import { createSim4Seg } from 'sim4seg';
const { plugins, ...configs } = JSON.parse(await readFile(process.argv[3], 'utf8'));
const sim4seg = await createSim4Seg({ plugins }, { folder: process.cwd() });
const told = {};
for (const [name, config] of Object.entries(configs)) {
  const asked = { image: process.argv[2], question: '${question}', config };
  const { maskBits, record } = await sim4seg.diagnose(asked).result();
  told[name] = { mask: [...maskBits.words], used: [record.run.config.regionPrior.use, record.run.config.selector.use] };
}
await sim4seg.close();
console.log(JSON.stringify(told));
`;
