import { test } from 'node:test'
import assert from 'node:assert/strict'
import { isLabError, LabError, requestPlan } from '../../src/index.ts'
import { parseComparison } from '../../src/compare/comparison-file.ts'
import type { ComparisonSettings } from '../../src/compare/comparison-result.ts'
import { compareServers, type CompareOptions } from '../../src/compare/compare-servers.ts'
import { createRandom } from '../../src/stats.ts'
import { ScriptedSide, scriptedLoad, type ScriptedBurst } from '../support/scripted-load.ts'

const settings: ComparisonSettings = {
  blocks: 20,
  warmUpBlocks: 1,
  burstMs: 1000,
  connections: 10,
  marginShare: 0.02,
  confidence: 0.95,
  seed: 5,
  restart: false,
}

function options(
  answer: (url: string, burst: number) => ScriptedBurst,
  changes: Partial<ComparisonSettings> = {},
): CompareOptions & { readonly a: ScriptedSide; readonly b: ScriptedSide; runLoad: ReturnType<typeof scriptedLoad> } {
  return {
    name: 'test',
    a: new ScriptedSide('a'),
    b: new ScriptedSide('b'),
    plan: { ...requestPlan({ url: '' }), durationMs: 1000 },
    settings: { ...settings, ...changes },
    isCalibration: false,
    runLoad: scriptedLoad(answer),
    signal: new AbortController().signal,
  }
}

/** A machine whose speed wanders; B answers `ratio` times as many requests. */
function wandering(ratio: number, seed = 3, noise = 0.05): (url: string, burst: number) => ScriptedBurst {
  const random = createRandom(seed)
  let speed = 0
  return (url, burst) => {
    if (burst % 2 === 0) speed += 0.2 * random.normal()
    const rate = 1000 * Math.exp(speed + noise * random.normal())
    return { requestRate: url === 'http://b' ? rate * ratio : rate }
  }
}

test('a change is found through the drift of the machine; the interval holds the truth', async () => {
  const comparison = await compareServers(options(wandering(0.8)))
  assert.equal(comparison.verdict.status, 'slower')
  const rate = comparison.metrics.find((metric) => metric.name === 'requestRate')
  assert.ok((rate?.estimate.low ?? 1) <= Math.log(0.8) && (rate?.estimate.high ?? -1) >= Math.log(0.8))
  assert.equal((await compareServers(options(wandering(1.3)))).verdict.status, 'faster')
})

test('equal servers are equivalent when the noise is small, inconclusive when it is not', async () => {
  const calm = await compareServers(options(wandering(1, 3, 0.002)))
  assert.equal(calm.verdict.status, 'equivalent')
  const wild = await compareServers(options(wandering(1, 4, 0.3)))
  assert.equal(wild.verdict.status, 'inconclusive')
  assert.ok((wild.verdict.wanted?.blocksForDifference ?? 0) > 20)
  assert.match(wild.verdict.reasons.join(), /smallest change these blocks would find/)
})

test('each block loads both sides once; two neighbouring blocks hold both orders; one seed gives one order', async () => {
  const first = options(wandering(1))
  const comparison = await compareServers(first)
  assert.equal(first.runLoad.urls.length, 2 * 21)
  const orders = comparison.blocks.map((block) => block.order)
  // With one warm-up block the pairs begin at the second measured block.
  for (let block = 1; block + 1 < orders.length; block += 2) assert.notEqual(orders[block], orders[block + 1])
  const again = await compareServers(options(wandering(1)))
  assert.deepEqual(
    again.blocks.map((block) => block.order),
    orders,
  )
  const other = await compareServers(options(wandering(1), { seed: 6 }))
  assert.notDeepEqual(
    other.blocks.map((block) => block.order),
    orders,
  )
})

