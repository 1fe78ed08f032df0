import { users, type ScriptGroup } from '../script-group.ts'

const target = 'http://other.test'

function flow(steps: readonly object[], config: object = {}, count = 2): object {
  return { config: { target, phases: users(count), ...config }, scenarios: [{ flow: steps }] }
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

const starterKit = {
  version: 1,
  config: {
    target: 'http://production.test',
    phases: [
      { name: 'Warming up', duration: 1, arrivalRate: 2 },
      { name: 'Mild', duration: 2, rampTo: 6 },
      { name: 'Load', duration: 1, arrivalRate: 3, maxVusers: 100 },
    ],
    payload: { path: './users.csv', fields: ['firstName', 'lastName'], order: 'sequence', skipHeader: true },
    ensure: { p95: 5000, maxErrorRate: 1 },
    defaults: {
      headers: {
        'x-api-key': '{{ $processEnvironment.OWN_KEY }}',
        'Content-Type': 'application/json',
        Accept: 'application/json',
      },
    },
    tls: { rejectUnauthorized: false },
    http: { pool: 10, timeout: 15, maxSockets: 6 },
    environments: { local: { target: '__HTTP__' } },
    variables: { postcode: ['SE1'] },
    processor: './base.js',
  },
  scenarios: [
    {
      flow: [
        { function: 'randomData' },
        { get: { url: '/pets', qs: { first: '{{ firstName }}', postcode: '{{ postcode }}' }, afterResponse: 'look' } },
        { post: { url: '/pets', json: { id: '{{ id }}', last: '{{ lastName }}' } } },
      ],
    },
  ],
}

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
  {
    number: 54,
    title: 'tokens, headers, overrides, a starter kit',
    runs: [
      {
        name: 'a token that is refreshed',
        script: {
          config: { target, processor: './refresh.mjs' },
          scenarios: [
            {
              beforeRequest: 'refresh',
              flow: ['/dino', '/pony', '/armadillo'].map((url) => ({
                get: { url, headers: { 'x-auth-token': '{{ token }}' } },
              })),
            },
          ],
        },
        files: {
          'refresh.mjs': `export async function refresh(request, context) {
            context.vars.uses = (context.vars.uses ?? 0) + 1
            if (context.vars.uses % 2 === 1) context.vars.token = 'token-' + context.vars.uses
          }`,
        },
      },
      {
        name: 'shared and own tokens',
        script: {
          config: { target, phases: users(4), processor: './helpers.js' },
          before: { flow: [{ function: 'shared' }] },
          scenarios: [
            {
              flow: [
                { function: 'own' },
                { log: 'user {{ $uuid }}' },
                {
                  get: {
                    url: '/',
                    headers: { 'x-one': '{{ sharedToken }}', 'x-two': '{{ ownToken }}', 'x-three': '{{ $uuid }}' },
                  },
                },
              ],
            },
          ],
        },
        files: {
          'helpers.js': `module.exports = {
            shared(context, events, done) { context.vars.sharedToken = 'shared'; return done() },
            own(context, events, done) { context.vars.ownToken = 'own-' + context.vars.sharedToken; return done() },
          }`,
        },
      },
      {
        name: 'a header from a hook',
        script: flow(
          [
            {
              get: {
                url: '/',
                qs: { foo: 'bar' },
                headers: { accept: 'application/json' },
                beforeRequest: 'setHeader',
              },
            },
          ],
          { processor: './helpers.js' },
        ),
        files: {
          'helpers.js': `module.exports = {
            setHeader(request, context, events, next) { setTimeout(() => { request.headers['x-own'] = 'late'; next() }, 10) },
          }`,
        },
      },
      {
        name: 'a GET with a body',
        script: flow([
          { get: { url: '/pony' } },
          { get: { url: '/', headers: { 'content-type': 'application/json' }, json: { a: 1 } } },
        ]),
      },
      {
        name: 'overrides',
        script: {
          config: {
            target,
            environments: {
              dynamic: {
                phases: [
                  {
                    arrivalRate: '{{ $processEnvironment.OWN_RATE }}',
                    duration: '{{ $processEnvironment.OWN_DURATION }}',
                  },
                ],
              },
            },
          },
          scenarios: [{ flow: [{ get: { url: '/' } }] }],
        },
        args: ['-t', '__HTTP__', '--overrides', '{"config":{"phases":[{"duration":2,"arrivalRate":3}]}}'],
      },
      {
        name: 'a dynamic environment',
        script: {
          config: {
            target,
            environments: {
              dynamic: {
                phases: [
                  {
                    arrivalRate: '{{ $processEnvironment.OWN_RATE }}',
                    duration: '{{ $processEnvironment.OWN_DURATION }}',
                  },
                ],
              },
            },
          },
          scenarios: [{ flow: [{ get: { url: '/' } }] }],
        },
        args: ['-t', '__HTTP__', '-e', 'dynamic'],
        env: { OWN_RATE: '4', OWN_DURATION: '2' },
      },
      {
        name: 'a starter kit',
        script: starterKit,
        files: {
          'users.csv': 'first,last\nAda,Lovelace\nAlan,Turing\n',
          'base.js': `module.exports = {
            randomData(context, events, done) { context.vars.id = 54; return done() },
            look(request, response, context, events, next) { events.emit('counter', 'own.' + response.statusCode, 1); next() },
          }`,
        },
        args: ['-e', 'local'],
        env: { OWN_KEY: 'key' },
      },
    ],
  },
]
