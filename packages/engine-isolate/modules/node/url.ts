export { format, parse, resolve } from 'url'
export { URL, URLSearchParams } from '../web/url.ts'
