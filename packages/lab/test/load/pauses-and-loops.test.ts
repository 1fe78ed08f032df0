import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { parseScript, runLoad } from '../../src/index.ts'
import { FakeClock } from '../support/fake-clock.ts'
import { SimulatedNetwork } from '../support/simulated-network.ts'
import { simulateFlow, type FlowOptions } from '../support/run-flow.ts'

async function gaps(flow: readonly unknown[], options: FlowOptions = {}): Promise<number[]> {
  const { sent } = await simulateFlow(flow, undefined, options)
  return sent.slice(1).map(({ atMs }, index) => atMs - (sent[index]?.atMs ?? 0))
}

const get = (url: string): unknown => ({ get: { url } })

suite('pauses', () => {
  test('are seconds, fractions included, or have a unit, or come from a variable', async () => {
    for (const [think, expectedMs] of [
      [0.5, 500],
      [2, 2000],
      ['500ms', 500],
      ['1.5s', 1500],
      ['{{ wait }}', 3000],
      ['0.25', 250],
    ] as const)
      assert.deepEqual(await gaps([get('/'), { think }, get('/')], { config: { variables: { wait: 3 } } }), [
        expectedMs,
      ])
  })

  test('vary by a jitter of percent or milliseconds', async () => {
    const repeated = [{ loop: [get('/'), { think: 1, jitter: '20%' }], count: 200 }]
    const seen = await gaps(repeated)
    assert.ok(seen.every((gap) => gap >= 799.9 && gap <= 1200.1))
    assert.ok(Math.max(...seen) - Math.min(...seen) > 200)
    const fixed = await gaps([{ loop: [get('/'), { think: 1 }], count: 100 }], {
      config: { http: { defaults: { think: { jitter: 100 } } } },
    })
    assert.ok(fixed.every((gap) => gap >= 899.9 && gap <= 1100.1))
    assert.ok(fixed.some((gap) => gap !== 1000))
  })

  test('that are no duration fail the user with the value', async () => {
    const { result } = await simulateFlow([{ think: '{{ soon }}' }], undefined, {
      config: { variables: { soon: 'soon' } },
    })
    assert.equal(result.users.failed, 1)
    assert.match(result.errors[0]?.message ?? '', /"soon" is no duration/)
  })
})

suite('loops', () => {
  async function paths(flow: readonly unknown[], options: FlowOptions = {}): Promise<string[]> {
    return (await simulateFlow(flow, undefined, options)).sent.map(({ path }) => path)
  }

  test('by count, by range, nested, and with names of their own', async () => {
    assert.deepEqual(await paths([{ loop: [get('/{{ $loopCount }}')], count: 3 }]), ['/0', '/1', '/2'])
    assert.deepEqual(await paths([{ loop: [get('/{{ i }}')], count: '9-12', loopValue: 'i' }]), ['/9', '/10', '/11'])
    assert.deepEqual(
      await paths([{ loop: [get('/{{ $loopCount }}')], count: '{{ n }}' }], { config: { variables: { n: 2 } } }),
      ['/0', '/1'],
    )
    const nested = { loop: [{ loop: [get('/{{ a }}{{ b }}')], count: 2, loopValue: 'b' }], count: 2, loopValue: 'a' }
    assert.deepEqual(await paths([nested]), ['/00', '/01', '/10', '/11'])
  })

  test('over a list, a variable, and over nothing', async () => {
    assert.deepEqual(await paths([{ loop: [get('/{{ $loopElement }}')], over: ['x', 'y'] }]), ['/x', '/y'])
    const options = { scenario: { variables: { pets: [['a', 'b']] } } }
    assert.deepEqual(
      await paths([{ loop: [get('/{{ pet }}{{ $loopCount }}')], over: 'pets', loopElement: 'pet' }], options),
      ['/a0', '/b1'],
    )
    assert.deepEqual(await paths([{ loop: [get('/')], over: 'missing' }]), [])
  })

  test('while a function says so, after each pass', async () => {
    const goOn = (context: { vars: { $loopCount: number } }, next: (again: boolean) => void): void =>
      next(context.vars.$loopCount < 2)
    assert.deepEqual(await paths([{ loop: [get('/{{ $loopCount }}')], whileTrue: 'goOn' }], { functions: { goOn } }), [
      '/0',
      '/1',
      '/2',
    ])
  })

  test('without a count end when the run is stopped', async () => {
    const controller = new AbortController()
    let passes = 0
    const flow = [{ loop: [get('/'), { think: 1 }] }]
    const { result } = await simulateFlow(flow, () => (++passes === 5 ? (controller.abort('test'), {}) : {}), {
      run: { signal: controller.signal },
    })
    assert.equal(passes, 5)
    assert.equal(result.status, 'partial')
    assert.equal(result.users.interrupted, 1)
  })
})

