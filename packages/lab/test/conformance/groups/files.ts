import { flow, type ScriptGroup } from '../script-group.ts'

/** Files beside a script, and processors of each kind. */
export const fileGroups: readonly ScriptGroup[] = [
  {
    number: 40,
    title: 'a configuration in another folder',
    runs: [
      { name: 'processor beside the configuration', processor: '../functions/index.js' },
      { name: 'processor beside the script', processor: './functions/index.js' },
    ].map(({ name, processor }) => ({
      name,
      script: `scenarios:
  - name: own
    beforeScenario: setId
    flow:
      - get: { url: '/?id={{ id }}' }
`,
      files: {
        'config/config.yml': `config:
  target: 'http://other.test'
  phases: [{ duration: 1, arrivalRate: 1, maxVusers: 1, name: low }]
  processor: ${processor}
`,
        'functions/index.js': `module.exports = { setId(context, events, next) { context.vars.id = 'own-id'; next() } }`,
      },
      args: ['-t', '__HTTP__', '-c', 'config/config.yml'],
    })),
  },
  {
    number: 41,
    title: 'a payload inside an environment',
    runs: [
      {
        script: flow(
          [{ get: { url: '/', qs: { id: '{{ id }}', name: '{{ name }}' } } }],
          {
            environments: {
              staging: {
                payload: [{ fields: ['id', 'name'], skipHeader: true, path: './data/rows.csv', order: 'sequence' }],
              },
            },
          },
          4,
        ),
        files: {
          'data/rows.csv': 'id,name\nabc,first\ndef,second\n',
          'config/config.yml':
            'config: { plugins: { metrics-by-endpoint: { useOnlyRequestNames: true, stripQueryString: true } } }\n',
        },
        args: ['-t', '__HTTP__', '-e', 'staging'],
      },
    ],
  },
  {
    number: 42,
    title: 'hooks of parallel requests',
    runs: [
      {
        script: `config:
  target: 'http://other.test'
  phases: [{ duration: 1, arrivalCount: 2 }]
  processor: ./processor.js
scenarios:
  - name: animals
    beforeRequest: before
    afterResponse: after
    flow:
      - parallel:
          - get: { url: /dino, name: Dinosaur }
          - get: { url: /pony, name: Pony }
          - get: { url: /armadillo, name: Armadillo }
`,
        files: {
          'processor.js': `module.exports = {
            before(request, context, events, next) {
              events.emit('counter', 'before.' + request.name, 1)
              request.own = request.name
              next()
            },
            after(request, response, context, events, next) {
              events.emit('counter', 'after.' + request.name + '.' + (request.own === request.name), 1)
              next()
            },
          }`,
        },
      },
    ],
  },
  {
    number: 43,
    title: 'processors as ES modules and in TypeScript',
    runs: [
      {
        name: 'ES module',
        script: flow([{ function: 'count' }, { get: { url: '/' } }, { function: 'fail' }], {
          processor: './helpers.mjs',
          variables: { kind: 'module' },
        }),
        files: {
          'own.mjs': `export const pick = (context, name) => context.vars[name]\n`,
          'helpers.mjs': `import { pick } from './own.mjs'
export const count = async (context, events) => { events.emit('counter', 'hey.' + pick(context, 'kind'), 1) }
export const fail = async () => { throw new Error('own_error') }
`,
        },
      },
      ...['count', 'fail'].map((name) => ({
        name: `TypeScript: ${name}`,
        script: flow([{ function: name }, { get: { url: '/' } }], {
          processor: './processor.ts',
          variables: { kind: 'ts' },
        }),
        files: {
          'processor.ts': `interface Context { vars: Record<string, unknown> }
export const count = async (context: Context, events: { emit(...args: unknown[]): void }): Promise<void> => {
  events.emit('counter', 'hey.' + String(context.vars['kind']), 1)
}
export const fail = async (): Promise<void> => { throw new Error('own_ts_error') }
`,
        },
      })),
    ],
  },
  {
    number: 44,
    title: 'an exit code that a hook suggests',
    runs: [
      {
        script: flow([{ get: { url: '/', afterResponse: 'suggest' } }], { processor: './suggest.js' }, 1),
        files: {
          'suggest.js': `module.exports = {
            suggest(request, response, context, events, next) { artillery.suggestedExitCode = 17; return next() },
          }`,
        },
      },
    ],
  },
  {
    number: 45,
    title: 'payloads of environments and of the command line',
    runs: ['cli', 'inside', 'several'].map((environment) => ({
      name: environment,
      script: flow(
        [
          {
            post: {
              url: '/{{ endpoint }}',
              headers: { 'content-type': 'application/x-www-form-urlencoded' },
              body: 'number={{ input }}',
            },
          },
          { post: { url: '/{{ endpoint2 }}', form: { number: '{{ input2 }}' }, ifTrue: 'endpoint2' } },
        ],
        {
          environments: {
            cli: { payload: { fields: ['endpoint', 'input', 'expected'], order: 'sequence' } },
            inside: { payload: { fields: ['endpoint', 'input', 'expected'], order: 'sequence', path: './one.csv' } },
            several: {
              payload: [
                { fields: ['endpoint', 'input', 'expected'], order: 'sequence', path: './one.csv' },
                { fields: ['endpoint2', 'input2', 'expected2'], order: 'sequence', path: './two.csv' },
              ],
            },
          },
        },
        4,
      ),
      files: { 'one.csv': 'double,2,4\nsquare,3,9\n', 'two.csv': 'square,5,25\n' },
      args: ['-e', environment, '-t', '__HTTP__', ...(environment === 'cli' ? ['-p', 'one.csv'] : [])],
    })),
  },
]
