import type { EventFile } from '../tensorboard/event-file.js';
import type { TrainingObserver } from './training-event.js';

/** Passes steps (every `every`-th) and evaluations of a run on to TensorBoard, under names that say what they are. */
export function scalarLogger(file: EventFile, { every }: { readonly every: number }): TrainingObserver {
  return (event) => {
    if (event.type === 'step' && (event.total % every === 0 || event.total === event.totalSteps))
      file.scalars(event.total, { ...prefixed('train', event.values), 'train/lr': event.lr });
    if (event.type !== 'evaluation') return;
    const { freeRunning, teacherForced } = event.judged;
    const known = Object.entries(freeRunning).filter((entry): entry is [string, number] => entry[1] !== null);
    file.scalars(event.total, {
      ...prefixed('free-running', Object.fromEntries(known)),
      ...prefixed('teacher-forced', teacherForced),
    });
  };
}

function prefixed(prefix: string, values: Readonly<Record<string, number>>): Record<string, number> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [`${prefix}/${name}`, value]));
}
