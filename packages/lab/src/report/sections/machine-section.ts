import type { LabResult } from '../../result/lab-result.ts'
import { generatorChart, serverChart } from '../charts/machine-charts.ts'
import { formatBytes, formatDuration, formatMicroseconds, formatMoment } from '../format.ts'
import { html, join, type Html } from '../html.ts'
import { latencyRow } from '../latency-table.ts'
import { chartSlot, table, type ReportSection } from './section.ts'

/** The generator's own condition, the server's process, and what is needed to run the test again. */
export function machineSection(result: LabResult): ReportSection {
  const charts = [generatorChart(result), serverChart(result)].filter((chart) => chart !== undefined)
  return {
    id: 'machine',
    title: 'Generator and environment',
    body: html`<div class="charts">${join(charts.map((chart) => chartSlot(chart)))}</div>
      <div class="columns">${generatorTable(result)} ${environmentTable(result)}</div>`,
    charts,
  }
}

function generatorTable(result: LabResult): Html {
  const { generator, meta, server } = result
  const lag = latencyRow(generator.sendLag)
  const lag99 = lag.percentiles.find((each) => each.percent === 99)?.value
  const rows: (readonly [string, string])[] = [
    [
      'Generators',
      meta.generators.map((each) => `${each.hostname} ${each.shareIndex + 1}/${each.shareCount}`).join(', '),
    ],
    ['CPU time', formatDuration(generator.cpuMs)],
    ['Garbage collection', formatDuration(generator.gcMs)],
    ['Largest memory (RSS)', formatBytes(generator.peakRssBytes)],
    ['Send lag, p99', lag99 === undefined ? 'n too small' : formatMicroseconds(lag99)],
    ['Send lag, largest', lag.max === undefined ? '–' : formatMicroseconds(lag.max)],
  ]
  if (server !== undefined)
    rows.push(
      ['Server process', `${server.pid}: ${server.command}`],
      ['Server CPU time', formatDuration(server.cpuMs)],
      ['Server memory, largest', formatBytes(server.peakRssBytes)],
    )
  return table('Generator', [{ title: 'Figure' }, { title: 'Value' }], rows)
}

function environmentTable(result: LabResult): Html {
  const { meta, plan } = result
  const rows: (readonly [string, string])[] = [
    ['Target', plan.target],
    ['Script', plan.scriptFile ?? '–'],
    ['Environment', plan.environment ?? '–'],
    ['Started', formatMoment(meta.startedAtEpochMs)],
    ['Lab', meta.labVersion],
    ...Object.entries(meta.versions),
    ['Machine', `${meta.machine.hostname}, ${meta.machine.cpus} × ${meta.machine.cpuModel}`],
    ['System', `${meta.machine.platform} ${meta.machine.release} ${meta.machine.arch}`],
    ...Object.entries(meta.labels),
    ['Run', result.id],
  ]
  return table('Environment', [{ title: 'Fact' }, { title: 'Value' }], rows)
}
