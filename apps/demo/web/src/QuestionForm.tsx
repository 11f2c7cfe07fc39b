interface QuestionFormProps {
  readonly question: string;
  readonly disabled: boolean;
  readonly busy: boolean;
  readonly limit: number;
  readonly onChange: (question: string) => void;
  readonly onAsk: () => void;
}

const EXAMPLES: readonly (readonly [label: string, question: string])[] = [
  ['skin lesion', 'Is there a skin lesion in this image? Outline it.'],
  ['breast lesion', 'Is there a breast lesion in this ultrasound? Outline it.'],
  ['ink mark', 'Is there an ink mark in this image? Outline it.'],
  ['rib shadow', 'Is there a rib shadow in this ultrasound? Outline it.'],
  ['vessels', 'Are there retinal blood vessels in this image? Outline them.'],
];

export function QuestionForm({ question, disabled, busy, limit, onChange, onAsk }: QuestionFormProps) {
  return (
    <form
      className="card"
      onSubmit={(event) => {
        event.preventDefault();
        onAsk();
      }}
    >
      <h2>Question</h2>
      <textarea
        aria-label="question"
        rows={3}
        maxLength={limit}
        placeholder="Is there a ... in this image? Outline it."
        value={question}
        onChange={(event) => onChange(event.target.value)}
      />
      <div className="chips">
        {EXAMPLES.map(([label, text]) => (
          <button key={label} type="button" className="chip" onClick={() => onChange(text)}>
            {label}
          </button>
        ))}
      </div>
      <button type="submit" className="primary" disabled={disabled || question.trim() === ''}>
        {busy ? 'Answering…' : 'Ask'}
      </button>
      {disabled && <p className="muted small">Choose an image first.</p>}
    </form>
  );
}
