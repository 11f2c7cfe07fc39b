import type { AnswerOptions, DemoState } from '../../server/api-types.js';

interface OptionsProps {
  readonly plugins: DemoState['plugins'];
  readonly options: AnswerOptions;
  readonly onChange: (options: AnswerOptions) => void;
}

const GRIDS = [8, 16, 32];

/** The usual grids and the one in use. */
const gridChoices = (inUse: number): string[] => [...new Set([...GRIDS, inUse])].sort((a, b) => a - b).map(String);

export function Options({ plugins, options, onChange }: OptionsProps) {
  const set = <K extends keyof AnswerOptions>(key: K, value: AnswerOptions[K]): void =>
    onChange({ ...options, [key]: value });
  const mostCells = options.gridCells ** 2;
  const setGrid = (cells: number): void => {
    // The same share of the picture is chosen whatever the grid.
    const topN = Math.max(1, Math.round((options.topN * cells ** 2) / mostCells));
    onChange({ ...options, gridCells: cells, topN });
  };
  const usesCells = options.regionPrior === 'topCells';
  return (
    <div className="card options">
      <h2>Model</h2>
      <Select
        label="region prior"
        value={options.regionPrior}
        choices={plugins.regionPrior}
        onChange={(v) => set('regionPrior', v)}
      />
      {usesCells && (
        <Select
          label="grid"
          value={String(options.gridCells)}
          choices={gridChoices(options.gridCells)}
          onChange={(v) => setGrid(Number(v))}
        />
      )}
      {usesCells && <Slider label="top n" value={options.topN} most={mostCells} onChange={(v) => set('topN', v)} />}
      <Select
        label="mask decoder"
        value={options.maskDecoder}
        choices={plugins.maskDecoder}
        onChange={(v) => set('maskDecoder', v)}
      />
      <Select
        label="selector"
        value={options.selector}
        choices={plugins.selector}
        onChange={(v) => set('selector', v)}
      />
      <Slider label="paths" value={options.paths} most={5} onChange={(v) => set('paths', v)} />
      <Slider label="masks a path" value={options.masks} most={4} onChange={(v) => set('masks', v)} />
      <Slider label="seed" value={options.seed} least={0} most={20} onChange={(v) => set('seed', v)} />
    </div>
  );
}

interface SelectProps {
  readonly label: string;
  readonly value: string;
  readonly choices: readonly string[];
  readonly onChange: (value: string) => void;
}

function Select({ label, value, choices, onChange }: SelectProps) {
  return (
    <label className="field">
      <span>{label}</span>
      <select aria-label={label} value={value} onChange={(event) => onChange(event.target.value)}>
        {choices.map((choice) => (
          <option key={choice}>{choice}</option>
        ))}
      </select>
    </label>
  );
}

interface SliderProps {
  readonly label: string;
  readonly value: number;
  readonly least?: number;
  readonly most: number;
  readonly onChange: (value: number) => void;
}

function Slider({ label, value, least = 1, most, onChange }: SliderProps) {
  return (
    <label className="field">
      <span>
        {label} <b>{value}</b>
      </span>
      <input
        type="range"
        aria-label={label}
        min={least}
        max={most}
        value={value}
        onChange={(event) => onChange(Number(event.target.value))}
      />
    </label>
  );
}
