// A plain script: one picture, one question. `node examples/embed-script.mjs picture.png "Is there a skin lesion?" [out]`
import { createSim4Seg, isSim4SegError, writeAnswer } from 'sim4seg';

const [image, question, out] = process.argv.slice(2);
const stop = new AbortController();
process.once('SIGINT', () => stop.abort());

let sim4seg;
try {
  sim4seg = await createSim4Seg();
  const answer = sim4seg.diagnose({ image, question: question ?? '', signal: stop.signal });
  for await (const event of answer) if (event.type === 'token') process.stdout.write(event.text);
  const diagnosis = await answer.result();
  console.log(`\n${diagnosis.presence}: ${diagnosis.diagnosis}. ${diagnosis.notice}`);
  if (out) await writeAnswer(out, diagnosis);
} catch (error) {
  if (!isSim4SegError(error)) throw error;
  console.error(`${error.code}: ${error.message}`);
  process.exitCode = error.exitCode;
} finally {
  await sim4seg?.close();
}
