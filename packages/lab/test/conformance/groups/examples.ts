import { flow as flowOf, otherTarget as target, users, type ScriptGroup } from '../script-group.ts'

function flow(steps: readonly object[], config: object = {}): object {
  return flowOf(steps, config, 2)
}

const newUser = [
  {
    post: {
      url: '/users',
      json: { username: 'new-user' },
      capture: [{ json: '$.id', as: 'id' }],
      expect: [{ statusCode: 201 }, { contentType: 'json' }, { hasProperty: 'username' }, { equals: ['new-user'] }],
    },
  },
  { get: { url: '/users/{{ id }}', expect: [{ statusCode: 200 }, { hasProperty: 'username' }] } },
  { delete: { url: '/users/{{ id }}', expect: [{ statusCode: 204 }] } },
]

/** What the examples of the original show, as scripts of our own. */
export const exampleGroups: readonly ScriptGroup[] = [
  {
    number: 51,
    title: 'functional tests, cookies, weights, own metrics, uploads, WebSocket',
    runs: [
      {
        name: 'functional tests without phases',
        script: {
          config: {
            target,
            environments: {
              load: { phases: [{ duration: 10, arrivalRate: 25 }] },
              functional: { plugins: { expect: {} } },
            },
          },
          scenarios: [{ flow: newUser }],
        },
        args: ['-e', 'functional', '-t', '__HTTP__'],
      },
      {
        name: 'cookies',
        script: flow(
          [
            { post: { url: '/login', json: { email: '{{ email }}', password: 'secret' } } },
            { get: { url: '/account', match: { json: '$.user.cookie', value: 'testCookie=crumb' } } },
            { post: { url: '/set-state', cookie: { state: 'online' } } },
            {
              get: {
                url: '/account',
                match: { json: '$.user.cookie', value: 'testCookie=crumb; state=online', strict: false },
              },
            },
          ],
          { variables: { email: ['one@own.test'] } },
        ),
      },
      {
        name: 'weights',
        script: {
          config: { target, seed: 7, phases: [{ duration: 2, arrivalRate: 100 }] },
          scenarios: [
            { name: 'common', weight: 6, flow: [{ get: { url: '/common' } }] },
            { name: 'average', weight: 3, flow: [{ get: { url: '/average' } }] },
            { name: 'rare', weight: 1, flow: [{ get: { url: '/rare' } }] },
            { name: 'never', weight: 0, flow: [{ get: { url: '/never' } }] },
          ],
        },
        tolerance: 0.55,
      },
      {
        name: 'own metrics',
        script: {
          config: { target, phases: users(3), processor: './metrics.js' },
          scenarios: [{ afterResponse: 'track', flow: [{ get: { url: '/timed' } }] }],
        },
        files: {
          'metrics.js': `module.exports = {
            track(request, response, context, events, done) {
              events.emit('counter', 'tracked', 1)
              events.emit('histogram', 'own_latency', Number(/dur=([\\d.]+)/.exec(response.headers['server-timing'])[1]))
              return done()
            },
          }`,
        },
      },
      {
        name: 'uploads',
        script: flow([{ post: { url: '/upload', formData: { document: { fromFile: './files/{{ filename }}' } } } }], {
          variables: { filename: ['picture.png'] },
        }),
        files: { 'files/picture.png': 'not really a picture' },
      },
      {
        name: 'WebSocket',
        script: {
          config: { target: 'ws://other.test', phases: users(4), processor: './functions.js' },
          scenarios: [
            { name: 'object', engine: 'ws', flow: [{ function: 'score' }, { send: '{{ data }}' }, { send: 'Own' }] },
          ],
        },
        files: {
          'functions.js': `module.exports = {
            score(context, events, done) { context.vars.data = { score: 7 }; return done() },
          }`,
        },
        args: ['-t', '__WS__/'],
      },
    ],
  },
  {
    number: 52,
    title: 'a table of tests',
    runs: [
      {
        script: {
          config: {
            target,
            payload: [{ path: './table.csv', fields: ['url', 'code'], loadAll: true, name: 'data' }],
            plugins: { expect: {} },
          },
          scenarios: [
            {
              flow: [
                {
                  loop: [
                    {
                      get: {
                        url: '{{ $loopElement.url }}',
                        followRedirect: false,
                        expect: { statusCode: '{{ $loopElement.code }}' },
                      },
                    },
                  ],
                  over: 'data',
                },
              ],
            },
          ],
        },
        files: { 'table.csv': '/dino,200\n/none,404\n/redirects,302\n' },
      },
      { name: 'with redirects', script: flow([{ get: { url: '/redirects' } }]) },
    ],
  },
  {
    number: 53,
    title: 'pages of a site from a file',
    runs: [
      {
        script: {
          config: {
            target,
            phases: [{ arrivalCount: 6, duration: 2 }],
            payload: [{ path: './csv/urls.csv', fields: ['url'], order: 'sequence' }],
            plugins: { ensure: { maxErrorRate: 0 }, expect: { reportFailuresAsErrors: true } },
          },
          scenarios: [
            {
              flow: [
                { loop: [{ get: { url: '{{ url }}', expect: { statusCode: 200 } } }, { think: '10ms' }], count: 10 },
              ],
            },
          ],
        },
        files: { 'csv/urls.csv': '/dino\n/pony\n/common\n' },
      },
    ],
  },
]
