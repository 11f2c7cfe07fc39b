import type { AnswerView } from '../../server/api-types.js';
import type { AnswerState } from './use-answer.js';

const SAID = { present: 'It is there', absent: 'It is not there', unsure: 'Not sure' } as const;

export function AnswerPanel({ state }: { state: AnswerState }) {
  const { answer, busy, error, stage, texts } = state;
  if (!busy && !answer && !error) return null;
  return (
    <div className="card answer" aria-busy={busy}>
      {error && (
        <p className="error" role="alert">
          {error}
        </p>
      )}
      {answer && !busy && <Verdict answer={answer} />}
      {busy && <p className="muted small">{stage || 'Looking at the image'}</p>}
      <Reasoning texts={texts} chosen={answer && !busy ? answer.reasoning : null} />
    </div>
  );
}

function Verdict({ answer }: { answer: AnswerView }) {
  const percent = Math.round(answer.confidence * 100);
  return (
    <>
      <div className="verdict">
        <span className={`presence ${answer.presence}`} data-testid="presence">
          {SAID[answer.presence]}
        </span>
        <span className="diagnosis" data-testid="diagnosis">
          {answer.diagnosis ?? 'no diagnosis could be read from the text'}
        </span>
      </div>
      <div
        className="meter"
        role="meter"
        aria-label="confidence"
        aria-valuenow={percent}
        aria-valuemin={0}
        aria-valuemax={100}
      >
        <span style={{ width: `${percent}%` }} />
      </div>
      <p className="muted small">{`confidence ${percent}% (not calibrated), answered in ${Math.round(answer.ms)} ms`}</p>
    </>
  );
}

function Reasoning({ texts, chosen }: { texts: readonly string[]; chosen: string | null }) {
  const shown = texts.length > 0 ? texts : chosen === null ? [] : [chosen];
  if (shown.length === 0) return null;
  return (
    <>
      <h2>Reasoning</h2>
      {shown.map((text, path) => (
        <p key={path} className={chosen !== null && text.trim() === chosen.trim() ? 'path chosen' : 'path'}>
          {shown.length > 1 && <span className="muted small">{`path ${path + 1}  `}</span>}
          {text}
        </p>
      ))}
      {chosen !== null && (
        <p hidden data-testid="reasoning">
          {chosen}
        </p>
      )}
    </>
  );
}
