import type { ChartSpec } from '../chart-spec.ts'
import { html, join, type Html } from '../html.ts'

/** One part of a page, with its place in the page's contents. */
export interface ReportSection {
  readonly id: string
  readonly title: string
  readonly body: Html
  /** Drawn where the body has a `chartSlot` with the same id. */
  readonly charts?: readonly ChartSpec[]
}

export interface Column {
  readonly title: string
  /** Figures are right-aligned, in digits of equal width. */
  readonly numeric?: boolean
}

/** A table with a button that copies it. Scrolls sideways on a narrow screen instead of widening the page. */
export function table(
  caption: string,
  columns: readonly Column[],
  rows: readonly (readonly (string | Html)[])[],
): Html {
  const shown = rows.slice(0, mostRows)
  const cells = (row: readonly (string | Html)[]) =>
    join(row.map((cell, index) => cellMarkup(cell, columns[index]?.numeric === true, index === 0)))
  return html`<figure class="table">
    <figcaption><span>${caption}</span><button type="button" class="quiet" data-copy-table>Copy</button></figcaption>
    <div class="scroll" tabindex="0" role="region" aria-label="${caption}">
      <table>
        <thead>
          <tr>
            ${join(columns.map((column) => html`<th scope="col" class="${kind(column.numeric === true)}">${column.title}</th>`))}
          </tr>
        </thead>
        <tbody>
          ${join(
            shown.map(
              (row) =>
                html`<tr>
                  ${cells(row)}
                </tr>`,
            ),
          )}
        </tbody>
      </table>
    </div>
    ${rows.length > shown.length && html`<p class="note">${`${rows.length - shown.length} more rows are in the result file.`}</p>`}
  </figure>`
}

/** A page with more rows than this is slow to open and read by nobody; the result file has them all. */
export const mostRows = 250
/** An error message can hold a whole page of the server under test. */
const longestCell = 600

function clipped(text: string): string {
  return text.length <= longestCell ? text : `${text.slice(0, longestCell)} … (${text.length} characters)`
}

function cellMarkup(given: string | Html, numeric: boolean, first: boolean): Html {
  const cell = typeof given === 'string' ? clipped(given) : given
  return first
    ? html`<th scope="row" class="${kind(numeric)}">${cell}</th>`
    : html`<td class="${kind(numeric)}">${cell}</td>`
}

function kind(numeric: boolean): string {
  return numeric ? 'number' : 'text'
}

/** A row of the most important figures. */
export function tiles(
  items: readonly { readonly label: string; readonly value: string; readonly note?: string }[],
): Html {
  return html`<dl class="tiles">
    ${join(
      items.map(
        (item) =>
          html`<div>
            <dt>${item.label}</dt>
            <dd>${item.value}${item.note !== undefined && html`<small>${item.note}</small>`}</dd>
          </div>`,
      ),
    )}
  </dl>`
}

/** Where the page's script draws the chart of this id. */
export function chartSlot(chart: ChartSpec): Html {
  return html`<figure class="chart" data-chart="${chart.id}">
    <figcaption>
      <span>${chart.title}</span>
      <span class="tools">
        <button type="button" class="quiet" data-chart-table aria-expanded="false">Table</button>
        <button type="button" class="quiet" data-copy-chart>Copy</button>
      </span>
    </figcaption>
    ${chart.description !== undefined && html`<p class="note">${chart.description}</p>`}
    <div class="plot" tabindex="0" role="img" aria-label="${chart.title}. Arrow keys move along the chart."></div>
    <output class="readout" aria-live="polite"></output>
    <div class="legend"></div>
    <div class="data" hidden></div>
  </figure>`
}

export type Tone = 'good' | 'warn' | 'bad' | 'plain'

export function badge(tone: Tone, text: string): Html {
  return html`<span class="badge ${tone}">${text}</span>`
}

export function notice(tone: Tone, title: string, lines: readonly string[]): Html {
  return html`<div class="notice ${tone}" role="note">
    <strong>${title}</strong>
    <ul>
      ${join(lines.map((line) => html`<li>${line}</li>`))}
    </ul>
  </div>`
}
