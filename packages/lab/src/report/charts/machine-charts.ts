import type { LabResult } from '../../result/lab-result.ts'
import type { ChartSpec } from '../chart-spec.ts'
import { deploymentMarkers, phaseBands } from './time-charts.ts'

const time = { label: 'time since start', quantity: 'seconds' } as const

/** How busy the generator was, from its own samples. */
export function generatorChart(result: LabResult): ChartSpec | undefined {
  const samples = thinned(result.generator.samples)
  if (samples.length === 0) return undefined
  return {
    id: 'generator',
    title: 'Load generator',
    description: 'A generator near 100 % measures itself.',
    x: time,
    y: { label: 'busy', quantity: 'share' },
    right: { label: 'send lag', quantity: 'milliseconds' },
    bands: phaseBands(result),
    xValues: samples.map((sample) => sample.atMs / 1000),
    series: [
      {
        label: 'event loop',
        color: 0,
        kind: 'line',
        values: samples.map((each) => rounded(each.eventLoopUtilization)),
      },
      { label: 'CPU of the generator', color: 1, kind: 'line', values: samples.map((each) => rounded(each.cpuShare)) },
      { label: 'CPU of the host', color: 2, kind: 'line', values: samples.map((each) => rounded(each.hostCpuShare)) },
      {
        label: 'largest send lag',
        color: 3,
        kind: 'points',
        axis: 'right',
        values: samples.map((each) => each.sendLagMaxUs / 1000),
      },
    ],
  }
}

/** CPU and memory of the server's process, when its pid was known. */
export function serverChart(result: LabResult): ChartSpec | undefined {
  const samples = thinned(result.server?.samples ?? [])
  if (samples.length < 2) return undefined
  const cpu = samples.map((sample, index) => {
    const before = samples[index - 1]
    return before === undefined || sample.atMs <= before.atMs
      ? null
      : rounded((sample.cpuMs - before.cpuMs) / (sample.atMs - before.atMs))
  })
  return {
    id: 'server',
    title: 'Server process',
    x: time,
    y: { label: 'CPU (1 core = 100 %)', quantity: 'share' },
    right: { label: 'memory (RSS)', quantity: 'bytes' },
    bands: phaseBands(result),
    markers: deploymentMarkers(result),
    xValues: samples.map((sample) => sample.atMs / 1000),
    series: [
      { label: 'CPU', color: 0, kind: 'area', values: cpu },
      { label: 'memory', color: 1, kind: 'line', axis: 'right', values: samples.map((sample) => sample.rssBytes) },
    ],
  }
}

function thinned<Sample>(samples: readonly Sample[]): Sample[] {
  const step = Math.max(1, Math.ceil(samples.length / 480))
  return samples.filter((_, index) => index % step === 0)
}

function rounded(value: number | undefined): number | null {
  return value === undefined ? null : Math.round(value * 1000) / 1000
}
