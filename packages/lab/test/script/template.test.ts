import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { fillTemplates, type TemplateScope } from '../../src/script/template.ts'
import { builtInFunctions } from '../../src/script/template-functions.ts'
import { seededRandom } from '../../src/util/random.ts'

function scope(vars: Record<string, unknown>, more: Partial<TemplateScope> = {}): TemplateScope {
  return { vars, functions: builtInFunctions(seededRandom(1)), ...more }
}

suite('templates', () => {
  test('a text that is one template keeps the type of its value', () => {
    const vars = { number: 7, flag: false, nothing: null, list: [1], record: { a: 1 } }
    for (const [name, value] of Object.entries(vars))
      assert.deepEqual(fillTemplates(`{{ ${name} }}`, scope(vars)), value)
    assert.equal(fillTemplates('{{{ number }}}', scope(vars)), 7)
    assert.equal(fillTemplates(' {{ number }}', scope(vars)), ' 7')
  })

  test('inside a longer text objects are JSON, null and undefined are words', () => {
    const vars = { record: { a: 1 }, nothing: null }
    assert.equal(fillTemplates('<{{ record }}|{{ nothing }}|{{ missing }}>', scope(vars)), '<{"a":1}|null|undefined>')
  })

  test('values keep their dollar signs and are not filled again', () => {
    const vars = { money: '$$ $& $1', self: '{{ self }}' }
    assert.equal(fillTemplates('a {{ money }} b', scope(vars)), 'a $$ $& $1 b')
    assert.equal(fillTemplates('a {{ self }} b', scope(vars)), 'a {{ self }} b')
  })

  test('paths reach into lists and quoted names', () => {
    const vars = { user: { tags: ['x', 'y'], 'full name': 'Ann' } }
    assert.equal(fillTemplates('{{ user.tags[1] }}', scope(vars)), 'y')
    assert.equal(fillTemplates("{{ user['full name'] }}", scope(vars)), 'Ann')
  })

  test('prototypes cannot be reached', () => {
    assert.equal(fillTemplates('{{ constructor.name }}', scope({})), undefined)
    assert.equal(fillTemplates('{{ a.__proto__.x }}', scope({ a: {} })), undefined)
  })

  test('functions take negative, decimal and quoted arguments', () => {
    const number = Number(fillTemplates('{{ $randomNumber(-5, -3) }}', scope({})))
    assert.ok(number >= -5 && number <= -3 && Number.isInteger(number), String(number))
    const fraction = Number(fillTemplates('{{ $randomNumber(0.25, 0.5) }}', scope({})))
    assert.ok(fraction >= 0.25 && fraction < 0.5, String(fraction))
    const functions = { $join: (...args: readonly (string | number)[]) => args.join('+') }
    assert.equal(fillTemplates(`{{ $join('a, b', "c", d) }}`, scope({}, { functions })), 'a, b+c+d')
    assert.match(String(fillTemplates('{{ $randomString(12) }}', scope({}))), /^[A-Za-z0-9]{12}$/)
  })

  test('what a function gives is text, also where it stands alone', () => {
    assert.deepEqual(fillTemplates({ age: '{{ $randomNumber(7, 7) }}' }, scope({})), { age: '7' })
  })

  test('what is no template stays as it is', () => {
    for (const text of ['{{ a + b }}', '{{}}', '{{ $f( }}', '{ a }', 'query { x }'])
      assert.equal(fillTemplates(text, scope({ a: 1 })), text)
  })

  test('a name without a value is told of; NaN is empty', () => {
    const missing: string[] = []
    fillTemplates('{{ token }}', scope({}, { onUndefined: (name) => missing.push(name) }))
    assert.deepEqual(missing, ['token'])
    assert.equal(fillTemplates('{{ n }}', scope({ n: Number.NaN })), '')
  })

  test('records are filled with their keys, and lists', () => {
    const filled = fillTemplates({ '{{ k }}': ['{{ v }}', 1] }, scope({ k: 'name', v: true }))
    assert.deepEqual(filled, { name: [true, 1] })
  })
})
