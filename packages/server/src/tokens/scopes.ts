/** What a token may do. `admin` is for the admin listener and implies nothing else. */
export const scopes = [
  'run',
  'invoke',
  'functions:read',
  'functions:write',
  'executions:read',
  'executions:write',
  'pages:render',
  'admin',
] as const

export type Scope = (typeof scopes)[number]

/** Of a token that was created without scopes: everything a program on the public listener may want. */
export const defaultScopes: readonly Scope[] = scopes.filter((scope) => scope !== 'admin')

/** Of strangers, where they are served at all: they run, and see nothing. */
export const strangerScopes: readonly Scope[] = ['run', 'invoke']
