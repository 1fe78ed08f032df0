import type {
  Check,
  EndpointTotals,
  ErrorTotals,
  LabResult,
  LatencySet,
  Marker,
  PhaseTotals,
  ScenarioTotals,
} from '../result/lab-result.ts'
import { addCounts, addHistograms, groupBy, sum } from './add.ts'

/** A result and how much later than the merged run it started. */
export interface ShiftedResult {
  readonly result: LabResult
  readonly offsetMs: number
}

export function mergeLatency(all: readonly LatencySet[]): LatencySet {
  const part = (name: keyof LatencySet) => addHistograms(all.map((set) => set[name]))
  return {
    latency: part('latency'),
    service: part('service'),
    firstByte: part('firstByte'),
    body: part('body'),
    wait: part('wait'),
    dns: part('dns'),
    connect: part('connect'),
    tls: part('tls'),
  }
}

/** Phases with the same place and name are one. */
export function mergePhases(all: readonly ShiftedResult[]): PhaseTotals[] {
  const shifted = all.flatMap(({ result, offsetMs }) =>
    result.phases.map((phase) => ({ ...phase, startMs: phase.startMs + offsetMs, endMs: phase.endMs + offsetMs })),
  )
  return groupBy(shifted, (phase) => `${phase.index} ${phase.name}`).map((group) => ({
    index: group[0]?.index ?? 0,
    name: group[0]?.name ?? '',
    startMs: Math.min(...group.map((phase) => phase.startMs)),
    endMs: Math.max(...group.map((phase) => phase.endMs)),
    intendedArrivals: sum(group.map((phase) => phase.intendedArrivals)),
    arrivals: sum(group.map((phase) => phase.arrivals)),
    skipped: sum(group.map((phase) => phase.skipped)),
    late: sum(group.map((phase) => phase.late)),
  }))
}

export function mergeScenarios(all: readonly ScenarioTotals[]): ScenarioTotals[] {
  return groupBy(all, (scenario) => scenario.name).map((group) => ({
    name: group[0]?.name ?? '',
    created: sum(group.map((each) => each.created)),
    completed: sum(group.map((each) => each.completed)),
    failed: sum(group.map((each) => each.failed)),
    interrupted: sum(group.map((each) => each.interrupted)),
    session: addHistograms(group.map((each) => each.session)),
  }))
}

export function mergeErrors(all: readonly ShiftedResult[]): ErrorTotals[] {
  const shifted = all.flatMap(({ result, offsetMs }) =>
    result.errors.map((error) => ({ ...error, firstMs: error.firstMs + offsetMs, lastMs: error.lastMs + offsetMs })),
  )
  return groupBy(shifted, (error) => error.code).map((group) => ({
    code: group[0]?.code ?? '',
    message: group[0]?.message ?? '',
    count: sum(group.map((error) => error.count)),
    firstMs: Math.min(...group.map((error) => error.firstMs)),
    lastMs: Math.max(...group.map((error) => error.lastMs)),
  }))
}

export function mergeEndpoints(all: readonly EndpointTotals[]): EndpointTotals[] {
  return groupBy(all, (endpoint) => `${endpoint.method} ${endpoint.name}`).map((group) => ({
    name: group[0]?.name ?? '',
    method: group[0]?.method ?? '',
    requests: sum(group.map((each) => each.requests)),
    responses: sum(group.map((each) => each.responses)),
    failed: sum(group.map((each) => each.failed)),
    bytesReceived: sum(group.map((each) => each.bytesReceived)),
    codes: addCounts(group.map((each) => each.codes)),
    errors: addCounts(group.map((each) => each.errors)),
    latency: addHistograms(group.map((each) => each.latency)),
    service: addHistograms(group.map((each) => each.service)),
    firstByte: addHistograms(group.map((each) => each.firstByte)),
  }))
}

/** Histograms of scripts, by name. One name with two units stays two histograms. */
export function mergeCustom(all: readonly LabResult['custom'][]): LabResult['custom'] {
  const entries = all.flatMap((custom) => Object.entries(custom).map(([name, histogram]) => ({ name, histogram })))
  const groups = groupBy(entries, ({ name, histogram }) => `${name} ${histogram.unit}`)
  const taken = new Set<string>()
  return Object.fromEntries(
    groups.map((group) => {
      const { name, histogram } = group[0] ?? { name: '', histogram: undefined }
      const unique = taken.has(name) ? `${name} (${histogram?.unit ?? ''})` : name
      taken.add(name)
      return [unique, addHistograms(group.map((each) => each.histogram))] as const
    }),
  )
}

/** Each generator fires its own markers only when it runs alone; the same marker within 2 s is one. */
export function mergeMarkers(all: readonly ShiftedResult[]): Marker[] {
  const shifted = all
    .flatMap(({ result, offsetMs }) => result.markers.map((marker) => ({ ...marker, atMs: marker.atMs + offsetMs })))
    .toSorted((a, b) => a.atMs - b.atMs)
  return shifted.filter(
    (marker, index) =>
      !shifted
        .slice(0, index)
        .some(
          (earlier) =>
            earlier.label === marker.label && earlier.kind === marker.kind && marker.atMs - earlier.atMs < 2000,
        ),
  )
}

/**
 * Expectations count requests, so they add up. A threshold was judged on one generator's share: of the whole it is known only
 * when all shares agree, else it is not evaluated.
 */
export function mergeChecks(all: readonly (readonly Check[])[]): Check[] {
  return groupBy(all.flat(), (check) => `${check.source} ${check.name} ${check.strict}`).map((group) => {
    const first = group[0]
    if (first === undefined || group.length === 1) return first as Check
    const isCounted = group.every((check) => check.failed !== undefined)
    if (isCounted) return mergeCounted(first, group)
    const isAgreed = group.length === all.length && group.every((check) => check.status === first.status)
    const { actual: _actual, ...rest } = first
    return {
      ...rest,
      status: isAgreed ? first.status : 'not-evaluated',
      actual: group.map((check) => check.actual ?? check.status).join('; '),
    }
  })
}

function mergeCounted(first: Check, group: readonly Check[]): Check {
  const failed = sum(group.map((check) => check.failed ?? 0))
  return {
    ...first,
    status: failed > 0 ? 'failed' : 'passed',
    failed,
    passed: sum(group.map((check) => check.passed ?? 0)),
  }
}
