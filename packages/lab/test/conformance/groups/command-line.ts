import { flow, otherTarget as target, users, type ScriptGroup } from '../script-group.ts'

const pets = 'dog,Leo\ncat,Figo\npony,Tiki\n'

const createAndRead = [
  { get: { url: '/{{{ name }}}' } },
  { post: { url: '/pets', json: { name: '{{ name }}', species: '{{ species }}' } } },
]

const functions = `
let order = 1
module.exports = {
  simple(context, events, next) { events.emit('counter', 'simple', 1); next() },
  async slow(context, events) {
    await new Promise((resolve) => setTimeout(resolve, 300))
    events.emit('counter', 'slow.order', order++)
  },
  other(context, events, next) { events.emit('counter', 'other.order', order++); next() },
  failWithCode(context, events, next) { next({ code: 'E_OWN', message: 'not this' }) },
  failWithMessage(context, events, next) { next({ message: 'Own message' }) },
}
`

function functionRun(name: string, ...called: readonly string[]): ScriptGroup['runs'][number] {
  return {
    name,
    script: flow(
      called.map((each) => ({ function: each })),
      { processor: './functions.js' },
      1,
    ),
    files: { 'functions.js': functions },
  }
}

const named = {
  config: { target, phases: users(4) },
  scenarios: ['Scenario 1', 'Scenario 2', 'Scenario (4)'].map((name, index) => ({
    name,
    flow: [{ get: { url: '/', qs: { index } } }],
  })),
}

function namedRun(pattern: string): ScriptGroup['runs'][number] {
  return { name: pattern, script: named, args: ['-t', '__HTTP__', '--scenario-name', pattern] }
}