test('an advantage of going first is no difference between the sides', async () => {
  const random = createRandom(8)
  const comparison = await compareServers(
    options((_url, burst) => ({ requestRate: 1000 * Math.exp((burst % 2 === 0 ? 0.1 : 0) + 0.01 * random.normal()) })),
  )
  assert.ok(['equivalent', 'inconclusive'].includes(comparison.verdict.status), comparison.verdict.sentence)
})

test('different failures void the comparison, whatever the rates say', async () => {
  const comparison = await compareServers(
    options((url) => (url === 'http://b' ? { requestRate: 2000, failed: 40 } : { requestRate: 1000 })),
  )
  assert.equal(comparison.verdict.status, 'inconclusive')
  assert.match(comparison.verdict.reasons.join(), /the two sides fail differently \(A 0\.00 %, B 1\.96 %\)/)
})

test('the same few failures on both sides do not', async () => {
  const comparison = await compareServers(
    options((url) => ({ requestRate: url === 'http://b' ? 2000 : 1000, failed: url === 'http://b' ? 20 : 10 })),
  )
  assert.equal(comparison.verdict.status, 'faster')
})

test('a comparison of errors is none', async () => {
  const comparison = await compareServers(options(() => ({ requestRate: 100, failed: 900 })))
  assert.match(comparison.verdict.reasons.join(), /most requests failed/)
})

test('when the generator is the limit, rates are not judged', async () => {
  const comparison = await compareServers(
    options((url) => ({ requestRate: url === 'http://b' ? 2000 : 1000, generator: 'limited' })),
  )
  assert.equal(comparison.verdict.status, 'inconclusive')
  assert.match(comparison.verdict.reasons.join(), /the generator was the limit in 100\.0 % of the bursts/)
})

test('with --restart each block has new servers, each warmed before the burst that counts, and all are stopped', async () => {
  const plans: string[] = []
  const restarting = options(wandering(1), { restart: true, blocks: 6, warmUpMs: 300, requestRate: 50 })
  const { runLoad } = restarting
  const comparison = await compareServers({
    ...restarting,
    plan: { ...requestPlan({ url: '', requestRate: 50 }), durationMs: 1000 },
    runLoad: (load) => {
      const { plan } = load
      if (plan.kind === 'request') plans.push(`${plan.url} ${plan.durationMs} ms at ${plan.requestRate ?? 'any'}`)
      return runLoad(load)
    },
  })
  assert.deepEqual([restarting.a.started, restarting.a.stopped, restarting.b.stopped], [7, 7, 7])
  assert.equal(plans.length, 7 * 4)
  for (let block = 0; block < 7; block++) {
    const [first = '', second = '', ...bursts] = plans.slice(block * 4, block * 4 + 4)
    const urls = [first, second].map((plan) => plan.split(' ')[0])
    // One request warms as fast as it is answered, whatever the rate of the bursts.
    assert.deepEqual(
      [first, second],
      urls.map((url) => `${url} 300 ms at any`),
    )
    assert.deepEqual(
      bursts,
      urls.map((url) => `${url} 1000 ms at 50`),
    )
    assert.deepEqual(new Set(urls), new Set(['http://a', 'http://b']))
  }
  for (const { warmUpRequests, a } of comparison.blocks) {
    assert.ok((warmUpRequests?.a ?? 0) > 0 && (warmUpRequests?.b ?? 0) > 0)
    assert.notEqual(warmUpRequests?.a, a.requests)
  }
})

test('with one start the servers are warmed once', async () => {
  const once = options(wandering(1), { blocks: 6, warmUpMs: 300 })
  const comparison = await compareServers(once)
  assert.deepEqual([once.a.started, once.a.stopped, once.b.stopped], [1, 1, 1])
  assert.equal(once.runLoad.urls.length, 2 + 2 * 7)
  assert.ok(comparison.blocks.every(({ warmUpRequests }) => warmUpRequests === undefined))
})