suite('conditions', () => {
  test('an expression over variables decides', async () => {
    const options = { config: { variables: { n: 5, name: 'x' } } }
    const flow = [
      { get: { url: '/yes', ifTrue: 'n > 3 and name == "x"' } },
      { get: { url: '/no', ifTrue: 'n > 7' } },
      { get: { url: '/missing', ifTrue: 'nothing == 1' } },
      { ...(get('/beside') as object), ifTrue: 'not missing' },
    ]
    const { sent } = await simulateFlow(flow, undefined, options)
    assert.deepEqual(
      sent.map(({ path }) => path),
      ['/yes', '/beside'],
    )
  })

  test('an expression that is none stops the run before anything is sent', async () => {
    await assert.rejects(simulateFlow([{ get: { url: '/', ifTrue: 'n >' } }]), {
      code: 'EK_LAB_TEMPLATE',
      message: /"n >"/,
    })
  })

  test('a probability of 100 is certain, of 0 is never, of 30 is about a third', async () => {
    const flow = [
      {
        loop: [
          { get: { url: '/a', probability: 100 } },
          { get: { url: '/b', probability: 0 } },
          { get: { url: '/c', probability: 30 } },
        ],
        count: 1000,
      },
    ]
    const { sent } = await simulateFlow(flow)
    const count = (path: string): number => sent.filter((request) => request.path === path).length
    assert.equal(count('/a'), 1000)
    assert.equal(count('/b'), 0)
    assert.ok(Math.abs(count('/c') - 300) < 75, String(count('/c')))
  })
})

suite('scenarios', () => {
  test('are chosen by weight; 0 is never chosen', async () => {
    const clock = new FakeClock()
    const script = await parseScript({
      config: { target: 'http://simulated.test', phases: [{ duration: 1, arrivalCount: 800 }], seed: 3 },
      scenarios: [
        { name: 'often', weight: 3, flow: [get('/')] },
        { name: 'seldom', flow: [get('/')] },
        { name: 'never', weight: 0, flow: [get('/')] },
      ],
    })
    const transport = new SimulatedNetwork(clock, () => ({}))
    const result = await clock.runUntil(runLoad({ plan: { kind: 'script', script }, clock, transport }))
    const created = Object.fromEntries(result.scenarios.map((scenario) => [scenario.name, scenario.created]))
    assert.ok(Math.abs((created['often'] ?? 0) - 600) < 60, JSON.stringify(created))
    assert.equal((created['often'] ?? 0) + (created['seldom'] ?? 0), 800)
    assert.equal(created['never'], undefined)
  })

  test('maxVusers skips arrivals over the cap and counts them', async () => {
    const { result } = await simulateFlow([{ think: 10 }], undefined, {
      config: { phases: [{ duration: 5, arrivalRate: 10, maxVusers: 4 }] },
    })
    assert.equal(result.users.created, 4)
    assert.equal(result.users.skipped, 46)
    assert.equal(result.phases[0]?.skipped, 46)
    assert.equal(result.counters['vusers.skipped'], 46)
    assert.ok(!result.generator.reasons.some(({ code }) => code === 'arrivals-missing'))
  })
})