/** Files beside the script, options of the command line, environments and processors. */
export const commandLineGroups: readonly ScriptGroup[] = [
  {
    number: 31,
    title: 'configuration in a file of its own, hooks, nested loops',
    runs: [
      {
        script: {
          scenarios: [
            {
              beforeRequest: ['markRequest'],
              flow: [
                { function: 'checkGlobal' },
                { get: { url: '/' } },
                { post: { url: '/pets', json: { name: 'Figo', species: 'dog' } } },
                {
                  loop: [
                    {
                      loop: [{ get: { url: '/', qs: { inner: '{{ k }}', outer: '{{ $loopCount }}' } } }],
                      count: '2',
                      loopValue: 'k',
                    },
                  ],
                  count: 3,
                },
                { get: { url: '/does/not/exist', beforeRequest: 'rewriteUrl' } },
              ],
            },
          ],
        },
        files: {
          'config.json': JSON.stringify({ config: { target, phases: users(1), processor: './processor.js' } }),
          'processor.js': `
            module.exports = {
              markRequest(request, context, events, done) { request.headers = { 'x-mark': 'seen' }; return done() },
              rewriteUrl(request, context, events, done) { request.url = '/pony'; return done() },
              checkGlobal(context, events, done) {
                return done(typeof global.artillery?.version === 'string' ? undefined : new Error('no artillery'))
              },
            }`,
        },
        args: ['-t', '__HTTP__', '-c', 'config.json'],
      },
    ],
  },
  {
    number: 32,
    title: 'ramps',
    runs: [
      { name: 'down', script: flow([{ get: { url: '/' } }], { phases: [{ duration: 2, arrivalRate: 6, rampTo: 1 }] }) },
      { name: 'up', script: flow([{ get: { url: '/' } }], { phases: [{ duration: 4, arrivalRate: 1, rampTo: 4 }] }) },
      {
        name: 'of one second',
        script: flow([{ get: { url: '/' } }], {
          phases: [
            { duration: 1, arrivalRate: 1, rampTo: 5 },
            { duration: 1, arrivalRate: 3, rampTo: 10 },
          ],
        }),
      },
    ],
  },
  {
    number: 33,
    title: 'options of the CSV reader',
    runs: [
      {
        name: 'delimiter',
        script: flow(
          createAndRead,
          {
            payload: {
              path: './pets.txt',
              fields: ['species', 'name'],
              order: 'sequence',
              options: { delimiter: ' ' },
            },
          },
          6,
        ),
        files: { 'pets.txt': pets.replaceAll(',', ' ') },
      },
      {
        name: 'header, empty lines, quotes',
        script: flow(
          createAndRead,
          { payload: { path: './pets.csv', fields: ['species', 'name'], order: 'sequence', skipHeader: true } },
          6,
        ),
        files: { 'pets.csv': 'species,name\n"dog","Leo"\n\ncat,Figo\n' },
      },
    ],
  },
  {
    number: 34,
    title: 'the environment in the path of a payload',
    runs: [
      {
        script: flow(
          [{ get: { url: '{{{ url }}}' } }],
          {
            payload: [{ path: './{{ $environment }}-urls.csv', fields: ['url'], order: 'sequence' }],
            environments: { local: {} },
          },
          4,
        ),
        files: { 'local-urls.csv': '/dino\n/pony\n' },
        args: ['-e', 'local', '-t', '__HTTP__'],
      },
    ],
  },
  {
    number: 35,
    title: 'environments without a target of the script',
    runs: [
      {
        script: `config:
  phases: [{ duration: 1, arrivalRate: 4 }]
  environments:
    production: { target: 'http://production.test' }
    local: { target: '__HTTP__' }
scenarios:
  - flow:
      - log: 'environment {{ $environment }}'
      - get: { url: '/?environment={{ $environment }}' }
`,
        args: ['-e', 'local'],
      },
    ],
  },
  {
    number: 36,
    title: 'function steps',
    runs: [
      functionRun('that call back', 'simple'),
      functionRun('that are async', 'slow', 'other'),
      functionRun('that do not exist', 'missing'),
      functionRun('that fail with a code', 'failWithCode'),
      functionRun('that fail with a message', 'failWithMessage'),
    ],
  },
  {
    number: 37,
    title: 'choosing a scenario by name',
    runs: [namedRun('Scenario 1'), namedRun('Scenario (4)'), namedRun('.*2$'), namedRun('Scenario'), namedRun('None')],
  },
  {
    number: 38,
    title: 'variables of the command line',
    runs: [
      {
        name: 'in nested values',
        script: flow(
          [
            {
              get: {
                url: '/',
                qs: { nested: '{{ foo.nested }}', bar: '{{ bar }}', other: '{{ other }}', own: '{{ own }}' },
              },
            },
          ],
          {
            variables: { foo: { nested: '{{ own }}' }, other: '{{ own }}' },
          },
        ),
        args: ['-t', '__HTTP__', '-v', '{"own":"hello","bar":2}'],
      },
      {
        name: 'in the configuration',
        script: flow([{ get: { url: '/', cookie: { bar: '{{ another }}' } } }], {
          variables: { other: '{{ seconds }}' },
          http: { timeout: '{{ seconds }}' },
          defaults: { cookie: { mine: '{{ crumb }}' } },
        }),
        args: ['-t', '__HTTP__', '-v', '{"seconds":20,"crumb":"abc123","another":"there"}'],
      },
    ],
  },
  {
    number: 39,
    title: 'environment variables',
    runs: [
      ...(['$env', '$processEnvironment'] as const).map((source) => ({
        name: source,
        script: flow([{ get: { url: `/?from={{ ${source}.LAB_URL }}&is={{ kind }}` } }], {
          phases: [{ duration: 1, arrivalRate: `{{ ${source}.LAB_RATE }}` }],
          variables: { kind: `{{ ${source}.LAB_KIND }}` },
          http: { defaults: { headers: { 'x-own': `{{ ${source}.LAB_HEADER }}` } } },
        }),
        env: { LAB_RATE: '8', LAB_KIND: 'testing', LAB_HEADER: 'abc', LAB_URL: 'here' },
      })),
      {
        name: 'in a file',
        script: flow([{ get: { url: '{{ $processEnvironment.LAB_URL }}' } }]),
        files: { 'own-vars': 'LAB_URL=__HTTP__/dino\n' },
        args: ['--env-file', 'own-vars'],
      },
    ],
  },
]
