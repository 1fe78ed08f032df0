import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { parseScript, runLoad } from '../../src/index.ts'
import { FakeClock } from '../support/fake-clock.ts'
import { SimulatedNetwork } from '../support/simulated-network.ts'
import { simulateFlow } from '../support/run-flow.ts'
import { LatencyHistogram } from '../../src/result.ts'

type Vars = Record<string, unknown>
interface Context {
  vars: Vars
  scenario: { name: string }
}
interface Events {
  emit(...args: unknown[]): boolean
}
type Done = (error?: unknown) => void

suite('processor functions', () => {
  test('run before and after scenarios and requests, with callbacks, promises or plainly', async () => {
    const calls: string[] = []
    const functions = {
      start: (context: Context, _events: Events, done: Done) => {
        context.vars['id'] = 7
        calls.push(`start ${context.scenario.name}`)
        setImmediate(done)
      },
      addId: async (params: { headers: Vars; json?: unknown }, context: Context) => {
        params.headers['x-id'] = '{{ id }}'
        params.json = { id: context.vars['id'] }
        await Promise.resolve()
      },
      keep: (
        _params: unknown,
        response: { statusCode: number; body: string },
        context: Context,
        _events: Events,
        done: Done,
      ) => {
        calls.push(`after ${response.statusCode} ${response.body}`)
        context.vars['seen'] = JSON.parse(response.body)
        done()
      },
      step: (context: Context) => {
        calls.push(`step ${JSON.stringify(context.vars['seen'])}`)
      },
      end: async () => {
        calls.push('end')
      },
    }
    const { sent, result } = await simulateFlow(
      [{ post: { url: '/{{ id }}', beforeRequest: 'addId', afterResponse: ['keep'] } }, { function: 'step' }],
      () => ({ json: { ok: 1 } }),
      { scenario: { beforeScenario: 'start', afterScenario: ['end'] }, functions },
    )
    assert.deepEqual(result.errors, [])
    assert.deepEqual(calls, ['start test', 'after 200 {"ok":1}', 'step {"ok":1}', 'end'])
    assert.equal(sent[0]?.path, '/7')
    assert.equal(sent[0]?.headers['x-id'], '7')
    assert.equal(sent[0]?.body, '{"id":7}')
  })

  test('a hook may change the address, and its change does not reach the next user', async () => {
    const functions = {
      change: (params: { url: string }) => {
        params.url = `${params.url}!`
      },
    }
    const { sent } = await simulateFlow([{ get: { url: '/a', beforeRequest: 'change' } }], undefined, {
      functions,
      users: 3,
    })
    assert.deepEqual(
      sent.map(({ path }) => path),
      ['/a!', '/a!', '/a!'],
    )
  })

  test('counters, rates and histograms become figures of the run', async () => {
    const functions = {
      measure: (_context: Context, events: Events) => {
        events.emit('counter', 'bought', 2)
        events.emit('rate', 'views')
        events.emit('histogram', 'price', 12.5)
        events.emit('customStat', { stat: 'size', value: 3 })
      },
    }
    const { result } = await simulateFlow([{ function: 'measure' }], undefined, { functions, users: 2 })
    assert.equal(result.counters['bought'], 4)
    assert.equal(result.counters['views'], 2)
    const price = result.custom['price']
    assert.ok(price)
    assert.equal(LatencyHistogram.decode(price).percentile(50), 12_500)
    assert.equal(result.custom['size']?.count, 2)
  })

  test('a failed user runs onError hooks and not afterScenario', async () => {
    const calls: string[] = []
    const functions = {
      broken: (_context: Context, _events: Events, done: Done) =>
        done(Object.assign(new Error('no luck'), { code: 'EBAD' })),
      failed: (error: Error) => {
        calls.push(error.message)
      },
      end: () => {
        calls.push('end')
      },
    }
    const { result } = await simulateFlow([{ function: 'broken' }], undefined, {
      functions,
      scenario: { onError: 'failed', afterScenario: 'end' },
    })
    assert.deepEqual(calls, ['no luck'])
    assert.equal(result.counters['errors.EBAD'], 1)
  })

  test('a function that is not there is an error of the step, and the user goes on', async () => {
    const { result, sent } = await simulateFlow([{ function: 'missing' }, { get: { url: '/' } }])
    assert.equal(sent.length, 1)
    assert.equal(result.users.completed, 1)
    assert.equal(result.counters['errors.Undefined function "missing"'], 1)
  })

  test('the time that a function takes is not the time of the server', async () => {
    const clock = new FakeClock()
    const slow = (_context: Context, _events: Events, done: Done): void => void clock.schedule(2000, done)
    const script = await parseScript({
      config: { target: 'http://simulated.test', phases: [{ duration: 1, arrivalCount: 1 }] },
      scenarios: [{ beforeScenario: 'slow', flow: [{ function: 'slow' }, { get: { url: '/' } }] }],
      slow,
    })
    const transport = new SimulatedNetwork(clock, () => ({ delayMs: 40 }))
    const result = await clock.runUntil(runLoad({ plan: { kind: 'script', script }, clock, transport }))
    assert.equal(result.latency.latency.max, 40_000)
    assert.equal(result.scenarios[0]?.session.max, 4_040_000)
  })

  test('log steps print filled text', async () => {
    const lines: string[] = []
    await simulateFlow([{ log: 'hello {{ name }}' }], undefined, {
      config: { variables: { name: 'Kim' } },
      run: { onLog: (text) => lines.push(text) },
    })
    assert.deepEqual(lines, ['hello Kim'])
  })
})

suite('before and after', () => {
  test('run once, outside the figures; what before captures is known to every user', async () => {
    const clock = new FakeClock()
    const network = new SimulatedNetwork(clock, ({ path }) => ({ json: path === '/login' ? { token: 't1' } : {} }))
    const script = await parseScript({
      config: { target: 'http://simulated.test', phases: [{ duration: 1, arrivalCount: 2 }] },
      before: { flow: [{ post: { url: '/login', capture: { json: '$.token', as: 'token' } } }] },
      after: { flow: [{ get: { url: '/logout/{{ token }}' } }] },
      scenarios: [{ flow: [{ get: { url: '/{{ token }}' } }] }],
    })
    const result = await clock.runUntil(runLoad({ plan: { kind: 'script', script }, clock, transport: network }))
    assert.deepEqual(
      network.sent.map(({ path }) => path),
      ['/login', '/t1', '/t1', '/logout/t1'],
    )
    assert.equal(result.requests.sent, 2)
  })
})
