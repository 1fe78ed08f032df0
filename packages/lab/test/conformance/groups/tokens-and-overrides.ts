import { flow as flowOf, otherTarget as target, users, type ScriptGroup } from '../script-group.ts'

function flow(steps: readonly object[], config: object = {}): object {
  return flowOf(steps, config, 2)
}

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

export const tokenGroups: readonly ScriptGroup[] = [
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
