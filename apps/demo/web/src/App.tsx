import { useEffect, useState } from 'react';
import type { AnswerOptions, DemoState, PhantomChoice } from '../../server/api-types.js';
import { fetchPhantoms, fetchState, uploadImage } from './api.js';
import { AnswerPanel } from './AnswerPanel.js';
import { Candidates } from './Candidates.js';
import { ImagePicker } from './ImagePicker.js';
import { ImageStage } from './ImageStage.js';
import { Options } from './Options.js';
import { QuestionForm } from './QuestionForm.js';
import { useAnswer } from './use-answer.js';

interface OpenImage {
  readonly id: string;
  readonly url: string;
}

export function App() {
  const [state, setState] = useState<DemoState | null>(null);
  const [phantoms, setPhantoms] = useState<PhantomChoice[]>([]);
  const [problem, setProblem] = useState<string | null>(null);
  useEffect(() => {
    const fail = (error: unknown): void => setProblem(String(error));
    fetchState().then(setState, fail);
    fetchPhantoms().then(setPhantoms, fail);
  }, []);
  return (
    <>
      <Header state={state} />
      {problem && <p className="error banner">{problem}</p>}
      {state && <Workbench state={state} phantoms={phantoms} />}
      <footer>{state?.notice}</footer>
    </>
  );
}

function Header({ state }: { state: DemoState | null }) {
  return (
    <header>
      <div className="brand">
        <span className="mark" aria-hidden="true" />
        <h1>sim4seg</h1>
        {state && <span className="muted">{`${state.bundle.name} ${state.bundle.version}`}</span>}
      </div>
      <p className="notice" role="note">
        Research use only. Not a medical device.
      </p>
    </header>
  );
}

function Workbench({ state, phantoms }: { state: DemoState; phantoms: readonly PhantomChoice[] }) {
  const [image, setImage] = useState<OpenImage | null>(null);
  const [question, setQuestion] = useState('');
  const [options, setOptions] = useState(state.defaults);
  const [problem, setProblem] = useState<string | null>(null);
  const answer = useAnswer();
  const open = (bytes: Blob, asked?: string): void => {
    answer.clear();
    setProblem(null);
    if (asked) setQuestion(asked);
    uploadImage(bytes).then(
      ({ imageId }) => setImage({ id: imageId, url: URL.createObjectURL(bytes) }),
      (error: unknown) => setProblem(error instanceof Error ? error.message : String(error)),
    );
  };
  const ask = (chosen: AnswerOptions): void => {
    if (image && question.trim()) answer.ask({ imageId: image.id, question, options: chosen });
  };
  const change = (next: AnswerOptions): void => {
    setOptions(next);
    if (answer.answer || answer.busy) ask(next);
  };
  return (
    <main>
      <section className="column">
        <ImagePicker phantoms={phantoms} onOpen={open} problem={problem} />
        <QuestionForm
          question={question}
          disabled={!image}
          busy={answer.busy}
          limit={state.limits.questionCharacters}
          onChange={setQuestion}
          onAsk={() => ask(options)}
        />
        <Options plugins={state.plugins} options={options} onChange={change} />
      </section>
      <section className="column wide">
        <ImageStage imageUrl={image?.url ?? null} answer={answer.answer} busy={answer.busy} />
        <AnswerPanel state={answer} />
        {answer.answer && image && <Candidates answer={answer.answer} imageUrl={image.url} />}
      </section>
    </main>
  );
}
