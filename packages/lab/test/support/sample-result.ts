import type { EncodedHistogram, LabResult, SeriesBin } from '../../src/result.ts'
import { LatencyHistogram } from '../../src/result.ts'
import { createRandom, type Random } from '../../src/stats.ts'

export interface SampleOptions {
  readonly seed?: number
  readonly seconds?: number
  readonly ratePerSecond?: number
  readonly endpoints?: number
  /** Multiplies every latency. */
  readonly slowness?: number
  readonly shareIndex?: number
  readonly shareCount?: number
  /** Text that a hostile server put wherever it could. */
  readonly hostileText?: string
}

export interface Sample {
  readonly result: LabResult
  /** Every latency that went into the result, in microseconds. */
  readonly latenciesUs: readonly number[]
}

/** A result as a run of a script would leave it, from a seeded source, together with the values behind its histograms. */
export function sampleResult(options: SampleOptions = {}): Sample {
  const resolved = {
    seed: 1,
    seconds: 60,
    ratePerSecond: 50,
    endpoints: 3,
    slowness: 1,
    shareIndex: 0,
    shareCount: 1,
    ...options,
  }
  const random = createRandom(resolved.seed)
  const latenciesUs: number[] = []
  const perEndpoint = Array.from({ length: resolved.endpoints }, () => new LatencyHistogram())
  const bins: SeriesBin[] = []
  for (let second = 0; second < resolved.seconds; second++) {
    const bin = new LatencyHistogram()
    for (let request = 0; request < resolved.ratePerSecond; request++) {
      const us = Math.max(1, Math.round(latencyUs(random, second) * resolved.slowness))
      latenciesUs.push(us)
      bin.record(us)
      perEndpoint[request % resolved.endpoints]?.record(us)
    }
    bins.push(sampleBin(second, resolved.ratePerSecond, bin.encode()))
  }
  return { result: assemble(resolved, { latenciesUs, perEndpoint, bins }), latenciesUs }
}

function latencyUs(random: Random, second: number): number {
  const slowSecond = second % 20 === 13 ? 8 : 1
  return 2500 * slowSecond * Math.exp(0.6 * random.normal())
}

function sampleBin(second: number, rate: number, latency: EncodedHistogram): SeriesBin {
  const errors = second % 10 === 9 ? 1 : 0
  return {
    startMs: second * 1000,
    intended: rate,
    arrivals: rate,
    skipped: 0,
    completed: rate - errors,
    failed: errors,
    activeMax: 5 + (second % 7),
    requests: rate,
    responses: rate - errors,
    errors,
    bytesReceived: rate * 120,
    codes: { '200': rate - errors - 1, '404': 1 },
    latency,
    service: latency,
  }
}

interface Measured {
  readonly latenciesUs: readonly number[]
  readonly perEndpoint: readonly LatencyHistogram[]
  readonly bins: readonly SeriesBin[]
}

