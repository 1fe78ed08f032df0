import { users, type ScriptGroup } from '../script-group.ts'
import { exampleGroups } from './examples.ts'
import { tokenGroups } from './tokens-and-overrides.ts'

const target = 'http://other.test'

function flow(steps: readonly object[], config: object = {}, count = 2): object {
  return { config: { target, phases: users(count), ...config }, scenarios: [{ flow: steps }] }
}

const animals = ['/dino', '/pony', '/armadillo'].map((url) => ({ get: { url } }))

function ensured(name: string, ensure: object): ScriptGroup['runs'][number] {
  return {
    name,
    script: {
      config: { target, phases: users(2), processor: './histogram.js' },
      scenarios: [
        {
          name: 'odd Plug$n metrics.p99. (a1rb)',
          flow: [{ get: { url: '/', beforeRequest: 'record' } }, { get: { url: '/none' } }],
        },
      ],
    },
    files: {
      'histogram.js': `module.exports = {
        record(request, context, events, next) {
          events.emit('histogram', 'own.Plug$n (a1rb)', 21)
          events.emit('counter', 'own.counter', 2)
          next()
        },
      }`,
    },
    args: ['-t', '__HTTP__', '--overrides', JSON.stringify({ config: { plugins: { ensure } } })],
  }
}

const upload = {
  post: {
    url: '/upload',
    formData: {
      name: 'Own',
      logo: { fromFile: './files/logo.jpg' },
      guide: { fromFile: './files/{{ filename }}' },
    },
  },
}

const uploadFiles = { 'files/logo.jpg': 'not really a picture', 'files/guide.pdf': 'not really a guide' }

/** The built-in plugins, uploads, and the examples that people start from. */
export const pluginAndExampleGroups: readonly ScriptGroup[] = [
  {
    number: 46,
    title: 'expect',
    runs: [
      {
        name: 'that holds',
        script: flow(
          [
            {
              get: {
                name: 'all pets',
                url: '/pets',
                expect: [
                  { contentType: 'json' },
                  { statusCode: 200 },
                  { hasProperty: 'result' },
                  { matchesRegexp: '.+' },
                ],
              },
            },
            { post: { name: 'create', url: '/pets', json: { name: 'Tiki' }, expect: { statusCode: [301, 201] } } },
            {
              get: {
                url: '/pets/1',
                capture: [{ json: '$.result.0.name', as: 'name' }],
                expect: { statusCode: 200, contentType: 'json', equals: ['{{ name }}', 'Luna'] },
              },
            },
            {
              get: {
                url: '/none',
                expect: [{ statusCode: 404 }, { hasProperty: 'title' }, { notHasProperty: 'other' }],
              },
            },
            { get: { name: 'by row', url: '{{ url }}', expect: { statusCode: '{{ statusCode }}' } } },
            { get: { url: '/header', expect: [{ hasHeader: 'x-auth' }, { headerEquals: ['x-auth', 'secret'] }] } },
            { get: { url: '/none', expect: [{ notStatusCode: 500 }] } },
          ],
          {
            plugins: { expect: {} },
            payload: [{ path: './urls.csv', fields: ['url', 'statusCode'], order: 'sequence' }],
            ensure: { maxErrorRate: 0 },
          },
          1,
        ),
        files: { 'urls.csv': '/pony,200\n' },
      },
      {
        name: 'that fails',
        script: flow([{ get: { url: '/none', expect: [{ statusCode: 200 }] } }], { plugins: { expect: {} } }),
      },
      {
        name: 'whose failures are errors',
        script: flow(
          [{ get: { name: 'unicorns', url: '/none', expect: [{ statusCode: 200 }] } }, { get: { url: '/' } }],
          {
            plugins: { expect: { reportFailuresAsErrors: true, useOnlyRequestNames: true } },
          },
        ),
      },
      {
        name: 'in parallel',
        script: flow(
          [
            {
              parallel: [
                { get: { url: '/dino', expect: [{ statusCode: 200 }] } },
                { get: { url: '/pony', expect: [{ statusCode: 200 }] } },
                { get: { url: '/none', expect: [{ statusCode: 404 }] } },
              ],
            },
          ],
          { plugins: { expect: {} } },
        ),
      },
    ],
  },
  {
    number: 47,
    title: 'ensure',
    runs: [
      ensured('thresholds that hold', { thresholds: [{ 'http.response_time.p99': 10_000 }, { 'own.counter': 5 }] }),
      ensured('thresholds that fail', { thresholds: [{ 'http.response_time.p99': 10_000 }, { 'own.counter': 4 }] }),
      ensured('conditions on odd names', {
        conditions: [
          { expression: 'http.response_time.p95 < 10000 and vusers.created == 2' },
          { expression: 'vusers.created_by_name.odd Plug$n metrics.p99. (a1rb) == 2' },
        ],
      }),
      ensured('conditions on odd histograms', {
        thresholds: [{ 'own.Plug$n (a1rb).p99': 25 }],
        conditions: [{ expression: 'http.codes.404 < 1' }],
      }),
      ensured('an advisory condition', { conditions: [{ expression: 'http.requests < 1', strict: false }] }),
      ensured('maxErrorRate', { maxErrorRate: 0, p95: 10_000 }),
    ],
  },
  {
    number: 48,
    title: 'figures by endpoint',
    runs: [
      { name: 'by address', script: flow(animals.slice(0, 2), { plugins: { 'metrics-by-endpoint': {} } }) },
      { name: 'in parallel', script: flow([{ parallel: animals }], { plugins: { 'metrics-by-endpoint': {} } }) },
      {
        name: 'without the query, named',
        script: flow(
          [
            { get: { url: '/dino/random-{{ $randomString(4) }}?potato=1', name: 'a dino' } },
            { get: { url: '/armadillo?tomato=2' } },
            { get: { url: '/pony' } },
          ],
          { plugins: { 'metrics-by-endpoint': { stripQueryString: true } } },
        ),
      },
      {
        name: 'by name alone',
        script: flow([{ get: { url: '/dino/1', name: 'a dino' } }, { get: { url: '/pony' } }], {
          plugins: { 'metrics-by-endpoint': { useOnlyRequestNames: true } },
        }),
      },
    ],
  },
  {
    number: 49,
    title: 'apdex',
    runs: [
      {
        name: 'default threshold',
        script: flow([{ get: { url: '/' } }, { get: { url: '/none' } }], { plugins: { apdex: {} } }),
      },
      {
        name: 'slow answers',
        script: flow([{ get: { url: '/hold/300' } }, { get: { url: '/hold/1000' } }, { get: { url: '/' } }], {
          plugins: { apdex: {} },
          apdex: { threshold: 200 },
        }),
      },
    ],
  },
  {
    number: 50,
    title: 'uploads',
    runs: [
      {
        script: {
          config: { target, phases: users(1), variables: { filename: ['guide.pdf'] } },
          scenarios: [{ name: 'Hello', flow: [upload] }],
        },
        files: uploadFiles,
      },
    ],
  },
  ...exampleGroups,
  ...tokenGroups,
]
