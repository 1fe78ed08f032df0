/** What apps need beside the Web standards: static files, forms within limits, cookies, redirects. */
export { staticFiles } from './apps/static/static-files.host.ts'
export type { StaticFiles, StaticFilesOptions } from './apps/static/static-files.host.ts'
export { readForm } from './apps/web/read-form.ts'
export type { FormLimits, FormOutcome } from './apps/web/read-form.ts'
export { deleteCookie, readCookies, setCookie } from './apps/web/cookies.ts'
export type { CookieOptions } from './apps/web/cookies.ts'
export { redirect } from './apps/web/redirect.ts'
export type { RedirectStatus } from './apps/web/redirect.ts'
