/** What the scripts share: an answer to a phantom, told as JSON. */
const body = `
  const [image] = process.argv.slice(2);
  const heard = [];
  const sim4seg = await createSim4Seg({}, { onAnnounce: ({ type, fix }) => heard.push({ type, fix }) });
  const question = 'Is there a skin lesion in this image? Outline it.';
  const { presence, maskBits } = await sim4seg.diagnose({ image, question }).result();
  await sim4seg.close();
  console.log(JSON.stringify({ presence, mask: [...maskBits.words], heard }));
`;

/** Answers in a project of modules. */
export const esmScript = `import { createSim4Seg } from 'sim4seg';${body}`;

/** Answers in a project of CommonJS. */
export const commonJsScript = `const { createSim4Seg } = require('sim4seg');\n(async () => {${body}})();\n`;
