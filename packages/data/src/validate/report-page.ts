import { readFile } from 'node:fs/promises';
import sharp from 'sharp';
import { decodeImage } from '../decode-image.js';
import { FINDING_KINDS, isError } from './finding.js';
import type { CaseMark, Finding, FindingKind } from './finding.js';
import type { ValidationReport } from './validate-cases.js';

const THUMBNAIL_PX = 112;
/** Findings that are shown with pictures; a page of more would be too heavy to open. */
const MOST_PICTURED = 400;

const STYLE = `body{font:14px/1.45 system-ui,sans-serif;margin:2rem;color:#222;background:#fff}
table{border-collapse:collapse;margin:1rem 0}td,th{border-bottom:1px solid #ddd;padding:.4rem .7rem;text-align:left;vertical-align:top}
td.n{text-align:right}.error{color:#a40000}.warning{color:#7a5b00}img{max-width:${THUMBNAIL_PX}px;background:#000;margin-right:4px}
figure{display:inline-block;margin:0 8px 0 0}figcaption{font-size:11px;color:#666}`;

/**
 * Writes a report as a page of its own, piece by piece: one HTML file without scripts that loads nothing, with small
 * pictures of the cases. All text of the datasets is escaped.
 */
export async function* reportPage(report: ValidationReport): AsyncGenerator<string> {
  const policy = "default-src 'none'; img-src data:; style-src 'unsafe-inline'";
  yield `<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="${policy}">\n`;
  yield `<title>Datasets: ${report.errors} errors</title><style>${STYLE}</style></head><body>\n`;
  yield `<h1>${report.errors} errors, ${report.warnings} warnings in ${report.cases} cases</h1>\n`;
  yield `<p>Datasets: ${escapeHtml(report.datasets.join(', '))}</p>\n${countsTable(report)}`;
  if (report.findings.length > 0) yield '<table><tr><th>what</th><th>case</th><th>details</th><th>pictures</th></tr>\n';
  for (const [index, finding] of report.findings.entries()) yield await findingRow(finding, index < MOST_PICTURED);
  if (report.findings.length > 0) yield '</table>\n';
  yield '</body></html>\n';
}

/** Text as it may stand in HTML, also inside of quotes. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"'`]/g, (sign) => `&#${sign.charCodeAt(0)};`);
}

function countsTable({ counts }: ValidationReport): string {
  const rows = Object.entries(counts).map(([kind, count]) => {
    const [severity, title] = FINDING_KINDS[kind as FindingKind];
    return `<tr><td class="${severity}">${severity}</td><td>${title}</td><td class="n">${count}</td></tr>\n`;
  });
  return rows.length === 0 ? '<p>Nothing was found.</p>\n' : `<table>${rows.join('')}</table>\n`;
}

async function findingRow(finding: Finding, pictured: boolean): Promise<string> {
  const marks = [finding.case, finding.other].filter((mark) => mark !== null);
  const pictures = pictured ? await Promise.all(marks.map(figure)) : [];
  const severity = isError(finding) ? 'error' : 'warning';
  const name = finding.case === null ? finding.dataset : `${finding.dataset}/${finding.case.id}`;
  const cells = [escapeHtml(name), escapeHtml(finding.detail), pictures.join('')];
  const what = `<td class="${severity}">${FINDING_KINDS[finding.kind][1]}</td>`;
  return `<tr>${what}${cells.map((cell) => `<td>${cell}</td>`).join('')}</tr>\n`;
}

async function figure(mark: CaseMark): Promise<string> {
  const paths = [mark.imagePath, ...(mark.maskPath === null ? [] : [mark.maskPath])];
  const images = await Promise.all(paths.map(thumbnail));
  const caption = escapeHtml(`${mark.dataset}/${mark.id} (${mark.split})`);
  return `<figure>${images.join('')}<figcaption>${caption}</figcaption></figure>`;
}

/** A small JPEG as part of the page, or words where there is no picture. */
async function thumbnail(path: string): Promise<string> {
  try {
    const { data, dtype, widthPx, heightPx, channels } = await decodeImage(await readFile(path), {
      limits: { minSidePx: 1 },
    });
    const shown = dtype === 'uint16' ? Uint8Array.from(data, (value) => value >> 8) : new Uint8Array(data);
    const bytes = await sharp(shown, { raw: { width: widthPx, height: heightPx, channels } })
      .resize(THUMBNAIL_PX, THUMBNAIL_PX, { fit: 'inside' })
      .jpeg({ quality: 70 })
      .toBuffer();
    return `<img alt="" src="data:image/jpeg;base64,${bytes.toString('base64')}">`;
  } catch {
    return '<em>no picture</em> ';
  }
}
