import { useState } from 'react';
import type { DragEvent } from 'react';
import type { PhantomChoice } from '../../server/api-types.js';

interface ImagePickerProps {
  readonly phantoms: readonly PhantomChoice[];
  readonly problem: string | null;
  readonly onOpen: (bytes: Blob, question?: string) => void;
}

export function ImagePicker({ phantoms, problem, onOpen }: ImagePickerProps) {
  return (
    <div className="card">
      <h2>Image</h2>
      <DropZone onOpen={onOpen} />
      {problem && (
        <p className="error" role="alert">
          {problem}
        </p>
      )}
      {phantoms.length > 0 && <p className="muted small">or a phantom, drawn by this project:</p>}
      <div className="phantoms">
        {phantoms.map((phantom) => (
          <PhantomButton key={phantom.id} phantom={phantom} onOpen={onOpen} />
        ))}
      </div>
    </div>
  );
}

function DropZone({ onOpen }: Pick<ImagePickerProps, 'onOpen'>) {
  const [over, setOver] = useState(false);
  const drop = (event: DragEvent): void => {
    event.preventDefault();
    setOver(false);
    const file = event.dataTransfer.files[0];
    if (file) onOpen(file);
  };
  return (
    <label
      className={over ? 'drop over' : 'drop'}
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={drop}
    >
      <input
        type="file"
        accept="image/png,image/jpeg,image/webp"
        onChange={(event) => {
          const file = event.target.files?.[0];
          if (file) onOpen(file);
          event.target.value = '';
        }}
      />
      <strong>Drop a picture here</strong>
      <span className="muted small">or click to choose a PNG, JPEG or WebP. It stays on this computer.</span>
    </label>
  );
}

function PhantomButton({ phantom, onOpen }: { phantom: PhantomChoice; onOpen: ImagePickerProps['onOpen'] }) {
  const url = `/api/phantoms/${phantom.id}.png`;
  const open = (): void => {
    void fetch(url)
      .then((response) => response.blob())
      .then((bytes) => onOpen(bytes, phantom.question));
  };
  return (
    <button type="button" className="phantom" onClick={open} title={phantom.question} data-phantom={phantom.id}>
      <img src={url} alt={phantom.title} loading="lazy" />
      <span>{phantom.title}</span>
    </button>
  );
}
