import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { simulateFlow } from '../support/run-flow.ts'
import { runFlow } from '../support/run-flow.ts'
import { startServer } from '../support/test-server.ts'

const json = { zero: 0, no: false, nothing: null, empty: '', pets: [{ id: 1 }, { id: 2 }, { id: 3 }], one: [{ id: 9 }] }

function capture(
  spec: Record<string, unknown>,
  options: Record<string, unknown> = {},
): ReturnType<typeof simulateFlow> {
  return simulateFlow(
    [{ get: { url: '/', capture: { as: 'v', ...spec } } }, { get: { url: '/{{ v }}' } }],
    () => ({ json, headers: { 'x-id': 'h1' } }),
    options,
  )
}

suite('captures', () => {
  test('JSON values: null, 0 and false are found', async () => {
    for (const [path, expected] of [
      ['$.zero', '/0'],
      ['$.no', '/false'],
      ['$.nothing', '/null'],
      ['$.one[0].id', '/9'],
    ] as const)
      assert.equal((await capture({ json: path })).sent[1]?.path, expected)
  })

  test('one of several hits at random, or all of them', async () => {
    const chosen = (await capture({ json: '$.pets[*].id' })).sent[1]?.path ?? ''
    assert.ok(['/1', '/2', '/3'].includes(chosen), chosen)
    assert.equal((await capture({ json: '$.pets[*].id', multiple: false })).sent[1]?.path, '/[1,2,3]')
  })

  test('headers, regular expressions with groups and flags, and nested names', async () => {
    assert.equal((await capture({ header: 'X-Id' })).sent[1]?.path, '/h1')
    assert.equal((await capture({ regexp: 'ZERO":(\\d)', flags: 'i', group: 1 })).sent[1]?.path, '/0')
    assert.equal((await capture({ regexp: 'zero":(?<digit>\\d)', group: 'digit' })).sent[1]?.path, '/0')
    const { sent } = await simulateFlow(
      [{ get: { url: '/', capture: { json: '$.one', as: 'a.b' } } }, { get: { url: '/{{ a.b[0].id }}' } }],
      () => ({ json }),
    )
    assert.equal(sent[1]?.path, '/9')
  })

  test('HTML attributes by selector, and XML by XPath', async () => {
    await using server = await startServer((request, response) => {
      if (request.url === '/xml') response.end('<a><b id="1">first</b><b id="2">second</b></a>')
      else response.end('<a class="x" href="/one"></a><a class="x" href="/two"></a>')
    })
    const result = await runFlow(server.url, [
      {
        get: {
          url: '/',
          capture: { selector: 'a.x', attr: 'href', as: 'first' },
          match: [{ selector: 'a.x', attr: 'href', index: 'last', value: '/two' }],
        },
      },
      {
        get: {
          url: '/xml',
          capture: { xpath: '//b[@id="2"]', as: 'second' },
          match: { xpath: '//b[@id="2"]', value: 'second' },
        },
      },
      { get: { url: '{{ first }}', match: { header: 'x', value: 'never', strict: false } } },
    ])
    assert.deepEqual(result.errors, [])
  })

  test('a strict failure ends the user before the next step, counted once, and says what was not found', async () => {
    const { result, sent } = await simulateFlow(
      [
        {
          get: {
            url: '/',
            capture: [
              { json: '$.missing', as: 'a' },
              { json: '$.empty', as: 'b' },
              { json: '$.zero', as: 'c' },
            ],
          },
        },
        { get: { url: '/next' } },
      ],
      () => ({ json }),
    )
    assert.equal(sent.length, 1)
    assert.deepEqual(
      result.errors.map(({ code, count }) => [code, count]),
      [['Failed capture or match', 1]],
    )
    assert.match(result.errors[0]?.message ?? '', /json \$\.missing.*json \$\.empty/)
    assert.equal(result.users.failed, 1)
  })

  test('without strictness the user goes on', async () => {
    assert.equal((await capture({ json: '$.missing', strict: false })).sent.length, 2)
    assert.equal(
      (await capture({ json: '$.missing' }, { config: { http: { defaults: { strictCapture: false } } } })).sent.length,
      2,
    )
  })

  test('a body that is no JSON fails with the reason', async () => {
    const { result } = await simulateFlow([{ get: { url: '/', capture: { json: '$.a', as: 'a' } } }], () => ({}))
    assert.match(result.errors[0]?.message ?? '', /nothing captured by json \$\.a: .*JSON/)
  })
})

suite('matches', () => {
  test('compare without turning types into one another', async () => {
    const run = (value: unknown): ReturnType<typeof simulateFlow> =>
      simulateFlow([{ get: { url: '/', match: { json: '$.zero', value } } }], () => ({ json }), {
        config: { variables: { n: 0, s: '0' } },
      })
    assert.equal((await run('{{ n }}')).result.users.completed, 1)
    const { result } = await run('{{ s }}')
    assert.equal(result.users.failed, 1)
    assert.match(result.errors[0]?.message ?? '', /json \$\.zero is 0, expected 0/)
  })
})
