/** What apps need beside the Web standards: static files, forms within limits, cookies, redirects. */
export { staticFiles, readForm, deleteCookie, readCookies, setCookie, redirect } from '@evenkeel/server/web'
export type {
  CookieOptions,
  FormLimits,
  FormOutcome,
  RedirectStatus,
  StaticFiles,
  StaticFilesOptions,
} from '@evenkeel/server/web'
