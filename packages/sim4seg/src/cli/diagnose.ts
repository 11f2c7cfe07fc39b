import { join } from 'node:path';
import type { MedicalImage } from '@sim4seg/core';
import { isSim4SegError } from '@sim4seg/core';
import { findImages } from '../input/find-images.js';
import type { FoundImage, FoundImages } from '../input/find-images.js';
import { createSim4Seg } from '../sdk/create-sim4seg.js';
import type { Sim4Seg } from '../sdk/create-sim4seg.js';
import type { Diagnosis } from '../sdk/diagnosis.js';
import { interruptSignal } from './interrupt.js';
import { chooseConfig } from './options.js';
import type { ModelOptions } from './options.js';
import { printAnnouncement } from './print-announcement.js';
import { answerLines } from './print-answer.js';
import { errorParagraph } from './report-error.js';

interface DiagnoseOptions extends ModelOptions {
  readonly question: string;
  readonly out: string;
  readonly json?: boolean;
  readonly debug?: boolean;
}

/** How one picture is answered. */
interface AnswerOptions extends DiagnoseOptions {
  readonly signal: AbortSignal;
}

/**
 * `sim4seg diagnose`. The model opens first: its thread loads graphs while this one loads codecs and decodes the picture.
 * @throws what reading, opening and answering throw
 */
export async function diagnoseCommand(path: string, options: DiagnoseOptions): Promise<void> {
  const [found, config] = await Promise.all([
    findImages(path),
    chooseConfig(options),
    expectQuestion(options.question),
  ]);
  const opening = createSim4Seg(config.tree, { folder: config.folder, onAnnounce: printAnnouncement });
  opening.catch(() => undefined);
  const first = found.single ? readPicture(found.files[0] as FoundImage) : null;
  const model = await openUnlessUnreadable(opening, first);
  const answering = { ...options, signal: interruptSignal() };
  try {
    if (first) await answerOne(model, { file: found.files[0] as FoundImage, image: await first }, answering);
    else await answerMany(model, found, answering);
  } finally {
    await model.close();
  }
}

/** An empty or endless question is said before anything is loaded for it. */
async function expectQuestion(question: string): Promise<void> {
  if (question.trim() === '' || question.length > 1000) {
    (await import('@sim4seg/backbones/inference')).cleanQuestion(question);
  }
}

const readPicture = async (file: FoundImage): Promise<MedicalImage> =>
  (await import('@sim4seg/data')).readImage(file.path);

const writePicture = async (folder: string, diagnosis: Diagnosis, debug = false): Promise<void> => {
  await (await import('../output/write-answer.js')).writeAnswer(folder, diagnosis);
  if (debug) await (await import('../output/write-debug.js')).writeDebug(folder, diagnosis);
};

/** A picture that cannot be read is said at once; the model that was being opened is closed. */
async function openUnlessUnreadable(opening: Promise<Sim4Seg>, image: Promise<MedicalImage> | null): Promise<Sim4Seg> {
  try {
    await image;
  } catch (error) {
    await opening.then((model) => model.close()).catch(() => undefined);
    throw error;
  }
  return opening;
}

interface Picture {
  readonly file: FoundImage;
  readonly image: MedicalImage;
}

async function answerOne(model: Sim4Seg, picture: Picture, options: AnswerOptions): Promise<void> {
  const diagnosis = await answerPicture(model, picture, { ...options, stream: process.stdout.isTTY && !options.json });
  await writePicture(options.out, diagnosis, options.debug);
  if (options.json) process.stdout.write(`${JSON.stringify(diagnosis.record, null, 2)}\n`);
  else process.stdout.write(answerLines(diagnosis, { files: options.out }));
}

async function answerMany(model: Sim4Seg, { files }: FoundImages, options: AnswerOptions): Promise<void> {
  const failed: unknown[] = [];
  for (const file of files) {
    try {
      const picture = { file, image: await readPicture(file) };
      const diagnosis = await answerPicture(model, picture, { ...options, stream: false, quiet: true });
      await writePicture(join(options.out, file.folderName), diagnosis, options.debug);
      process.stdout.write(options.json ? `${JSON.stringify(diagnosis.record)}\n` : summaryLine(file, diagnosis));
    } catch (error) {
      if (stopsTheRun(error)) throw error;
      failed.push(error);
      process.stderr.write(`${file.path}: ${errorParagraph(error, { debug: options.debug ?? false })}\n`);
    }
  }
  const answered = files.length - failed.length;
  process.stderr.write(`${answered} of ${files.length} answered${failed.length ? `, ${failed.length} refused` : ''}\n`);
  if (answered === 0) throw failed[0];
}

/** Errors that every further picture would meet again. */
function stopsTheRun(error: unknown): boolean {
  return (
    isSim4SegError(error) &&
    /^(ABORTED|DISK_FULL|WRITE_|QUESTION_|CONFIG_|BUNDLE_|ENGINE_|PLUGIN_|WIRING)/.test(error.code)
  );
}

function summaryLine(file: FoundImage, { presence, diagnosis, confidence }: Diagnosis): string {
  return `${file.folderName}: ${presence}, ${diagnosis}, confidence ${Math.round(confidence * 100)}%\n`;
}

async function answerPicture(
  model: Sim4Seg,
  { file, image }: Picture,
  options: AnswerOptions & { stream: boolean; quiet?: boolean },
): Promise<Diagnosis> {
  const answer = model.diagnose({ image, name: file.path, question: options.question, signal: options.signal });
  if (options.stream) {
    for await (const event of answer) {
      if (event.type === 'token' && event.path === 0) process.stdout.write(printable(event.text));
    }
  }
  const diagnosis = await answer.result();
  const shown = options.stream ? diagnosis.answer.paths[0]?.text : '';
  if (options.json || options.quiet) return diagnosis;
  // With several paths the chosen one may be another than the one that was streamed.
  const isShown = options.stream && shown?.trim() === diagnosis.reasoning.trim();
  process.stdout.write(
    isShown ? '\n\n' : `${options.stream ? '\n\nchosen path: ' : ''}${printable(diagnosis.reasoning).trim()}\n\n`,
  );
  return diagnosis;
}

/** What a model writes may hold control characters, which a terminal would obey. */
const printable = (text: string): string => text.replace(/[^\P{Cc}\n]/gu, ' ');
