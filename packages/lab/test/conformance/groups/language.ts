import { users, type ScriptGroup } from '../script-group.ts'

const pets = 'dog,Leo\ncat,Figo\npony,Tiki\n'
const urls = '/dino\n/pony\n'

function held(phases: readonly object[]): object {
  return { config: { target: 'http://other.test', phases }, scenarios: [{ flow: [{ get: { url: '/hold/6000' } }] }] }
}

function flow(steps: readonly object[], config: object = {}, count = 3): object {
  return { config: { target: 'http://other.test', phases: users(count), ...config }, scenarios: [{ flow: steps }] }
}

const createAndRead = [
  { post: { url: '/pets', json: { name: '{{ name }}', species: '{{ species }}' } } },
  { get: { url: '/{{{ name }}}' } },
]

/** Arrivals, steps, captures, payloads and the protocols. */
export const languageGroups: readonly ScriptGroup[] = [
  {
    number: 1,
    title: 'GET and POST with JSON',
    runs: [{ script: flow([{ get: { url: '/' } }, { post: { url: '/', json: { hello: 'world', n: 1 } } }]) }],
  },
  {
    number: 2,
    title: 'arrivalCount, pause, arrivalCount',
    runs: [
      {
        script: flow([{ get: { url: '/' } }], {
          phases: [
            { duration: 1, arrivalCount: 4, name: 'first' },
            { pause: 1 },
            { duration: 1, arrivalCount: 7, name: 'second' },
          ],
        }),
      },
    ],
  },
  {
    number: 3,
    title: 'durations with units',
    runs: [
      {
        script: flow([{ get: { url: '/' } }], {
          phases: [
            { duration: '1s', arrivalRate: 3 },
            { duration: '0.02 min', arrivalCount: 2 },
            { duration: '1 seconds', arrivalRate: 4 },
            { duration: '1', arrivalRate: 5 },
            { pause: '300ms' },
            { duration: 1, arrivalCount: 1 },
          ],
        }),
      },
    ],
  },
  {
    number: 4,
    title: 'several phases with a rate',
    runs: [
      {
        script: flow([{ get: { url: '/nowhere' } }], {
          phases: [
            { duration: 1, arrivalRate: 5 },
            { duration: 2, arrivalRate: 10 },
            { duration: 1, arrivalRate: 20 },
          ],
        }),
      },
    ],
  },
  {
    number: 5,
    title: 'maxVusers and arrivalCount',
    runs: [{ script: held([{ duration: 2, arrivalCount: 100, maxVusers: 1 }]) }],
  },
  {
    number: 6,
    title: 'maxVusers and arrivalRate',
    runs: [{ script: held([{ duration: 2, arrivalRate: 50, maxVusers: 1 }]) }],
  },
  {
    number: 7,
    title: 'maxVusers and a ramp',
    runs: [{ script: held([{ duration: 2, arrivalRate: 5, rampTo: 20, maxVusers: 1 }]) }],
  },
  {
    number: 8,
    title: 'a different maxVusers in each phase',
    runs: [
      {
        script: held([
          { duration: 1, arrivalRate: 20, maxVusers: 1 },
          { duration: 1, arrivalRate: 20, maxVusers: 6 },
        ]),
      },
    ],
  },
  {
    number: 9,
    title: 'before',
    runs: [
      {
        script: {
          config: { target: 'http://other.test', phases: users(5) },
          before: {
            flow: [{ post: { url: '/pets', json: { name: 'Mickey' }, capture: { json: '$.id', as: 'petId' } } }],
          },
          scenarios: [{ name: 'read the one pet', flow: [{ get: { url: '/pets/{{ petId }}' } }] }],
        },
      },
      {
        name: 'that fails',
        script: {
          config: { target: 'http://other.test', phases: users(2) },
          before: { flow: [{ get: { url: '/pets', capture: { json: '$.nothing', as: 'petId' } } }] },
          scenarios: [{ flow: [{ get: { url: '/' } }] }],
        },
      },
    ],
  },
  {
    number: 10,
    title: 'after',
    runs: [
      {
        script: {
          config: { target: 'http://other.test', phases: users(2) },
          scenarios: [{ name: 'look', flow: [{ get: { url: '/' } }] }],
          after: { flow: [{ get: { url: '/users/1', match: { json: '$.user', value: 'banana' } } }] },
        },
      },
    ],
  },
  {
    number: 11,
    title: 'a regexp capture, with rows given on the command line',
    runs: [
      {
        script: flow(
          [
            {
              post: {
                url: '/pets',
                json: { name: '{{ name }}', species: '{{ species }}' },
                capture: { regexp: 'pet-[0-9]+', as: 'id' },
              },
            },
            { get: { url: '/pets/{{ id }}' } },
            { get: { url: '/pets', capture: { regexp: '"(name)":"(\\w+)"', group: 2, as: 'first' } } },
            { get: { url: '/pets', qs: { first: '{{ first }}' } } },
          ],
          { payload: { fields: ['species', 'name'], order: 'sequence' }, ensure: { p95: 5000 } },
          6,
        ),
        files: { 'pets.csv': pets },
        args: ['-t', '__HTTP__', '-p', 'pets.csv'],
      },
    ],
  },
  {
    number: 12,
    title: 'ifTrue',
    runs: [
      {
        script: flow(
          [
            { post: { url: '/pets', json: { name: '{{ name }}' }, capture: { json: '$.id', as: 'id' } } },
            { get: { url: '/pets/{{ id }}', ifTrue: 'id' } },
            { get: { url: '/dino', ifTrue: 'notDefined' } },
            { get: { url: '/pony', ifTrue: 'count > 3 and count < 5' } },
            { get: { url: '/common', ifTrue: 'count > 4' } },
            { get: { url: '/rare', ifTrue: 'name == "Hassy"' } },
            { get: { url: '/average', ifTrue: 'name == "Leo"' } },
          ],
          { variables: { name: 'Hassy', count: 4 } },
        ),
      },
      {
        name: 'that is no expression',
        script: flow([{ get: { url: '/rare', ifTrue: 'name === "Hassy"' } }], { variables: { name: 'Hassy' } }),
      },
    ],
  },
  {
    number: 13,
    title: 'variables, triple braces, a 404',
    runs: [
      {
        script: flow([{ get: { url: '{{{ url }}}' } }, { get: { url: '/{{ word }}/404' } }], {
          variables: { url: ['/'], word: 'will' },
        }),
      },
    ],
  },
  {
    number: 14,
    title: 'the cookie jar',
    runs: [
      {
        script: flow([
          { get: { url: '/expectscookie' } },
          { post: { url: '/setscookie' } },
          { get: { url: '/expectscookie' } },
        ]),
      },
    ],
  },
  {
    number: 15,
    title: 'cookies of the configuration and of a step',
    runs: [
      {
        name: 'default and step',
        script: flow([{ get: { url: '/expectscookie', cookie: { biscuit: 'tunnocks' } } }], {
          defaults: { cookie: { testCookie: 'eyJ1aWQiOiIx' } },
        }),
      },
      { name: 'step alone', script: flow([{ get: { url: '/expectscookie', cookie: { testCookie: 'mine' } } }]) },
    ],
  },
  {
    number: 16,
    title: 'a cookie that cannot be read',
    runs: [{ script: flow([{ get: { url: '/malformed_cookie' } }]) }],
  },
  {
    number: 17,
    title: 'basic authentication',
    runs: [
      {
        script: flow(
          [
            { get: { url: '/protected', auth: { user: 'leo', pass: 'secret' } } },
            { get: { url: '/protected', auth: { user: 'leo', pass: '{{ password }}' } } },
            { get: { url: '/protected' } },
          ],
          { variables: { password: ['secret'] } },
        ),
      },
    ],
  },
  {
    number: 18,
    title: 'an environment that changes target and phases',
    runs: [
      {
        script: flow([{ get: { url: '/pets' } }], {
          environments: {
            production: { target: 'http://production.test' },
            staging: { target: '__HTTP__', phases: [{ duration: 1, arrivalRate: 8 }] },
          },
        }),
        args: ['-e', 'staging'],
      },
    ],
  },
  {
    number: 19,
    title: 'loops',
    runs: [
      {
        name: 'by count',
        script: flow([{ loop: [{ get: { url: '/', qs: { at: '{{ $loopCount }}' } } }], count: 10 }]),
      },
      { name: 'by range', script: flow([{ loop: [{ get: { url: '/loop/{{ $loopCount }}' } }], count: '9-12' }]) },
      {
        name: 'over a list',
        script: flow([{ loop: [{ get: { url: '/loop/{{ $loopElement }}' } }], over: 'outer.items' }], {
          variables: { outer: { items: [9, 10, 11] } },
        }),
      },
    ],
  },
  {
    number: 20,
    title: 'an endless loop that is stopped',
    runs: [{ script: flow([{ loop: [{ get: { url: '/' } }, { think: 1 }] }]), interruptAfterMs: 4000 }],
  },
  {
    number: 21,
    title: 'parallel',
    runs: [{ script: flow([{ parallel: [1, 2, 3, 4].map((at) => ({ get: { url: '/', qs: { at } } })) }]) }],
  },
  {
    number: 22,
    title: 'probability',
    runs: [
      {
        script: flow([{ loop: [{ get: { url: '/', probability: 10 } }], count: 300 }], { seed: 5 }, 10),
        tolerance: 0.35,
      },
      { name: 'of 0', script: flow([{ get: { url: '/', probability: 0 } }, { get: { url: '/pony' } }]) },
    ],
  },
  {
    number: 23,
    title: 'think',
    runs: [
      {
        script: flow([{ think: 1 }, { think: '500ms' }, { think: '{{ pause }}' }, { think: '1' }], {
          variables: { pause: ['1s'] },
          defaults: { think: { jitter: '1%' } },
        }),
        sessionToleranceMs: 600,
      },
    ],
  },
  {
    number: 24,
    title: 'template functions',
    runs: [
      {
        script: flow([
          { post: { url: '/pets', json: { name: 'Figo', age: '{{ $randomNumber(7, 7) }}' } } },
          { get: { url: '/pets', qs: { q: 'random-{{ $randomString(8) }}', id: '{{ $uuid }}' } } },
        ]),
      },
    ],
  },
  {
    number: 25,
    title: 'one payload and several',
    runs: [
      {
        name: 'one',
        script: flow(
          createAndRead,
          { payload: { path: 'pets.csv', fields: ['species', 'name'], order: 'sequence' } },
          6,
        ),
        files: { 'pets.csv': pets },
      },
      {
        name: 'several',
        script: flow(
          [{ get: { url: '{{{ url }}}' } }, ...createAndRead],
          {
            payload: [
              { path: './pets.csv', fields: ['species', 'name'], order: 'sequence' },
              { path: './urls.csv', fields: ['url'], order: 'sequence' },
            ],
          },
          6,
        ),
        files: { 'pets.csv': pets, 'urls.csv': urls },
      },
    ],
  },
  {
    number: 26,
    title: 'certificates that nobody signed',
    runs: [
      { name: 'refused', script: flow([{ get: { url: '/' } }], { tls: {} }), args: ['-t', '__HTTPS__'] },
      {
        name: 'accepted',
        script: flow([{ get: { url: '/' } }], { tls: { rejectUnauthorized: false } }),
        args: ['-t', '__HTTPS__'],
      },
      { name: 'accepted with -k', script: flow([{ get: { url: '/' } }]), args: ['-k', '-t', '__HTTPS__'] },
    ],
  },
]