test('a server that runs already is neither started anew nor warmed, also beside one that is', async () => {
  const mixed = options(wandering(1), { restart: true, blocks: 6, warmUpMs: 300 })
  const theirs = new ScriptedSide('b', 'url')
  const comparison = await compareServers({ ...mixed, b: theirs })
  assert.deepEqual([mixed.a.started, mixed.a.stopped, theirs.started, theirs.stopped], [7, 7, 1, 1])
  assert.deepEqual(Object.keys(comparison.blocks[0]?.warmUpRequests ?? {}), ['a'])
  assert.match(comparison.caveats.join(), /B was one process for all blocks/)
})

test('a stop while a server starts keeps the blocks that were done; before the first there is nothing to judge', async () => {
  for (const blocksBefore of [4, 0]) {
    const controller = new AbortController()
    const stopping = options(wandering(0.5), { restart: true, blocks: 9, warmUpBlocks: 0 })
    stopping.b.onStart = () => {
      if (stopping.b.started <= blocksBefore) return
      controller.abort('SIGINT')
      throw new LabError('EK_LAB_SERVER_START', 'b was given up: SIGINT')
    }
    const comparing = compareServers({ ...stopping, signal: controller.signal })
    if (blocksBefore === 0)
      await assert.rejects(comparing, (error) => isLabError(error) && /before its first block/.test(error.message))
    else assert.equal((await comparing).blocks.length, blocksBefore)
    assert.equal(stopping.a.stopped, blocksBefore + 1)
  }
})

test('a comparison that is stopped is judged on the blocks that were done', async () => {
  const controller = new AbortController()
  const comparison = await compareServers({
    ...options(wandering(0.5)),
    signal: controller.signal,
    onBlock: (_block, done) => {
      if (done === 12) controller.abort('SIGINT')
    },
  })
  assert.equal(comparison.status, 'partial')
  assert.equal(comparison.blocks.length, 12)
  assert.equal(comparison.verdict.status, 'slower')
  assert.match(comparison.caveats.join(), /stopped after 12 of 20 blocks/)
})

test('a server that dies is an error with its last words, and the other one is stopped', async () => {
  const failing = options(wandering(1))
  failing.b.died = Promise.resolve('ended with code 3: out of memory')
  await assert.rejects(
    compareServers(failing),
    (error) =>
      isLabError(error) && error.code === 'EK_LAB_SERVER_DIED' && /b ended .* out of memory/.test(error.message),
  )
  assert.deepEqual([failing.a.stopped, failing.b.stopped], [1, 1])
})

test('a calibration says how often this machine would have raised a false alarm', async () => {
  const comparison = await compareServers({ ...options(wandering(1)), isCalibration: true })
  const [calibration] = comparison.calibrations ?? []
  assert.equal(calibration?.metric, 'requestRate')
  assert.equal(calibration.trustworthy, true)
  const biased = await compareServers({ ...options(wandering(0.8)), isCalibration: true })
  assert.equal(biased.calibrations?.[0]?.trustworthy, false)
})

test('at a planned rate latencies are compared, not rates', async () => {
  const comparison = await compareServers(options(wandering(0.5, 3, 0.01), { requestRate: 100 }))
  assert.deepEqual(
    comparison.metrics.filter((metric) => metric.role === 'headline').map((metric) => metric.name),
    ['latencyP50', 'latencyP95'],
  )
  assert.equal(comparison.verdict.status, 'slower')
})

test('a stored comparison reads back the same, unbounded intervals included', async () => {
  const comparison = await compareServers(options(wandering(1), { blocks: 3 }))
  assert.equal(comparison.metrics[0]?.estimate.low, -Infinity)
  assert.equal(comparison.metrics[0]?.verdict.minimumDetectableShare, Infinity)
  assert.deepEqual(
    parseComparison(JSON.stringify(comparison), 'x'),
    JSON.parse(JSON.stringify(comparison), (key, value: unknown) => {
      if (value !== null) return value
      return key === 'low' ? -Infinity : Infinity
    }),
  )
})
