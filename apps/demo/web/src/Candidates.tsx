import type { AnswerView, CandidateView, FindingView } from '../../server/api-types.js';
import { MaskLayer } from './Layers.js';

export function Candidates({ answer, imageUrl }: { answer: AnswerView; imageUrl: string }) {
  const findings = answer.findings.filter((finding) => finding.candidates.length > 0);
  if (findings.length === 0) return null;
  return (
    <div className="card">
      <h2>Candidates</h2>
      {findings.map((finding, index) => (
        <FindingCandidates key={index} finding={finding} selector={answer.selector} imageUrl={imageUrl} />
      ))}
    </div>
  );
}

function FindingCandidates(props: { finding: FindingView; selector: string; imageUrl: string }) {
  const { finding, selector, imageUrl } = props;
  const chosen = finding.candidates.find((candidate) => candidate.chosen);
  return (
    <>
      <p className="muted small">{whyChosen(finding.candidates, chosen, selector)}</p>
      <div className="candidates">
        {finding.candidates.map((candidate) => (
          <Candidate key={candidate.maskUrl} candidate={candidate} imageUrl={imageUrl} />
        ))}
      </div>
    </>
  );
}

function Candidate({ candidate, imageUrl }: { candidate: CandidateView; imageUrl: string }) {
  return (
    <figure className={candidate.chosen ? 'candidate chosen' : 'candidate'}>
      <div className="thumb">
        <img src={imageUrl} alt="" />
        <MaskLayer url={candidate.maskUrl} name="candidate-mask" />
      </div>
      <figcaption>
        <strong>{`path ${candidate.path + 1}, mask ${candidate.mask + 1}${candidate.chosen ? ' (chosen)' : ''}`}</strong>
        {Object.entries(candidate.scores).map(([name, score]) => (
          <span key={name} className="score">
            <span>{name.replaceAll('-', ' ')}</span>
            <span>{score.toFixed(3)}</span>
          </span>
        ))}
      </figcaption>
    </figure>
  );
}

function whyChosen(all: readonly CandidateView[], chosen: CandidateView | undefined, selector: string): string {
  if (!chosen) return 'No candidate was chosen.';
  if (all.length === 1) return 'One path and one mask: there was nothing to choose. Raise paths or masks to compare.';
  const score = chosen.scores['selection'];
  const value = score === undefined ? '' : ` (${score.toFixed(3)})`;
  return `${selector} gave path ${chosen.path + 1}, mask ${chosen.mask + 1} the highest score${value} of ${all.length}.`;
}
