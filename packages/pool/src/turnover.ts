/** For programs that know what is under way: it loads nothing else. */
export { TurnoverMap } from './util/turnover-map.ts'
