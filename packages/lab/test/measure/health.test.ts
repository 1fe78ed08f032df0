import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { judgeHealth, type HealthFacts } from '../../src/measure/judge-health.ts'
import { LatencyHistogram, type HealthSample } from '../../src/result.ts'

const calm: HealthSample = {
  atMs: 0,
  eventLoopUtilization: 0.3,
  eventLoopDelayMaxUs: 500,
  cpuShare: 0.3,
  hostCpuShare: 0.4,
  hostStealShare: 0,
  rssBytes: 1,
  gcMs: 0,
  sendLagMaxUs: 100,
}

function verdicts(facts: Partial<HealthFacts>, lagsMs: readonly number[] = [0.5]): string[] {
  const sendLag = new LatencyHistogram()
  for (const lag of lagsMs) sendLag.record(lag * 1000)
  const limits = { sendLagMs: 5, achievedPercent: 99 }
  const all = { intended: 100, arrivals: 100, paced: true, sendLag, samples: [calm], portErrors: 0, limits, ...facts }
  return judgeHealth(all).map(({ code, verdict }) => `${code} ${verdict}`)
}

suite('the health verdict', () => {
  test('is silent for a run that went as planned', () => {
    assert.deepEqual(verdicts({}), [])
  })

  test('missing starts and very late ones mean that the generator was the limit', () => {
    assert.deepEqual(verdicts({ arrivals: 98 }), ['arrivals-missing limited'])
    assert.deepEqual(verdicts({}, [100, 200]), ['send-lag limited'])
    assert.deepEqual(verdicts({ portErrors: 3 }), ['ports-exhausted limited'])
  })

  test('slightly late starts, a busy loop, a busy or stolen machine degrade', () => {
    assert.deepEqual(verdicts({}, [8]), ['send-lag degraded'])
    assert.deepEqual(verdicts({ intended: 1000, arrivals: 994 }), ['arrivals-missing degraded'])
    assert.deepEqual(verdicts({ intended: 1000, arrivals: 995 }), [])
    const busy = Array.from({ length: 3 }, () => ({
      ...calm,
      eventLoopUtilization: 0.95,
      hostCpuShare: 0.95,
      hostStealShare: 0.2,
    }))
    assert.deepEqual(verdicts({ samples: busy }), [
      'event-loop-busy degraded',
      'host-cpu degraded',
      'host-steal degraded',
    ])
  })

  test('one late start among a few says nothing, many do', () => {
    assert.deepEqual(verdicts({}, [0.1, 0.1, 0.1, 400]), [])
    const many = [...Array.from({ length: 300 }, () => 0.1), ...Array.from({ length: 20 }, () => 400)]
    assert.deepEqual(verdicts({}, many), ['send-lag limited'])
  })

  test('what had no free connection is the doing of the server, unless the generator was busy itself', () => {
    const facts = { intended: 500, arrivals: 167, blocked: 333 }
    assert.deepEqual(verdicts(facts), ['connections-busy degraded'])
    assert.deepEqual(verdicts({ ...facts, blocked: 20 }), ['arrivals-missing limited'])
    const busy = { ...calm, eventLoopUtilization: 0.95 }
    assert.deepEqual(verdicts({ ...facts, samples: [busy, busy] }), ['arrivals-missing limited'])
  })

  test('two busy seconds are an accident; a closed run is meant to be busy', () => {
    const busy = { ...calm, eventLoopUtilization: 0.95 }
    assert.deepEqual(verdicts({ samples: [busy, busy, calm, busy, busy] }), [])
    assert.deepEqual(verdicts({ samples: [busy, busy, busy], paced: false }), [])
  })
})
