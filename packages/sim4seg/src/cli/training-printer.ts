import type { TrainingEvent, TrainingObserver } from '@sim4seg/trainer';
import { countText, textTable } from './text-table.js';

const PRINT_EVERY_MS = 2000;

/** Prints a run: phases, progress with rate and time left, checkpoints, and at last `final sha256 <hex>`. */
export function trainingPrinter(
  out: { write(text: string): unknown },
  { now = () => performance.now() }: { now?: () => number } = {},
): TrainingObserver {
  let printedAt = -Infinity;
  return (event) => {
    if (event.type === 'step') {
      if (now() - printedAt < PRINT_EVERY_MS && event.total !== event.totalSteps) return;
      printedAt = now();
    }
    const line = lineOf(event);
    if (line !== null) out.write(`${line}\n`);
  };
}

function lineOf(event: TrainingEvent): string | null {
  switch (event.type) {
    case 'started': {
      const resumed = event.resumedAt > 0 ? `, resumed at step ${event.resumedAt}` : '';
      return `${event.frames} images, ${event.totalSteps} steps${resumed}`;
    }
    case 'phase':
      return `phase ${event.phase}: ${event.steps} steps (compiled in ${(event.compileMs / 1000).toFixed(1)} s)`;
    case 'trains':
      return trainsLines(event);
    case 'step':
      return stepLine(event);
    case 'evaluation':
      return evaluationLine(event);
    case 'stopped-early':
      return `phase ${event.phase} ends at step ${event.total}: its evaluations get no better`;
    case 'checkpoint':
      return null;
    case 'damaged-checkpoint':
      return `a damaged checkpoint was left out: ${event.message}`;
    case 'bundle':
      return `bundle written to ${event.folder}`;
    case 'final':
      return `final sha256 ${event.sha256}`;
  }
}

/** A table of what moves and what stays in a phase. */
function trainsLines({ phase, rows }: Extract<TrainingEvent, { type: 'trains' }>): string {
  const sum = (trains: boolean): string =>
    countText(rows.reduce((total, row) => total + (row.trains === trains ? row.numbers : 0), 0));
  const columns = [
    { head: 'parameters' },
    { head: 'tensors', align: 'right' },
    { head: 'numbers', align: 'right' },
    { head: '' },
  ] as const;
  const cells = rows.map(({ parameters, tensors, numbers, trains }) => [
    parameters,
    String(tensors),
    countText(numbers),
    trains ? 'trained' : 'kept',
  ]);
  return [`phase ${phase} trains ${sum(true)} numbers and keeps ${sum(false)}`, ...textTable(columns, cells)].join(
    '\n',
  );
}

function evaluationLine({ total, judged }: Extract<TrainingEvent, { type: 'evaluation' }>): string {
  const { freeRunning, teacherForced, best } = judged;
  const free = Object.entries(freeRunning).map(([name, value]) => `${name} ${value?.toFixed(1) ?? '-'}`);
  const forced = Object.entries(teacherForced).map(([name, value]) => `${name} ${value.toFixed(2)}`);
  return `evaluation at ${total}${best ? ' (best)' : ''}: free-running ${free.join(', ')}; teacher-forced ${forced.join(', ') || '-'}`;
}

function stepLine(event: Extract<TrainingEvent, { type: 'step' }>): string {
  const loss = event.values['loss']?.toFixed(4) ?? '-';
  const left = `${Math.floor(event.secondsLeft / 60)} min ${Math.round(event.secondsLeft % 60)} s left`;
  const rate = `${event.imagesPerSecond.toFixed(1)} images/s`;
  return `${event.phase} ${event.total}/${event.totalSteps}  loss ${loss}  lr ${event.lr.toExponential(2)}  ${rate}  ${left}`;
}
