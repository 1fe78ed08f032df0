/** Bundles that another bundle loads when it needs them, not before. */
export const events = (): typeof import('./events.ts') => require('web/events') as typeof import('./events.ts')
export const encoding = (): typeof import('./encoding.ts') => require('web/encoding') as typeof import('./encoding.ts')
export const streams = (): typeof import('./streams.ts') => require('web/streams') as typeof import('./streams.ts')
export const forms = (): typeof import('./forms.ts') => require('web/forms') as typeof import('./forms.ts')
export const url = (): typeof import('./url.ts') => require('web/url') as typeof import('./url.ts')
export const cloning = (): typeof import('./clone.ts') => require('web/clone') as typeof import('./clone.ts')