function assemble(
  options: Required<Omit<SampleOptions, 'hostileText'>> & SampleOptions,
  measured: Measured,
): LabResult {
  const { seconds, ratePerSecond: rate, shareIndex, shareCount } = options
  const text = (plain: string): string => options.hostileText ?? plain
  const all = histogramOf(measured.latenciesUs)
  const none = new LatencyHistogram().encode()
  const total = seconds * rate
  const failed = measured.bins.reduce((sum, bin) => sum + bin.errors, 0)
  const durationMs = seconds * 1000
  return {
    format: 'evenkeel-lab-result',
    version: 1,
    id: `run-${options.seed}-${shareIndex}`,
    status: 'complete',
    meta: {
      name: text('Sign-up, log-in, profile'),
      startedAtEpochMs: Date.UTC(2026, 10, 21, 7, 40),
      durationMs,
      labVersion: '0.1.0',
      kind: 'run',
      versions: { node: '26.10.0', v8: '14.6.202.13' },
      machine: {
        hostname: text('bench-1'),
        platform: 'linux',
        release: '6.1.0',
        arch: 'x64',
        cpuModel: 'Example CPU',
        cpus: 2,
        memoryBytes: 8e9,
      },
      generators: [{ id: `g${shareIndex}`, hostname: `bench-${shareIndex + 1}`, shareIndex, shareCount }],
      labels: { revision: text('abc1234') },
    },
    plan: {
      model: 'open',
      target: text('http://127.0.0.1:3000'),
      scriptFile: 'script.yml',
      phases: [
        {
          name: 'warm up',
          kind: 'rate',
          startMs: 0,
          durationMs: durationMs / 3,
          arrivals: total / 3,
          arrivalRate: rate,
        },
        {
          name: text('load'),
          kind: 'rate',
          startMs: durationMs / 3,
          durationMs: (2 * durationMs) / 3,
          arrivals: (2 * total) / 3,
        },
      ],
      intendedArrivals: total * shareCount,
    },
    phases: [
      {
        index: 0,
        name: 'warm up',
        startMs: 0,
        endMs: durationMs / 3,
        intendedArrivals: total / 3,
        arrivals: total / 3,
        skipped: 0,
        late: 0,
      },
      {
        index: 1,
        name: text('load'),
        startMs: durationMs / 3,
        endMs: durationMs,
        intendedArrivals: (2 * total) / 3,
        arrivals: (2 * total) / 3,
        skipped: 0,
        late: 2,
      },
    ],
    scenarios: [
      { name: text('user flow'), created: total, completed: total - failed, failed, interrupted: 0, session: all },
    ],
    users: { intended: total, created: total, completed: total - failed, failed, skipped: 0, interrupted: 0 },
    requests: {
      sent: total,
      responses: total - failed,
      failed,
      bytesSent: total * 80,
      bytesReceived: total * 120,
      connections: total,
    },
    counters: { 'http.requests': total, 'vusers.created': total, [text('errors.ETIMEDOUT')]: failed },
    codes: { '200': total - failed - seconds, '404': seconds },
    errors: [
      {
        code: text('ETIMEDOUT'),
        message: text('no complete response within 10 s'),
        count: failed,
        firstMs: 9000,
        lastMs: durationMs - 1000,
      },
    ],
    latency: { latency: all, service: all, firstByte: all, body: none, wait: none, dns: none, connect: all, tls: none },
    custom: { [text('checkout.time')]: { ...all, unit: 'none' } },
    endpoints: measured.perEndpoint.map((histogram, index) => ({
      name: `${text('POST /endpoint-')}${index}`,
      method: 'POST',
      requests: histogram.count,
      responses: histogram.count,
      failed: 0,
      bytesReceived: histogram.count * 120,
      codes: { '200': histogram.count },
      errors: {},
      latency: histogram.encode(),
      service: histogram.encode(),
      firstByte: histogram.encode(),
    })),
    series: { binMs: 1000, bins: measured.bins },
    generator: {
      verdict: 'degraded',
      reasons: [{ code: 'send-lag', verdict: 'degraded', message: text('send lag p99 6.2 ms is above 2 ms') }],
      intendedArrivals: total,
      arrivals: total,
      sendLag: histogramOf(measured.latenciesUs.map((us) => us / 10)),
      eventLoopDelay: none,
      cpuMs: durationMs / 4,
      peakRssBytes: 120e6,
      gcMs: 40,
      samples: measured.bins.map((bin) => ({
        atMs: bin.startMs,
        eventLoopUtilization: 0.3,
        eventLoopDelayMaxUs: 900,
        cpuShare: 0.25,
        hostCpuShare: 0.5,
        rssBytes: 100e6,
        gcMs: 0.5,
        sendLagMaxUs: 700,
      })),
    },
    server: {
      pid: 4242,
      command: text('node server.js'),
      cpuMs: durationMs / 2,
      peakRssBytes: 90e6,
      samples: measured.bins.map((bin) => ({
        atMs: bin.startMs,
        cpuMs: bin.startMs / 2,
        rssBytes: 80e6 + bin.startMs,
      })),
    },
    markers: [
      { atMs: durationMs / 3, label: text('deployed v2'), kind: 'deployment', detail: text('revision abc1234') },
    ],
    checks: [
      {
        source: 'ensure',
        name: text('http.response_time.p95'),
        status: 'passed',
        strict: true,
        expected: '< 200',
        actual: '12',
      },
      {
        source: 'ensure',
        name: 'http.response_time.p99',
        status: 'failed',
        strict: true,
        expected: '< 10',
        actual: text('44'),
      },
      { source: 'expect', name: 'statusCode', status: 'failed', strict: false, passed: 10, failed: 2 },
    ],
    warnings: [text('the name "typo" is unknown in a template')],
  }
}

function histogramOf(values: readonly number[]): EncodedHistogram {
  const histogram = new LatencyHistogram()
  for (const value of values) histogram.record(value)
  return histogram.encode()
}
